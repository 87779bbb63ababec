/** What columns of session tables are called, in the words of many exports; letters and digits only, in lower case. The more telling names stand first. */
export const COLUMN_NAMES = {
  chargePoint: ['cpid', 'chargepointid', 'chargepoint', 'chargerid', 'charger', 'evseid', 'evse', 'stationid', 'stationname', 'station', 'deviceid', 'device', 'machine', 'unit', 'assetcode',
    '充电桩编号', '充电桩编码', '充电桩', '桩编号', '桩编码', '桩号', '设备编号', '设备编码', '终端编号', '终端', '电桩'],
  name: ['site', 'sitename', 'location', 'locationname', 'address', 'stationname', 'street', '场站名称', '场站', '电站名称', '电站', '站点名称', '站点', '地址'],
  externalId: ['chargingevent', 'sessionid', 'transactionid', 'chargingsessionid', 'eventid', 'chargeid', 'orderno', 'ordernumber', 'orderid', 'plugineventid', 'objectid', 'id', '订单编号', '订单号', '流水号', '账单编号', '充电编号', '编号'],
  connector: ['connector', 'connectorid', 'connectornumber', 'portnumber', 'port', 'plug', 'socket', 'outlet', 'gun', '枪编号', '枪号', '枪口', '枪', '充电接口', '接口'],
  startDate: ['startdate', 'startday', 'connectiondate', 'date', '开始日期', '启动日期', '日期'],
  startTime: ['startdatetime', 'starttime', 'sessionstart', 'startedat', 'started', 'start', 'begin', 'begintime', 'connectiontime', 'plugintime', 'chargestart', 'chargingstart', 'startdate',
    '充电开始时间', '开始充电时间', '开始时间', '启动时间', '起始时间', '开始'],
  endDate: ['enddate', 'stopdate', 'endday', 'disconnectdate', '结束日期', '停止日期'],
  endTime: ['enddatetime', 'endtime', 'sessionend', 'endedat', 'ended', 'stop', 'stoptime', 'end', 'finish', 'finishtime', 'disconnecttime', 'plugouttime', 'chargeend', 'chargingend', 'enddate',
    '充电结束时间', '结束充电时间', '结束时间', '停止时间', '终止时间', '结束'],
  zone: ['starttimezone', 'timezone', 'tz', '时区'],
  endZone: ['endtimezone'],
  energy: ['totalkwh', 'energykwh', 'kwh', 'kwhtotal', 'kwhdelivered', 'energydelivered', 'energyconsumed', 'chargedenergy', 'energywh', 'energy', 'consum', 'consumption', 'meterwh',
    '充电电量', '总电量', '充电量', '用电量', '电量', '度数'],
  duration: ['totaldurationhhmmss', 'totalduration', 'duration', 'sessionduration', 'plugintime', 'connectedtime', 'parkingduration', '总时长', '充电时长', '时长', '占用时长'],
  chargingTime: ['chargingtimehhmmss', 'chargingtime', 'chargetime', 'timecharging', 'activechargetime', '有效充电时长', '实际充电时长'],
} as const;
export type MappedField = keyof typeof COLUMN_NAMES;

/** Letters and digits of a name in lower case, as columns are compared. */
export const plainName = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** How well a column's name says that it is this field: 0 not at all, up to 3 for its very name. */
export function nameScore(field: MappedField, column: string): number {
  const name = plainName(column);
  const names: readonly string[] = COLUMN_NAMES[field];
  const exact = names.indexOf(name);
  if (exact >= 0) return 3 - exact / names.length;
  const begins = names.findIndex((each) => each.length >= 3 && name.startsWith(each));
  if (begins >= 0) return 1.9 - begins / names.length;
  const within = names.findIndex((each) => each.length >= 4 && name.includes(each));
  return within >= 0 ? 0.9 - 0.5 * (within / names.length) : 0;
}

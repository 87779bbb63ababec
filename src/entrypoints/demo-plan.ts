import type { BuiltInRole } from '../modules/access/index.ts';

/** What the demo shows: a small operator of the field, invented from end to end. Nothing here is read by anything but the demo. */
export const DEMO_OPERATOR = { code: 'demo', name: '江湾充电 Jiangwan Charging', currency: 'CNY', timeZone: 'Asia/Shanghai' } as const;

export type DemoChargePoint = { readonly version: '1.6' | '2.0.1'; readonly connectors: readonly number[]; readonly unit: 'Wh' | 'kWh'; readonly vendor: string; readonly model: string; readonly firmware: string };
/** A part of the demo operator that runs stations of its own. */
export const DEMO_SUB_OPERATOR = '滨江新能源 Riverside Energy';

export type DemoStation = { readonly code: string; readonly name: string; readonly address: string; readonly tariff: DemoTariffName; readonly runBySubOperator?: true; readonly chargePoints: readonly DemoChargePoint[] };

/** A firmware that says register 0 at a start now and then, before its meter has answered: enough abnormal bills of one cause and one firmware to repair them at once. */
export const DEMO_FALSE_START = { firmware: '2.3.0', fault: 'zero_then_jump', everySessions: 6 } as const;

/** The firmware after it, in which that is mended: the makers' scores show since when. */
const MENDED_FIRMWARE = '2.3.1';

const dc = (kilowatts: number, version: '1.6' | '2.0.1' = '2.0.1', firmware?: string): DemoChargePoint => ({
  version, connectors: [kilowatts * 1_000, kilowatts * 1_000], unit: 'Wh',
  ...(version === '1.6' ? { vendor: '启元 Qiyuan', model: `QY-DC${kilowatts}`, firmware: firmware ?? DEMO_FALSE_START.firmware } : { vendor: '北辰 Borealis', model: `BX-${kilowatts}`, firmware: '5.1.0' }),
});
const ac = (unit: 'Wh' | 'kWh' = 'Wh'): DemoChargePoint => ({ version: '1.6', connectors: [7_000], unit, vendor: '蓝禾 Lanhe', model: 'L7', firmware: '1.8.4' });

export const DEMO_STATIONS: readonly DemoStation[] = [
  { code: 'JW01', name: '江湾城市广场 Jiangwan Plaza', address: '杨浦区淞沪路 8 号地下二层', tariff: 'time_of_use', chargePoints: [dc(120), dc(120), dc(60, '1.6')] },
  { code: 'JW02', name: '五角场地铁站 Wujiaochang Metro', address: '杨浦区邯郸路 600 号', tariff: 'fast_with_occupancy', chargePoints: [dc(180), dc(180)] },
  { code: 'JW03', name: '大学路停车楼 University Road Garage', address: '杨浦区大学路 88 号', tariff: 'time_of_use', chargePoints: [ac(), ac('kWh'), ac(), dc(60, '1.6')] },
  { code: 'JW04', name: '新江湾公交场站 New Jiangwan Bus Depot', address: '杨浦区国晓路 301 号', tariff: 'depot_flat', chargePoints: [dc(120, '1.6'), dc(120, '1.6', MENDED_FIRMWARE), dc(120)] },
  { code: 'JW05', name: '滨江国际码头 Riverside Quay', address: '杨浦区杨树浦路 1088 号', tariff: 'time_of_use', runBySubOperator: true, chargePoints: [dc(60), ac(), ac('kWh')] },
  { code: 'JW06', name: '殷行社区 Yinhang Community', address: '杨浦区殷行路 1286 号', tariff: 'time_of_use', runBySubOperator: true, chargePoints: [ac(), ac(), ac('kWh')] },
];

/** Yuan per kWh with four decimals: electricity, service. Hours are of the wall clock; 24 h are covered once. */
type DemoPeriod = { readonly from: number; readonly to: number; readonly kind: 'sharp' | 'peak' | 'flat' | 'valley'; readonly electricity: string; readonly service: string };
export type DemoTariffName = 'time_of_use' | 'fast_with_occupancy' | 'depot_flat';
export type DemoTariff = { readonly name: string; readonly periods: readonly DemoPeriod[]; readonly occupancy: { readonly perMinute: string; readonly graceMinutes: number } | null };

const timeOfUse = (service: string): readonly DemoPeriod[] => [
  { from: 0, to: 6, kind: 'valley', electricity: '0.3180', service },
  { from: 6, to: 8, kind: 'flat', electricity: '0.6430', service },
  { from: 8, to: 11, kind: 'peak', electricity: '1.0290', service },
  { from: 11, to: 13, kind: 'flat', electricity: '0.6430', service },
  { from: 13, to: 15, kind: 'peak', electricity: '1.0290', service },
  { from: 15, to: 18, kind: 'flat', electricity: '0.6430', service },
  { from: 18, to: 19, kind: 'peak', electricity: '1.0290', service },
  { from: 19, to: 21, kind: 'sharp', electricity: '1.2860', service },
  { from: 21, to: 22, kind: 'flat', electricity: '0.6430', service },
  { from: 22, to: 24, kind: 'valley', electricity: '0.3180', service },
];

export const DEMO_TARIFFS: Readonly<Record<DemoTariffName, DemoTariff>> = {
  time_of_use: { name: '分时电价 Time of use', periods: timeOfUse('0.4500'), occupancy: null },
  fast_with_occupancy: { name: '快充（含占位费） Fast, with occupancy fee', periods: timeOfUse('0.6000'), occupancy: { perMinute: '0.2000', graceMinutes: 15 } },
  depot_flat: { name: '场站协议价 Depot contract', periods: [{ from: 0, to: 24, kind: 'flat', electricity: '0.6430', service: '0.2000' }], occupancy: null },
};

/** `cards` are what the simulated cars hold up (OCPP 1.6 allows 20 characters); `yuan` is what was paid in. */
export type DemoMember = { readonly name: string; readonly phone: string; readonly cards: readonly string[]; readonly yuan: number };
const NAMES = [
  '陈思远', '林晓雯', '王建国', '赵敏', '周子涵', '吴桂芳', '徐志强', '孙丽华', '朱浩然', '马晓东', '胡雪梅', '郭建华', '何俊杰', '高雅琴', '罗永辉', '梁静怡', '宋春生', '谢文博', '韩冰', '唐婉清',
  'Maria Santos', 'James Okafor',
] as const;

export const DEMO_MEMBERS: readonly DemoMember[] = NAMES.map((name, index) => ({
  name, phone: `1380000${String(1000 + index * 37)}`, cards: Array.from({ length: index % 5 === 0 ? 2 : 1 }, (_, card) => `JW${String(10_000 + index * 7)}${card}`),
  yuan: index < 2 ? 60 : 800 + (index % 4) * 400,
}));

/** A company that settles for its drivers and vans; `members` are places in the list above. */
export const DEMO_CUSTOMER = {
  department: '城配物流 City Logistics', fleet: '夜配车队 Night vans', members: [5, 8, 9, 12],
  vehicles: [{ vin: 'LGXCE6CD0MA120001', plate: '沪A·D10001' }, { vin: 'LGXCE6CD0MA120002', plate: '沪A·D10002' }, { vin: 'LGXCE6CD0MA120003', plate: '沪A·D10003' }],
} as const;

export type DemoUser = { readonly logInName: string; readonly displayName: string; readonly role: BuiltInRole; readonly ofSubOperator?: true };
export const DEMO_USERS: readonly DemoUser[] = [
  { logInName: 'owner', displayName: '沈江 Shen Jiang', role: 'owner' },
  { logInName: 'clerk', displayName: '柜台 黄婷 Huang Ting', role: 'clerk' },
  { logInName: 'accountant', displayName: '财务 许文 Xu Wen', role: 'accountant' },
  { logInName: 'operations', displayName: '运维 丁磊 Ding Lei', role: 'operations' },
  // Sees the stations of the sub-operator, what is charged there and its own members, and nothing else.
  { logInName: 'partner', displayName: '滨江 陆敏 Lu Min', role: 'clerk', ofSubOperator: true },
];

/** What goes wrong with payments while the demo lives; names and meanings: `node simulators/wallet-channel/cli.ts --list-faults`. */
export const DEMO_PAYMENT_FAULTS = {
  notification_lost: 0.06, notification_first_lost: 0.06, notification_doubled: 0.12, notification_late: 0.05, notification_forged: 0.03, notification_signature_probe: 0.02,
  answer_slow: 0.02, server_error_after: 0.02, paid_after_close: 0.3, refund_slow: 0.1,
} as const;
/** The commission that was agreed, in parts per million. */
export const DEMO_FEE_PPM = 6_000n;

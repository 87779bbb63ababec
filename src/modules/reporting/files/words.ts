/** What files say, in both languages. */
export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export const FORMATS = ['csv', 'xlsx', 'pdf'] as const;
export type Format = (typeof FORMATS)[number];

const WORDS = {
  report: ['Charging report', '充电报表'], bills: ['Charging bills', '充电账单明细'], statement: ['Settlement statement', '结算单'],
  period: ['Period', '期间'], subject: ['Of', '对象'], state: ['State', '状态'], by: ['By', '分组'], published: ['Published', '发布时间'], closedAt: ['Closed', '关闭时间'], hash: ['SHA-256 of the figures', '数据 SHA-256'],
  made: ['Written', '生成时间'], policy: ['Bills in doubt', '异常账单处理方式'], currency: ['Currency', '币种'], waiver: ['Closed in spite of open bills', '豁免关闭原因'],
  hold: ['held until reviewed: they charge nothing yet and are counted apart with what they propose', '待核实后结算：暂不计费，另行列示建议金额'],
  settle_first: ['settled first, corrected later: they are in the sums and are counted as in doubt beside them', '先结算，后更正：已计入合计，并另列存疑数量和金额'],
  running: ['running', '进行中'], open: ['open: may still change', '未发布，数据可能变化'], publishedState: ['published: does not change any more', '已发布，不再变化'],
  draft: ['draft', '草稿'], closing: ['closing', '待关闭'], closed: ['closed', '已关闭'], waived: ['closed by waiver', '豁免关闭'], withdrawn: ['withdrawn', '已撤回'],
  total: ['Total', '合计'], adjustments: ['of which adjusts earlier periods', '其中：调整以前期间'], laterAdjustments: ['came since it was published, counted elsewhere', '发布后产生的调整（计入其他期间）'], none: ['(none)', '（无）'],
  day: ['Day', '日期'], station: ['Station', '站点'], sub_operator: ['Sub-operator', '子运营商'], department: ['Department', '部门'], fleet: ['Fleet', '车队'], vehicle: ['Vehicle', '车辆'], start_mode: ['Start mode', '充电发起方式'],
  billCount: ['Bills', '账单数'], heldCount: ['Held', '待核实'], emptyCount: ['Without energy', '零电量'], doubtCount: ['In doubt', '存疑'],
  energyWh: ['Energy kWh', '电量 kWh'], sharpWh: ['Sharp kWh', '尖电量'], peakWh: ['Peak kWh', '峰电量'], flatWh: ['Flat kWh', '平电量'], valleyWh: ['Valley kWh', '谷电量'],
  sharpElectricityMinor: ['Sharp electricity', '尖电费'], peakElectricityMinor: ['Peak electricity', '峰电费'], flatElectricityMinor: ['Flat electricity', '平电费'], valleyElectricityMinor: ['Valley electricity', '谷电费'],
  sharpServiceMinor: ['Sharp service', '尖服务费'], peakServiceMinor: ['Peak service', '峰服务费'], flatServiceMinor: ['Flat service', '平服务费'], valleyServiceMinor: ['Valley service', '谷服务费'],
  electricityMinor: ['Electricity', '电费'], serviceMinor: ['Service', '服务费'], occupancyMinor: ['Occupancy', '占位费'], totalMinor: ['Total', '总金额'], couponMinor: ['Coupons', '优惠券抵扣'], doubtMinor: ['In doubt, money', '存疑金额'],
  heldWh: ['Held, proposed kWh', '待核实建议电量'], heldMinor: ['Held, proposed', '待核实建议金额'],
  bill: ['Bill', '账单编号'], session: ['Session', '充电编号'], version: ['Version', '版本'], sign: ['Sign', '方向'], reason: ['Reason', '原因'], startedAt: ['Began', '开始时间'], endedAt: ['Ended', '结束时间'],
  countsOn: ['Counts on', '计入日期'], adjustsOn: ['Adjusts', '调整日期'], page: ['Page', '页'],
  settled: ['settled', '已结算'], held: ['held', '待核实'],
  card: ['card', '刷卡'], app: ['app', 'App'], qr: ['QR code', '扫码'], vin: ['VIN', 'VIN'], station_password: ['station password', '场站密码'], remote_by_clerk: ['by a clerk, from afar', '后台远程'], roaming: ['roaming', '互联互通'], unknown: ['unknown', '未知'],
  ended: ['ended', '正常结束'], closed_by_evidence: ['closed by evidence', '按证据关闭'], late_facts: ['late frames', '迟到数据'], rederived: ['derived again', '重新推导'], corrected: ['corrected', '更正'], correction_reverted: ['correction reverted', '撤销更正'],
} as const satisfies Record<string, readonly [en: string, zh: string]>;

export type Word = keyof typeof WORDS;
export const say = (language: Language, word: Word): string => WORDS[word][language === 'en' ? 0 : 1];
/** A word of the database as people say it; as it is where nobody has said how. */
export const sayIfKnown = (language: Language, text: string): string => (Object.hasOwn(WORDS, text) ? say(language, text as Word) : text);

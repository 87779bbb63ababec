import type { Amount } from '../domain/kind.ts';
import type { Part } from '../domain/score.ts';

export type Language = 'zh' | 'en';
export const pick = (language: Language, text: { readonly en: string; readonly zh: string }): string => text[language];
const WORDS = {
  title: ['Conformance evidence', '协议符合性证据'], maker: ['Maker', '厂商'], model: ['Model', '型号'], firmware: ['Firmware', '固件'], period: ['Period', '期间'], all: ['all', '全部'], unknown: ['(not stated)', '（未上报）'],
  written: ['Written', '生成时间'], points: ['Charge points', '充电桩'], score: ['Score', '评分'], lowest: ['at the least', '最低可能'], confidence: ['Confidence', '可信度'], none: ['none', '无'], low: ['low', '低'], medium: ['medium', '中'], high: ['high', '高'],
  summary: ['Summary', '摘要'], part: ['Part', '项目'], faults: ['Faults', '故障数'], chances: ['Of', '总数'], rate: ['Rate', '比率'], range: ['95 % interval', '95 % 区间'], points100: ['Points', '得分'],
  prescribes: ['What the protocol prescribes', '协议规定'], found: ['Found', '发现'], examples: ['Examples', '示例'], noExamples: ['No frame was kept as an example.', '没有留存示例报文。'], firmwares: ['Firmware versions', '固件版本对比'],
  fell: ['fell', '下降'], rose: ['rose', '上升'], no_difference_shown: ['no difference shown', '未见差异'], fleet: ['Beside the rest of the fleet', '与其余充电桩对比'],
  privacy: ['Cards are shown under pseudonyms that hold within this pack only; names and free text are blotted out.', '卡号以仅在本证据包内有效的代号显示；姓名和自由文本已隐去。'],
  to: ['to', '至'], elsewhere: ['elsewhere', '其余为'],
  counts: ['Counted', '计数'], page: ['Page', '页'], method: ['A score judges what the traffic proves: the lower end of a 95 % interval of each rate, with a hundred faultless chances granted to everybody.', '评分仅依据流量所能证明的部分：各项比率取 95 % 区间下限，并为所有设备预先计入一百次无故障机会。'],
} as const satisfies Record<string, readonly [en: string, zh: string]>;
export type Word = keyof typeof WORDS;
export const say = (language: Language, word: Word): string => WORDS[word][language === 'en' ? 0 : 1];

const PART_WORDS: Readonly<Record<Part, readonly [string, string]>> = {
  bills: ['Bills arrive', '账单完整到达'], registers: ['Registers are true', '电表读数可信'], clock: ['Clock is right', '时钟准确'], completeness: ['Events are complete and single', '事件完整且不重复'], messages: ['Messages keep the schema', '消息符合结构'],
  order: ['Messages keep the order', '消息顺序正确'], answers: ['Commands are answered', '指令应答正确'], stops: ['Stops are followed', '停止指令得到执行'], stability: ['Stays connected', '连接稳定'],
};
export const sayPart = (language: Language, part: Part): string => PART_WORDS[part][language === 'en' ? 0 : 1];
const AMOUNT_WORDS: Partial<Readonly<Record<Amount, readonly [string, string]>>> = {
  sessions: ['Sessions', '充电次数'], abnormalSessions: ['Abnormal sessions', '异常充电'], energyWh: ['Energy, Wh', '电量（瓦时）'], unexplainedWh: ['Energy that no register saw, at most, Wh', '未被电表记录的电量上限（瓦时）'], frames: ['Frames', '报文'], calls: ['Calls', '请求'],
  commands: ['Commands', '指令'], stops: ['Stops accepted', '已接受停止'], boots: ['Boots', '启动'], reconnects: ['Reconnects', '重连'],
};
export const AMOUNTS_SAID = Object.keys(AMOUNT_WORDS) as Amount[];
export const sayAmount = (language: Language, amount: Amount): string => AMOUNT_WORDS[amount]?.[language === 'en' ? 0 : 1] ?? amount;
export const percent = (rate: number): string => `${(rate * 100).toFixed(rate < 0.001 && rate > 0 ? 3 : rate < 0.01 ? 2 : 1)} %`;

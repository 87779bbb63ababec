/** What the protocols prescribe where each kind of fault occurs: the clause by number, read in the standards (OCPP 1.6 edition 2, OCPP-J 1.6, OCPP 2.0.1 edition 3, Parts 2 and 4), in our words. */
import type { Fault } from '../domain/kind.ts';

type Text = { readonly en: string; readonly zh: string };
export type Prescription = { readonly title: Text; readonly clauses: readonly string[]; readonly rule: Text };

export const PRESCRIBED: Readonly<Record<Fault, Prescription>> = {
  lostBills: {
    title: { en: 'The end of a charge never arrived', zh: '充电结束消息丢失' }, clauses: ['OCPP 1.6 §3.7, §3.7.1, §4.10', 'OCPP 2.0.1 E04 (E04.FR.01, E04.FR.08), E11 (E11.FR.01, E11.FR.05), E13'],
    rule: { en: 'A station keeps the messages of a transaction while it is offline and sends them later in the order in which they happened; the end of a transaction is never dropped.', zh: '充电桩离线时须缓存交易相关消息，恢复后按发生顺序补发；交易结束消息不得丢弃。' },
  },
  orphans: {
    title: { en: 'An end whose start is not known', zh: '有结束而无开始' }, clauses: ['OCPP 1.6 §4.8, §4.10', 'OCPP 2.0.1 E01, E04'],
    rule: { en: 'Every transaction begins with its start message, and later messages name the transaction by the number that was agreed then.', zh: '每笔交易都以开始消息建立，之后的消息须使用约定的交易编号。' },
  },
  registers: {
    title: { en: 'Meter registers that cannot be true', zh: '电表读数不可信' }, clauses: ['OCPP 1.6 §4.7, §6.45, §6.49, §7.31', 'OCPP 2.0.1 E01 (E01.FR.09), E06 (E06.FR.11), J02'],
    rule: { en: 'Start, stop and periodic readings are those of the meter\'s cumulative register of imported energy; it does not fall, and its readings belong to the moment that they name.', zh: '开始、结束和周期读数均取自电表的累计有功电能，读数不得回退，并与所标时间一致。' },
  },
  clock: {
    title: { en: 'A clock that is wrong', zh: '时钟错误' }, clauses: ['OCPP 1.6 §3.15, §4.2, §4.6', 'OCPP 2.0.1 B01 (B01.FR.06), G02 (G02.FR.06)'],
    rule: { en: 'The answers to boot notification and heartbeat carry the time; the station is to set its clock by them, and stamps messages with the moment at which something happened.', zh: '启动通知和心跳的应答携带当前时间，充电桩据此校时，并以事件实际发生时刻标注消息。' },
  },
  duplicates: {
    title: { en: 'The same charge begun twice', zh: '重复开始同一次充电' }, clauses: ['OCPP 1.6 §3.7.1, §4.8', 'OCPP 2.0.1 E01 (E01.FR.08), E13 (E13.FR.02)'],
    rule: { en: 'A message that was not answered is sent again with the same content; a transaction is begun once, and its number is not used for another.', zh: '未获应答的消息应按原内容重发；一笔交易只开始一次，编号不得复用。' },
  },
  missingEvents: {
    title: { en: 'Sequence numbers are missing', zh: '事件序号缺失' }, clauses: ['OCPP 2.0.1 E §1.3.2, E04 (E04.FR.07, E04.FR.08), E11 (E11.FR.04, E11.FR.05)'],
    rule: { en: 'Events of a transaction are numbered without gaps from its start to its end; only updates may be dropped, and only while offline and short of memory.', zh: '一笔交易的事件序号自开始至结束连续；仅在离线且存储不足时可丢弃更新事件。' },
  },
  malformed: {
    title: { en: 'Frames that are no message', zh: '无法识别的报文' }, clauses: ['OCPP-J 1.6 §4.2', 'OCPP 2.0.1 Part 4 §4.2'],
    rule: { en: 'A frame is a JSON array of message type, message id and, for a call, action and payload.', zh: '报文为 JSON 数组，依次为消息类型、消息编号，请求还包括动作和内容。' },
  },
  schemaBreaks: {
    title: { en: 'Messages that break the schema', zh: '不符合消息结构' }, clauses: ['OCPP 1.6 §6, §7 (schemas)', 'OCPP 2.0.1 Part 3 (schemas)'],
    rule: { en: 'Each message has the fields, types and values that its published schema lists, and no others.', zh: '消息字段、类型和取值须符合官方结构定义，不得多出字段。' },
  },
  unknownActions: {
    title: { en: 'Actions that the protocol does not have', zh: '协议中不存在的动作' }, clauses: ['OCPP 1.6 §3.12, §4.3', 'OCPP 2.0.1 P02'],
    rule: { en: 'What a maker adds of his own travels in DataTransfer and not under a name of its own.', zh: '厂商自定义内容应通过 DataTransfer 传输，不得自创动作名。' },
  },
  unprocessable: {
    title: { en: 'Messages that could not be worked', zh: '无法处理的消息' }, clauses: ['OCPP 1.6 §6', 'OCPP 2.0.1 Part 3 (schemas)'],
    rule: { en: 'The content of a message has a meaning by itself; values lie within what the standard allows.', zh: '消息内容须自洽，取值须在标准允许范围内。' },
  },
  outOfOrder: {
    title: { en: 'Messages out of order', zh: '消息顺序错误' }, clauses: ['OCPP 1.6 §3.7, §4.2', 'OCPP 2.0.1 B01 (B01.FR.01), E §1.3.2'],
    rule: { en: 'After it starts, a station first says who it is; messages of a transaction come in the order in which they happened, none after its end.', zh: '充电桩启动后须先发启动通知；交易消息按发生顺序发送，结束后不得再有读数。' },
  },
  repeated: {
    title: { en: 'Messages that were said and answered before', zh: '已应答消息重复发送' }, clauses: ['OCPP-J 1.6 §4.1.4', 'OCPP 2.0.1 Part 4 §4.1.4'],
    rule: { en: 'Each call has a message id of its own; what was answered is not sent again.', zh: '每个请求使用唯一的消息编号；已获应答的消息不再重发。' },
  },
  wrongAnswers: {
    title: { en: 'Answers that break the schema or fail', zh: '错误的应答' }, clauses: ['OCPP 1.6 §5', 'OCPP-J 1.6 §4.2', 'OCPP 2.0.1 Part 4 §4.2'],
    rule: { en: 'A call is answered with the fields and states that its response has; an error is for what a station cannot understand or does not have.', zh: '应答须包含规定的字段和状态；仅在无法理解或不支持时返回错误。' },
  },
  noAnswers: {
    title: { en: 'Commands without an answer', zh: '指令未应答' }, clauses: ['OCPP-J 1.6 §4.1.1', 'OCPP 2.0.1 Part 4 §4.1.1'],
    rule: { en: 'Every call is answered, while the connection stands.', zh: '连接有效期间，每个请求都必须应答。' },
  },
  stopsNotFollowed: {
    title: { en: 'Stops that were accepted and not followed', zh: '已接受停止但未停止充电' }, clauses: ['OCPP 1.6 §5.12', 'OCPP 2.0.1 F03 (F03.FR.02)'],
    rule: { en: 'A station that accepts a remote stop stops the energy and says so: it ends the transaction, or in OCPP 2.0.1, where the transaction lasts until the vehicle leaves, reports the remote stop as an update.', zh: '充电桩接受远程停止后，须停止供电并上报：结束该交易；OCPP 2.0.1 中交易持续至车辆离开的，以更新事件上报远程停止。' },
  },
};

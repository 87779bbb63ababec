/** How Alipay says no: a node with code and sub_code, always with status 200. */
export type AlipayContent = Readonly<Record<string, unknown>>;

export class AlipayRefusal extends Error {
  readonly content: AlipayContent;
  constructor(code: '40001' | '40002' | '40004' | '20000' | '40006', subCode: string, subMessage: string, more: AlipayContent = {}) {
    super(subMessage);
    const messages = { 40001: 'Missing Required Arguments', 40002: 'Invalid Arguments', 40004: 'Business Failed', 20000: 'Service Currently Unavailable', 40006: 'Insufficient Conditions' } as const;
    this.content = { code, msg: messages[code], sub_code: subCode, sub_msg: subMessage, ...more };
  }
}
export const ALIPAY_BUSY = new AlipayRefusal('20000', 'isp.unknow-error', '系统繁忙').content;
export const ALIPAY_SYSTEM_ERROR = new AlipayRefusal('40004', 'ACQ.SYSTEM_ERROR', '系统错误').content;
export const ALIPAY_TOO_OFTEN = new AlipayRefusal('40002', 'isv.app-call-limited', '应用调用次数超限，包含调用频率超限').content;

/** How WeChat Pay says no: a status, and a body with code and message. */
export type Reply = { readonly status: number; readonly content: unknown };

export class WechatRefusal extends Error {
  readonly reply: Reply;
  constructor(status: number, code: string, message: string, detail?: Readonly<Record<string, unknown>>) {
    super(message);
    this.reply = { status, content: { code, message, ...(detail ? { detail } : {}) } };
  }
}
export const WECHAT_BUSY: Reply = { status: 500, content: { code: 'SYSTEM_ERROR', message: '系统异常，请稍后重试' } };
export const WECHAT_TOO_OFTEN: Reply = { status: 429, content: { code: 'FREQUENCY_LIMITED', message: '请求频率过高，请降低频率后再试' } };

/** What a payer sees: open orders to choose from (instead of a camera), one order to pay, and a payment code for the counter. Chinese and English. */
import { newPaymentCode } from './payment-code.ts';
import { openTrades } from './control.ts';
import { yuan } from './money.ts';
import type { Answer, ApiRequest, Trade } from './types.ts';
import type { Wallet } from './wallet.ts';

const WORDS = {
  zh: {
    open: '待支付的订单', none: '没有待支付的订单', pay: '立即支付', wrong: '输错密码', cancel: '取消', paid: '支付成功', already_paid: '该订单已支付', expired: '二维码已过期', closed: '订单已关闭', wrong_password: '支付密码错误，请重试',
    cancelled: '已取消支付', code: '付款码（出示给收银员）', back: '返回', confirm: '等待输入密码', simulated: '模拟钱包 · 不涉及真实资金', wechatpay: '微信支付', alipay: '支付宝', unknown: '二维码无效', done: '返回商家',
  },
  en: {
    open: 'Open orders', none: 'No open order', pay: 'Pay now', wrong: 'Type a wrong password', cancel: 'Cancel', paid: 'Paid', already_paid: 'This order is paid already', expired: 'The code has lapsed', closed: 'The order is closed',
    wrong_password: 'Wrong password, try again', cancelled: 'You left without paying', code: 'Payment code (show it at the counter)', back: 'Back', confirm: 'Waiting for your password', simulated: 'Simulated wallet · no real money',
    wechatpay: 'WeChat Pay', alipay: 'Alipay', unknown: 'This code is not known', done: 'Back to the shop',
  },
} as const;
type Language = keyof typeof WORDS;
type Word = keyof (typeof WORDS)['zh'];

export function pageAnswer(wallet: Wallet, request: ApiRequest): Answer {
  const form = new URLSearchParams(request.body);
  const language = languageOf(request);
  const code = request.query.get('code') ?? form.get('code');
  if (request.path === '/pay' && code !== null) return order(wallet, request, language, code, form.get('act'));
  if (request.path === '/' || request.path === '/pay') return page(language, 'open', list(wallet, language));
  if (request.path === '/wallet') return page(language, 'code', codes(wallet, language));
  return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'not found' };
}

function order(wallet: Wallet, request: ApiRequest, language: Language, code: string, act: string | null): Answer {
  const words = WORDS[language];
  const trade = wallet.world.byCode.get(code);
  if (!trade) return page(language, 'unknown', link('/', words.back), 404);
  wallet.scan(trade);
  let said: Word | null = null;
  if (request.method === 'POST') said = act === 'pay' ? wallet.pay(trade) : act === 'wrong_password' ? wallet.wrongPassword(trade) : wallet.cancel(trade);
  else if (trade.state === 'paid') said = 'already_paid';
  else if (!wallet.payable(trade)) said = trade.state === 'closed' || trade.state === 'revoked' || trade.state === 'failed' ? 'closed' : 'expired';
  const message = said ? `<p class="said ${said === 'paid' || said === 'already_paid' ? 'good' : 'bad'}" role="status">${words[said]}</p>` : trade.state === 'confirming' ? `<p class="said" role="status">${words.confirm}</p>` : '';
  // A shop adds to WeChat Pay's h5_url where its page is; Alipay gets it with the order.
  const back = request.query.get('redirect_url') ?? trade.returnUrl;
  const kept = request.query.has('redirect_url') ? `&amp;redirect_url=${encodeURIComponent(request.query.get('redirect_url')!)}` : '';
  const buttons = wallet.payable(trade) && said !== 'cancelled'
    ? `<form method="post" action="/pay?code=${trade.code}&amp;lang=${language}${kept}">${button('pay', words.pay)}${button('wrong_password', words.wrong)}${button('cancel', words.cancel)}</form>` : '';
  const away = back !== null && /^https?:/.test(back) && trade.state === 'paid' ? link(back, words.done) : link(`/?lang=${language}`, words.back);
  return page(language, trade.merchant.channel, `<p class="shop">${escape(trade.merchant.name)}</p><p class="what">${escape(trade.description)}</p><p class="amount">¥ ${yuan(trade.amountFen)}</p>
    <p class="number">${escape(trade.outTradeNo)}</p>${message}${buttons}<p>${away}</p>`, 200, trade.merchant.channel);
}

function list(wallet: Wallet, language: Language): string {
  const words = WORDS[language];
  const rows = openTrades(wallet.world, wallet, 30).map((trade: Trade) => `<li><a href="/pay?code=${trade.code}&amp;lang=${language}"><span>${words[trade.merchant.channel]} · ${escape(trade.description)}</span>
    <b>¥ ${yuan(trade.amountFen)}</b>${trade.state === 'confirming' ? `<i>${words.confirm}</i>` : ''}</a></li>`);
  return `${rows.length === 0 ? `<p>${words.none}</p>` : `<ul>${rows.join('')}</ul>`}<p>${link(`/wallet?lang=${language}`, words.code)}</p>`;
}

function codes(wallet: Wallet, language: Language): string {
  const words = WORDS[language];
  const one = (channel: 'wechatpay' | 'alipay'): string => `<h2>${words[channel]}</h2><p class="code">${newPaymentCode(wallet.world, channel).replace(/(\d{4})(?=\d)/g, '$1 ')}</p>`;
  return `${one('wechatpay')}${one('alipay')}<p>${link(`/?lang=${language}`, words.back)}</p>`;
}

const button = (act: string, label: string): string => `<button name="act" value="${act}" class="${act}">${label}</button>`;
const link = (href: string, label: string): string => `<a href="${escape(href)}">${label}</a>`;
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function languageOf(request: ApiRequest): Language {
  const asked = request.query.get('lang');
  if (asked === 'zh' || asked === 'en') return asked;
  return /^\s*(en|de|fr|es)/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'zh';
}

const STYLE = `body{margin:0;background:#ededed;color:#191919;font:16px/1.5 system-ui,sans-serif}main{max-width:420px;min-height:100vh;margin:auto;background:#fff;padding:24px 20px;box-sizing:border-box}
h1{font-size:18px;margin:0 0 16px;padding-bottom:12px;border-bottom:3px solid #07803e}.alipay h1{border-color:#1063c8}h2{font-size:15px;margin:20px 0 0}ul{list-style:none;padding:0}li a{display:block;padding:12px 0;border-bottom:1px solid #ddd;color:inherit;text-decoration:none}
li b{float:right}li i{display:block;color:#8a4b00}.amount{font-size:40px;margin:8px 0;text-align:center;font-variant-numeric:tabular-nums}.shop,.what,.number{text-align:center;margin:2px}.number{color:#666;font-size:12px;word-break:break-all}
.code{font:22px/1.4 ui-monospace,monospace;margin:4px 0}.said{text-align:center;padding:10px;border-radius:6px;background:#fff4e0}.good{background:#e2f5e9}.bad{background:#fde8e6}
button{display:block;width:100%;margin:12px 0;padding:12px;border:1px solid #bbb;border-radius:8px;background:#fff;font:inherit;cursor:pointer}.pay{background:#07803e;border-color:#07803e;color:#fff}.alipay .pay{background:#1063c8;border-color:#1063c8}a{color:#1063c8}footer{margin-top:32px;color:#666;font-size:12px}`;

function page(language: Language, title: Word, content: string, status = 200, kind = ''): Answer {
  const words = WORDS[language];
  const other = language === 'zh' ? 'en' : 'zh';
  return {
    status, headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' },
    body: `<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${words[title]}</title><style>${STYLE}</style>
<body class="${kind}"><main><h1>${words[title]}</h1>${content}<footer>${words.simulated} · <a href="?lang=${other}" onclick="const u=new URL(location);u.searchParams.set('lang','${other}');location=u;return false">${other === 'zh' ? '中文' : 'English'}</a></footer></main></body></html>`,
  };
}

import type { Catalogue } from '../catalogue.ts';

/** Log-in, the account's sessions and its users. */
export const account = {
  'login.title': ['Log in', '登录'],
  'login.lead': ['The back office of anyone who sells electricity.', '售电企业的后台系统。'],
  'login.operator': ['Operator code', '运营商代码'],
  'login.name': ['User name', '用户名'],
  'login.password': ['Password', '密码'],
  'login.submit': ['Log in', '登录'],
  'login.required': ['Please fill this in', '请填写'],
  'login.tooMany': ['This account is already logged in as often as it may be ({max}).', '该账号的同时登录数已达上限（{max}）。'],
  'login.tooManyHint': ['The oldest session can be ended to make room. Whoever uses it is logged out; unsaved input there is lost.', '可以结束最早的一个登录以腾出名额。正在使用它的人会被退出，未保存的内容将丢失。'],
  'login.endOldest': ['End the oldest session and log in', '结束最早的登录并继续'],
  'login.art.title': ['What flows in must flow out.', '流入的，必须流出。'],
  'login.art.text': ['Every fen and every watt-hour sits in one double-entry ledger, and anyone can ask at any time whether the books balance.', '每一分钱、每一瓦时都记在同一本复式账里，随时可以核对账目是否平衡。'],
  'login.expired': ['Your session has ended. Log in to go on where you were.', '登录已失效，请重新登录后继续。'],
  'account.logout': ['Log out', '退出登录'],
  'account.mySessions': ['My sessions', '我的登录'],
} as const satisfies Catalogue;

import type { Catalogue } from '../catalogue.ts';

/** `problem.<code>` for codes of the API's error catalogue (docs/reference/errors.md): what happened and what to do, for the person at the console. */
export const problems = {
  'problem.title': ['This could not be shown', '无法显示'],
  'problem.actionTitle': ['Nothing was changed', '未做任何更改'],
  'problem.kept': ['Nothing was changed. Try again; if it stays, copy the code for whoever runs the system.', '没有任何数据被更改。请重试；如仍失败，请把错误代码发给系统管理员。'],
  'problem.noPermission.title': ['You have no permission for this', '没有权限'],
  'problem.noPermission.todo': ['Ask an administrator of your operator for a role that has it.', '请联系本运营商的管理员授予相应角色。'],
  'problem.notFound.title': ['There is no such record', '记录不存在'],
  'problem.network_unreachable': ['The server could not be reached. What you typed is still here.', '无法连接服务器，您输入的内容仍在。'],
  'problem.console_fault': ['The console met something it did not expect.', '控制台遇到意外情况。'],
} as const satisfies Catalogue;

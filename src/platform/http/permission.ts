/** Every permission there is. A role is a set of them; a route names the one it needs. `module:act`, never reused. */
export const PERMISSIONS = {
  'members:read': ['See members and their credentials', '查看会员及其凭证'],
  'members:write': ['Register, change and freeze members', '新增、修改和冻结会员'],
  'members:erase': ['Erase a person on request', '按本人要求删除个人信息'],
  'organisation:read': ['See sub-operators and departments', '查看子运营商和部门'],
  'organisation:write': ['Change sub-operators and departments', '维护子运营商和部门'],
  'wallets:read': ['See balances and their history', '查看余额及明细'],
  'wallets:top_up': ['Top up at the cash desk', '柜台充值'],
  'wallets:correct': ['Book corrections, refunds and compensations by hand', '手工冲正、退款和补偿'],
  'coupons:read': ['See coupon rules and what members have', '查看优惠券规则及会员优惠券'],
  'coupons:write': ['Change coupon rules', '维护优惠券规则'],
  'coupons:give': ['Give coupons by hand', '手工发放优惠券'],
  'payments:read': ['See payment orders, notifications and losses', '查看支付订单、通知和掉单'],
  'payments:recover': ['Search for lost payments', '执行补单'],
  'refunds:apply': ['Apply for refunds', '申请退款'],
  'refunds:audit': ["Audit other people's refunds", '审核他人申请的退款'],
  'tariffs:read': ['See tariffs', '查看电价'],
  'tariffs:write': ['Change tariffs and where they apply', '维护电价及其适用范围'],
  'locations:read': ['See stations and charge points', '查看站点和充电桩'],
  'locations:write': ['Change stations and charge points', '维护站点和充电桩'],
  'charge_points:command': ['Send commands to charge points', '向充电桩下发命令'],
  'charging:read': ['See charging sessions and bills', '查看充电会话和账单'],
  'charging:start': ['Start and stop charging remotely', '远程启动和停止充电'],
  'charging:correct': ['Correct charging bills', '更正充电账单'],
  'books:read': ['See the ledger and its audit', '查看总账和审计结果'],
  'audit_log:read': ['See who did what', '查看操作日志'],
  'approvals:read': ['See requests that wait for approval', '查看待审批申请'],
  'approvals:decide': ["Approve or refuse other people's requests", '审批他人的申请'],
  'users:read': ['See users, roles and API clients', '查看用户、角色和 API 客户端'],
  'users:manage': ['Manage users, roles and API clients', '管理用户、角色和 API 客户端'],
  'settings:read': ['See settings', '查看设置'],
  'settings:write': ['Change settings', '修改设置'],
  'operations:read': ['See health, breakers and incidents', '查看运行状态和告警'],
} as const satisfies Record<string, readonly [en: string, zh: string]>;

export type Permission = keyof typeof PERMISSIONS;
export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as Permission[];
export const isPermission = (text: string): text is Permission => Object.hasOwn(PERMISSIONS, text);

/**
 * Every error that the HTTP API answers, by its stable code. A code is never reused and never changes its meaning. Documented in
 * docs/reference/errors.md, which a test compares with this file both ways. A module adds its own codes to its section.
 */
export type CatalogueText = { readonly title: string; readonly whatToDo: string };
export type CatalogueEntry = { readonly status: number; readonly en: CatalogueText; readonly zh: CatalogueText };

const entry = (status: number, en: readonly [title: string, whatToDo: string], zh: readonly [title: string, whatToDo: string]): CatalogueEntry =>
  ({ status, en: { title: en[0], whatToDo: en[1] }, zh: { title: zh[0], whatToDo: zh[1] } });

export const CATALOGUE = {
  // platform: the request itself
  validation_failed: entry(400, ['The request does not have the expected form', 'Correct the fields listed under "errors".'], ['请求内容不符合要求', '请按 "errors" 中列出的字段逐一修改。']),
  body_not_json: entry(400, ['The body is not valid JSON', 'Send a JSON body with Content-Type: application/json.'], ['请求体不是有效的 JSON', '请发送 JSON，并设置 Content-Type: application/json。']),
  cursor_invalid: entry(400, ['The page cursor is not one that this list gave out', 'Start again from the first page without a cursor.'], ['分页游标无效', '请不带游标，从第一页重新开始。']),
  payload_too_large: entry(413, ['The body is larger than this address accepts', 'Send less at once; the limit is in the detail.'], ['请求体过大', '请减少单次发送的内容，上限见详情。']),
  media_type_unsupported: entry(415, ['The content type is not accepted here', 'Send Content-Type: application/json, or application/octet-stream where a file is asked for.'], ['不支持的内容类型', '请使用 Content-Type: application/json；上传文件时使用 application/octet-stream。']),
  route_not_found: entry(404, ['There is nothing at this address', 'Check the path and the method against the API reference at /docs.'], ['此地址不存在', '请对照 /docs 的接口文档检查路径和方法。']),
  too_many_requests: entry(429, ['Too many requests in a short time', 'Wait for the seconds in Retry-After and send fewer at once.'], ['请求过于频繁', '请等待 Retry-After 指示的秒数后再试，并降低频率。']),
  timed_out: entry(503, ['The answer took too long and was given up', 'It was done wholly or not at all: try again with the same Idempotency-Key to learn which. Narrow the question if it was a query.'], ['处理超时，已放弃', '操作要么全部完成，要么没有执行：请使用同一 Idempotency-Key 重试以获知结果。若为查询，请缩小范围。']),
  temporarily_unavailable: entry(503, ['The service cannot work at the moment', 'It was done wholly or not at all: try again in a few seconds with the same Idempotency-Key.'], ['服务暂时不可用', '操作要么全部完成，要么没有执行：请几秒后使用同一 Idempotency-Key 重试。']),
  internal_error: entry(500, ['Something went wrong on our side', 'Try again once; if it happens again, report the request id.'], ['服务器内部错误', '请再试一次；如仍出现，请提供请求编号给管理员。']),

  // platform: who is calling
  not_authenticated: entry(401, ['You are not logged in', 'Log in again, or send a valid API key.'], ['尚未登录', '请重新登录，或提供有效的 API 密钥。']),
  session_ended: entry(401, ['This log-in has ended', 'Log in again.'], ['登录已结束', '请重新登录。']),
  permission_missing: entry(403, ['You do not have the permission for this', 'Ask an administrator for the permission named in the detail.'], ['没有此操作的权限', '请向管理员申请详情中所列的权限。']),
  outside_your_sub_operator: entry(403, ['This belongs to another part of the operator', 'Your role is limited to a sub-operator; ask an administrator to widen it.'], ['超出您的子运营商范围', '您的角色仅限于某个子运营商，请联系管理员扩大范围。']),
  audience_refused: entry(403, ['This address is for people logged in to the console', 'Log in with a user; an API key cannot be used here.'], ['此接口仅供控制台登录用户使用', '请使用账号登录，此处不能使用 API 密钥。']),
  ip_not_allowed: entry(403, ['This API key may not be used from this address', 'Add the address to the allow list of the key, or call from an allowed one.'], ['此 API 密钥不允许从该地址使用', '请将该地址加入密钥的允许列表，或从允许的地址调用。']),
  cross_site_request_refused: entry(403, ['The request did not come from the console itself', 'Send the header X-Kirchhoff-Console: 1 from the same origin; programs use an API key instead of a cookie.'], ['请求并非来自控制台本身', '请从同源页面发送并带上 X-Kirchhoff-Console: 1；程序请使用 API 密钥而不是 Cookie。']),

  // platform: idempotency
  idempotency_key_required: entry(400, ['This call needs an Idempotency-Key', 'Send a fresh random key (a UUID) with each new act, and the same key with each retry of it.'], ['此调用需要 Idempotency-Key', '每个新操作请附带新的随机键（UUID），重试时使用同一个键。']),
  idempotency_key_invalid: entry(400, ['The Idempotency-Key is too short, too long or has other than visible ASCII characters', 'Send 16 to 128 visible ASCII characters, for example a UUID.'], ['Idempotency-Key 长度或字符不符合要求', '请使用 16 至 128 个可见 ASCII 字符，例如 UUID。']),
  idempotency_key_reused: entry(422, ['This Idempotency-Key was already used for another request', 'Use a new key for a new act. The earlier act stands; nothing was done now.'], ['此 Idempotency-Key 已用于另一个请求', '新的操作请使用新的键。先前的操作依然有效，本次没有执行任何操作。']),

  // platform: approvals
  approval_not_found: entry(404, ['There is no such approval request', 'Check the id; you see only requests of your operator.'], ['没有这个审批申请', '请检查编号；您只能看到本运营商的申请。']),
  approval_already_decided: entry(409, ['This request was decided already', 'Reload it to see who decided and how.'], ['此申请已被处理', '请刷新查看由谁、如何处理。']),
  approval_expired: entry(409, ['This request has expired', 'Ask for the act again; a new request is made.'], ['此申请已过期', '请重新发起操作，系统会生成新的申请。']),
  approval_by_requester: entry(403, ['Whoever asked cannot approve', 'Another person with the right to approve must decide: four eyes.'], ['申请人不能自己审批', '必须由另一位有审批权限的人处理（双人复核）。']),
  approval_not_applicable: entry(409, ['The approved act cannot be done any more', 'What it refers to has changed since; the reason is in the detail. The request stays open.'], ['已无法执行所审批的操作', '相关内容已发生变化，原因见详情。申请保持待处理。']),

  // parties
  member_not_found: entry(404, ['There is no such member', 'Check the id; you see only members of your operator.'], ['没有这个会员', '请检查编号；您只能看到本运营商的会员。']),
  member_erased: entry(409, ['This person was erased on their request', 'Nothing personal can be read or written for them any more; amounts and energy stay.'], ['该会员的个人信息已应本人要求删除', '无法再读取或写入其个人信息；金额和电量记录保留。']),
  display_name_invalid: entry(422, ['The name is empty or too long', 'Give a name of 1 to 200 characters.'], ['姓名为空或过长', '请填写 1 至 200 个字符的姓名。']),
  phone_invalid: entry(422, ['This is not a phone number', 'Give 5 to 15 digits, with + and country code for foreign numbers.'], ['手机号码无效', '请填写 5 至 15 位数字，国外号码请加 + 和国家代码。']),
  phone_taken: entry(409, ['Another member has this phone number', 'Open that member, or use another number.'], ['该手机号码已属于其他会员', '请打开该会员，或使用其他号码。']),
  department_not_found: entry(404, ['There is no such department', 'Check the id in the list of departments.'], ['没有这个部门', '请在部门列表中检查编号。']),
  department_name_taken: entry(409, ['There is a department of this name at the same place already', 'Choose another name.'], ['同级已有同名部门', '请使用其他名称。']),
  department_needs_parent: entry(422, ['Only a department with a parent can pay from its parent', 'Choose a parent, or let the department pay itself.'], ['只有存在上级的部门才能由上级付费', '请选择上级部门，或改为自行付费。']),
  department_too_deep: entry(422, ['Departments cannot be nested this deep', 'Put it at most 16 levels deep.'], ['部门层级过深', '部门最多 16 级。']),
  sub_operator_not_found: entry(404, ['There is no such sub-operator', 'Check the id in the list of sub-operators.'], ['没有这个子运营商', '请在子运营商列表中检查编号。']),
  sub_operator_name_taken: entry(409, ['There is a sub-operator of this name already', 'Choose another name.'], ['已有同名子运营商', '请使用其他名称。']),
  token_invalid: entry(422, ['The identifier is empty or too long', 'Give 1 to 36 characters, as OCPP carries them.'], ['标识为空或过长', '请填写 1 至 36 个字符（OCPP 限制）。']),
  token_taken: entry(409, ['Another valid card or identifier has this value', 'Revoke the other one first, or use another value.'], ['该标识已被其他有效凭证使用', '请先停用原凭证，或使用其他标识。']),
  credential_not_found: entry(404, ['There is no such credential of this member', 'Reload the member.'], ['该会员没有这个凭证', '请刷新会员信息。']),
  fleet_not_found: entry(404, ['There is no such fleet', 'Check the id in the list of fleets.'], ['没有这个车队', '请在车队列表中检查编号。']),
  fleet_name_taken: entry(409, ['There is a fleet of this name already', 'Choose another name.'], ['已有同名车队', '请使用其他名称。']),
  vehicle_not_found: entry(404, ['There is no such vehicle', 'Check the id; you see only vehicles of your operator.'], ['没有这辆车', '请检查编号；您只能看到本运营商的车辆。']),
  vehicle_erased: entry(409, ['VIN and plate of this vehicle were erased', 'They cannot be read any more; amounts and energy stay.'], ['该车辆的 VIN 和车牌已删除', '已无法读取；金额和电量记录保留。']),
  vehicle_needs_vin_or_plate: entry(422, ['A vehicle needs a VIN or a plate', 'Give at least one of them.'], ['车辆需要 VIN 或车牌', '请至少填写其中一项。']),
  vin_invalid: entry(422, ['This is not a vehicle identification number', 'Give 5 to 36 letters and digits, 17 as a rule.'], ['VIN 无效', '请填写 5 至 36 位字母和数字，通常为 17 位。']),
  vin_taken: entry(409, ['Another vehicle has this VIN', 'Open that vehicle, or check the number.'], ['该 VIN 已属于其他车辆', '请打开该车辆，或核对号码。']),
  plate_invalid: entry(422, ['This is not a number plate', 'Give 2 to 20 characters.'], ['车牌无效', '请填写 2 至 20 个字符。']),
  plate_taken: entry(409, ['Another vehicle has this plate', 'Open that vehicle, or check the plate.'], ['该车牌已属于其他车辆', '请打开该车辆，或核对车牌。']),
  belonging_overlaps: entry(409, ['Something later is in the way', 'There is an assignment that begins at that time or later. Choose a later date.'], ['与之后的归属冲突', '已有从该时间或更晚开始的归属，请选择更晚的日期。']),
  valid_from_in_future: entry(422, ['The date is still to come', 'Give now or a time in the past.'], ['生效时间尚未到来', '请填写当前或过去的时间。']),

  // access
  log_in_refused: entry(401, ['Operator, name and password do not match', 'Check all three. After many failures you must wait a little between attempts.'], ['运营商、账号或密码不正确', '请检查三项内容。多次失败后需要等待片刻再试。']),
  log_in_throttled: entry(429, ['Too many failed log-ins for this account from this address', 'Wait for the seconds in Retry-After; the account is not locked.'], ['该账号从此地址登录失败次数过多', '请等待 Retry-After 指示的秒数；账号并未被锁定。']),
  session_limit_reached: entry(409, ['This account is logged in at too many places', 'Send the log-in again with endOldest: true to end your own oldest log-in, or end one in the list of your sessions.'], ['该账号同时登录过多', '可带上 endOldest: true 重新登录以结束自己最早的登录，或在会话列表中结束一个。']),
  web_session_not_found: entry(404, ['There is no such log-in', 'Reload the list of sessions.'], ['没有这个登录会话', '请刷新会话列表。']),
  password_too_weak: entry(422, ['The password is too easy to guess', 'Use at least 10 characters, not containing the log-in name.'], ['密码过于简单', '请至少使用 10 个字符，且不包含账号名。']),
  password_wrong: entry(403, ['The current password is not right', 'Type the password you logged in with.'], ['当前密码不正确', '请输入登录时使用的密码。']),
  user_not_found: entry(404, ['There is no such user', 'Check the id in the list of users.'], ['没有这个用户', '请在用户列表中检查编号。']),
  log_in_name_taken: entry(409, ['Another user of this operator has this log-in name', 'Choose another name.'], ['该账号名已被本运营商其他用户使用', '请使用其他账号名。']),
  log_in_name_invalid: entry(422, ['The log-in name has characters that are not allowed', 'Use 2 to 64 letters, digits, dots, hyphens, underscores or @.'], ['账号名包含不允许的字符', '请使用 2 至 64 个字母、数字、点、连字符、下划线或 @。']),
  last_owner: entry(409, ['Somebody must be able to manage users', 'Give another active user the role of an owner first.'], ['必须保留至少一名可管理用户的人员', '请先为另一名有效用户分配所有者角色。']),
  role_not_found: entry(404, ['There is no such role', 'Check the id in the list of roles.'], ['没有这个角色', '请在角色列表中检查编号。']),
  role_name_taken: entry(409, ['There is a role of this name already', 'Choose another name.'], ['已有同名角色', '请使用其他名称。']),
  role_built_in: entry(409, ['A built-in role cannot be changed', 'Make a role of your own with the permissions you want.'], ['内置角色不能修改', '请新建包含所需权限的角色。']),
  permission_not_yours_to_give: entry(403, ['You cannot give a permission that you do not have', 'Ask somebody who has it.'], ['不能授予自己没有的权限', '请由拥有该权限的人操作。']),
  api_client_not_found: entry(404, ['There is no such API client', 'Check the id in the list of API clients.'], ['没有这个 API 客户端', '请在 API 客户端列表中检查编号。']),
  api_client_name_taken: entry(409, ['There is an API client of this name already', 'Choose another name; revoked ones keep theirs.'], ['已有同名 API 客户端', '请使用其他名称；已停用的客户端仍保留其名称。']),
  ip_range_invalid: entry(422, ['This is not an IP address or range', 'Write an address like 203.0.113.7 or a range like 203.0.113.0/24 or 2001:db8::/32.'], ['IP 地址或网段无效', '请填写如 203.0.113.7、203.0.113.0/24 或 2001:db8::/32 的格式。']),

  // locations
  station_not_found: entry(404, ['There is no such station', 'Check the id; you see only stations of your operator, and of your sub-operator while it runs them.'], ['没有这个站点', '请检查编号；您只能看到本运营商、且当前归属于您子运营商的站点。']),
  station_name_malformed: entry(422, ['The name is empty or too long', 'Give a name of 1 to 200 characters.'], ['名称为空或过长', '请填写 1 至 200 个字符的名称。']),
  station_address_too_long: entry(422, ['The address is too long', 'Give at most 400 characters.'], ['地址过长', '请不要超过 400 个字符。']),
  time_zone_unknown: entry(422, ['This is not a time zone', 'Give an IANA zone such as Asia/Shanghai or Europe/London, not an offset.'], ['时区无效', '请填写 IANA 时区，例如 Asia/Shanghai 或 Europe/London，不要填写偏移量。']),
  binding_overlaps: entry(409, ['The station is bound to a sub-operator at that time already', 'Begin where the other binding ends, or later; its dates are in the data.'], ['该时间段站点已归属其他子运营商', '请从现有归属结束之后开始，其起止时间见 data。']),
  charge_point_not_found: entry(404, ['There is no such charge point', 'Check the id; you see only charge points of your operator.'], ['没有这个充电桩', '请检查编号；您只能看到本运营商的充电桩。']),
  charge_point_identity_malformed: entry(422, ['This name cannot stand in a charge point address', 'Use 1 to 48 letters, digits and * - _ = : + | @ . as OCPP allows.'], ['该标识不能用于充电桩连接地址', '请使用 1 至 48 个字母、数字或 * - _ = : + | @ . （OCPP 规定）。']),
  charge_point_identity_taken: entry(409, ['Another charge point connects under this name', 'Choose another name; it must be unique on this whole system.'], ['已有其他充电桩使用该标识', '请使用其他标识；标识在整个系统内必须唯一。']),
  asset_code_malformed: entry(422, ['An asset code has twenty digits', 'Correct it, or leave it out.'], ['资产编码应为 20 位数字', '请改正，或留空。']),
  asset_code_taken: entry(409, ['Another charge point has this asset code', 'Correct it, or open the other charge point.'], ['该资产编码已属于其他充电桩', '请改正，或查看另一充电桩。']),
  power_out_of_range: entry(422, ['The power is not possible', 'Give watts between 1 and 10,000,000.'], ['功率超出范围', '请填写 1 至 10000000 瓦。']),
  connectors_malformed: entry(422, ['The connectors are not numbered 1, 2, 3 … each once', 'Give each connector its own number, as the charge point counts them.'], ['充电枪编号有误', '请为每把枪填写唯一编号，与充电桩自身编号一致。']),

  // tariffs
  tariff_not_found: entry(404, ['There is no such tariff', 'Check the id in the list of tariffs.'], ['没有这个电价', '请在电价列表中检查编号。']),
  tariff_name_malformed: entry(422, ['The name is empty or too long', 'Give a name of 1 to 200 characters.'], ['名称为空或过长', '请填写 1 至 200 个字符的名称。']),
  tariff_periods_too_many: entry(422, ['There are too many periods in the day', 'Give at most 32; neighbours of the same price can be one.'], ['时段过多', '最多 32 个时段；相邻且价格相同的可合并。']),
  tariff_period_malformed: entry(422, ['A period does not begin before it ends within the day', 'Give minutes of the day, 0 to 1440; a period across midnight is two.'], ['时段起止有误', '请填写一天内的分钟数（0 至 1440）；跨零点的时段请分为两段。']),
  tariff_day_gap: entry(422, ['A part of the day has no price', 'Cover the 24 hours; the missing minutes are in the data.'], ['一天中有时段没有价格', '请覆盖 24 小时，缺少的分钟见 data。']),
  tariff_day_overlap: entry(422, ['A part of the day has two prices', 'Let each period begin where the one before ends; the minutes are in the data.'], ['一天中有时段重叠', '请让每个时段从上一时段结束处开始，重叠的分钟见 data。']),
  tariff_rate_out_of_range: entry(422, ['A price is negative, too high or has more than four decimals', 'Give a price per kWh (or minute) between 0 and 100,000 with at most four decimals.'], ['价格为负、过高或超过四位小数', '请填写 0 至 100000 之间、最多四位小数的单价。']),
  tariff_grace_out_of_range: entry(422, ['The free minutes are not possible', 'Give whole minutes between 0 and 1440.'], ['免费时长超出范围', '请填写 0 至 1440 的整数分钟。']),
  tariff_currency_not_yours: entry(422, ['The tariff has another currency than the operator', 'Prices are in the currency of your operator.'], ['电价币种与运营商不一致', '请使用本运营商的币种定价。']),
  tariff_changed_meanwhile: entry(409, ['Somebody changed this tariff at the same moment', 'Reload it and decide again.'], ['该电价刚被他人修改', '请刷新后重新决定。']),
  assignment_reversed: entry(422, ['The tariff would end before it begins', 'Give an end after the beginning, or none.'], ['结束时间早于开始时间', '请填写晚于开始的结束时间，或留空。']),
  assignment_in_past: entry(422, ['A tariff cannot change prices of the past', 'Begin now or later; bills that were made stay as they are.'], ['不能更改过去的价格', '请从现在或之后开始；已出账单保持不变。']),
  assignment_overlaps: entry(409, ['Another tariff is planned for that time', 'Begin after it, or give an end before it; its dates are in the data.'], ['该时间段已安排其他电价', '请在其之后开始，或在其之前结束；起止时间见 data。']),
  connector_not_found: entry(404, ['There is no such connector at this station', 'Check the id.'], ['该站点没有这把充电枪', '请检查编号。']),

  // ocpp-gateway
  command_incomplete: entry(422, ['The command lacks something that it needs', 'Give the fields that the detail names.'], ['指令缺少必要内容', '请补充详情中列出的字段。']),
  command_expiry_out_of_range: entry(422, ['A command cannot wait that long', 'Give between one second and a day.'], ['指令有效期超出范围', '请填写 1 秒至 1 天之间的有效期。']),
  too_many_commands: entry(409, ['Too many commands wait for this charge point', 'Wait until they are answered or have expired.'], ['该充电桩等待处理的指令过多', '请等待现有指令完成或过期。']),

  // wallets
  top_up_amount_invalid: entry(422, ['The amount cannot be topped up', 'Give an amount above zero and not above the limit in the data.'], ['充值金额无效', '请填写大于零且不超过上限的金额，上限见 data。']),
  top_up_needs_second_person: entry(409, ['A top-up of this size needs a second person', 'Ask again over the console or the API: it then waits in the queue of approvals.'], ['该金额的现金充值需要第二人审批', '请重新提交，系统会将其放入审批队列。']),
  top_up_command_reused: entry(409, ['This act was already booked with other contents', 'Send a new act with a new Idempotency-Key. The earlier one stands.'], ['该操作已以其他内容入账', '请使用新的 Idempotency-Key 重新提交；先前的操作依然有效。']),
  currency_differs: entry(422, ['The operator works in another currency', 'Give the amount in the currency named in the data.'], ['币种与运营商不一致', '请使用 data 中所列币种。']),

  adjustment_command_reused: entry(409, ['This act by hand was already booked with other contents', 'Send a new act with a new Idempotency-Key. The earlier one stands.'], ['该手工操作已以其他内容入账', '请使用新的 Idempotency-Key 重新提交；先前的操作依然有效。']),
  adjustment_amount_invalid: entry(422, ['The amount cannot be booked by hand', 'Give an amount above zero and not above the limit in the data.'], ['手工入账金额无效', '请填写大于零且不超过上限的金额，上限见 data。']),
  adjustment_direction_invalid: entry(422, ['This kind of act does not move a wallet that way', 'A refund is a debit; a top-up and a compensation are credits; a correction is either.'], ['该类型的操作方向不符', '退款为减少余额；充值和补偿为增加余额；更正可增可减。']),
  adjustment_reason_missing: entry(422, ['Money by hand needs a reason', 'Say why, in 1 to 500 characters.'], ['手工操作必须填写原因', '请填写 1 至 500 个字符的原因。']),
  adjustment_needs_second_person: entry(409, ['This amount needs a second person', 'Ask for approval; somebody else books it by approving.'], ['该金额需要双人复核', '请提交审批，由另一人审批后入账。']),
  wallet_balance_too_low: entry(409, ['The wallet does not have this much available', 'Take at most what is available, as in the data; money set aside for open sessions does not count.'], ['钱包可用余额不足', '最多可扣除 data 中的可用余额；充电中冻结的金额不计入。']),

  // wallets: coupons
  coupon_rule_invalid: entry(422, ['This coupon rule does not fit together', 'Correct what the data lists.'], ['优惠券规则有误', '请按 data 中列出的问题修改。']),
  coupon_rule_not_found: entry(404, ['There is no such coupon rule', 'Check the id in the list of coupon rules.'], ['没有这个优惠券规则', '请在优惠券规则列表中检查编号。']),
  coupon_rule_changed_meanwhile: entry(409, ['Somebody changed this coupon rule at the same moment', 'Reload it and decide again.'], ['该优惠券规则刚被他人修改', '请刷新后重新决定。']),
  coupon_gifts_given_already: entry(409, ['More packs than that were given already', 'Allow at least as many as the data says, or turn the rule off.'], ['已发放的礼包多于此数', '上限不得低于 data 中的数量，或停用该规则。']),
  coupon_rule_not_by_hand: entry(409, ['Coupons of this rule are not given by hand', 'Choose a rule whose condition is by hand.'], ['该规则的优惠券不能手工发放', '请选择发放条件为手工的规则。']),
  coupon_rule_off: entry(409, ['This rule gives nothing at the moment', 'Turn it on, or wait until it is on sale.'], ['该规则当前未生效', '请启用，或等到发放时间。']),
  coupon_packs_given: entry(409, ['There are not enough packs left', 'Give to at most as many members as the data says.'], ['剩余礼包不足', '最多可发放人数见 data。']),

  // payments: orders
  payment_order_not_found: entry(404, ['There is no such payment order', 'Check the id or the link; you see only orders of your operator.'], ['没有这个支付订单', '请检查编号或链接；您只能看到本运营商的订单。']),
  order_command_reused: entry(409, ['This act already opened another order', 'Send a new act with a new Idempotency-Key. The earlier order stands.'], ['该操作已用于另一笔订单', '请使用新的 Idempotency-Key 重新提交；先前的订单依然有效。']),
  order_amount_invalid: entry(422, ['An order cannot have this amount', 'Give an amount above zero and within the limits in the data.'], ['订单金额无效', '请填写大于零且在限额内的金额，限额见 data。']),
  order_description_invalid: entry(422, ['The description is empty or too long', 'Give 1 to 127 characters, as channels show them.'], ['订单说明为空或过长', '请填写 1 至 127 个字符。']),
  order_lifetime_invalid: entry(422, ['An order cannot be open for so long', 'Give between two minutes and a day.'], ['订单有效期超出范围', '请填写 2 分钟至 1 天之间的有效期。']),
  order_paid: entry(409, ['This order is paid', 'Nothing more is to be paid; reload it.'], ['该订单已支付', '无需再次支付，请刷新。']),
  order_not_payable: entry(409, ['This order is closed or being closed', 'Open a new order.'], ['该订单已关闭或正在关闭', '请重新下单。']),
  order_expires_too_soon: entry(409, ['This order is about to expire', 'Open a new order.'], ['该订单即将过期', '请重新下单。']),
  environment_differs: entry(409, ['The order and the merchant account belong to different environments', 'Test orders are paid at test accounts, live ones at live accounts; choose another account.'], ['订单与商户号环境不一致', '测试订单只能使用测试商户号，正式订单只能使用正式商户号，请更换商户号。']),
  environment_ambiguous: entry(409, ['There are merchant accounts of several environments', 'Name the environment of the order.'], ['存在多个环境的商户号', '请指明订单的环境。']),
  no_merchant_account: entry(409, ['There is no merchant account that could take this payment', 'Set one up under channels, or enable it; the payer can use another wallet or browser.'], ['没有可用的收款商户号', '请在支付渠道中配置或启用商户号；付款人也可以换用其他钱包或浏览器。']),
  merchant_account_disabled: entry(409, ['This merchant account takes no new payments', 'Enable it, or choose another one.'], ['该商户号已停用，不再收款', '请启用，或选择其他商户号。']),
  method_not_offered: entry(422, ['This channel cannot be paid in this way', 'Choose another method; see the methods of the merchant account.'], ['该渠道不支持此支付方式', '请选择其他支付方式。']),
  too_many_attempts: entry(409, ['This order was offered too often', 'Open a new order.'], ['该订单发起支付次数过多', '请重新下单。']),
  payer_missing: entry(422, ['This method needs to know the payer', 'Send the payer as the channel names them (openid), or choose another method.'], ['该支付方式需要付款人标识', '请提供付款人的 openid，或选择其他支付方式。']),
  channel_refused: entry(409, ['The channel refused', 'The reason is in the data, in words of the channel in the detail. Nothing was paid; choose another way to pay or correct the settings of the account.'], ['支付渠道拒绝了请求', '原因见 data，渠道原文见详情。没有扣款；请更换支付方式或检查商户号设置。']),
  channel_unknown: entry(503, ['The channel gave no answer', 'Nothing is concluded from that. Try again in a few seconds: the same attempt goes on and is never charged twice.'], ['支付渠道没有应答', '此时不能断定结果。请几秒后重试：会继续同一笔支付，不会重复扣款。']),
  payment_code_malformed: entry(422, ['This is not a payment code', 'Scan the code again: 16 to 24 digits.'], ['付款码无效', '请重新扫描，付款码为 16 至 24 位数字。']),
  payment_in_progress: entry(409, ['A payment by code is under way', 'Wait for its outcome: the payer may be typing the password. It is taken back when it stays unknown.'], ['正在等待付款码支付结果', '请等待结果：付款人可能正在输入密码。若一直没有结果，系统会自动撤销。']),
  top_up_settings_invalid: entry(422, ['The top-up amounts do not fit together', 'Correct what the data lists.'], ['充值金额设置有误', '请按 data 中列出的问题修改。']),
  top_up_amount_not_offered: entry(422, ['This amount is not offered', 'Choose one of the amounts on offer, or another within the bounds in the data.'], ['该金额不在可充值范围内', '请选择列出的金额，或在 data 所示范围内填写。']),

  surplus_not_found: entry(404, ['There is no such surplus', 'Check the order and the attempt in its story.'], ['没有这笔多付款项', '请在订单详情中核对支付尝试。']),
  surplus_settled: entry(409, ['This surplus is settled, or on its way back', 'Reload the order to see how.'], ['该多付款项已处理或正在退回', '请刷新订单查看处理结果。']),

  surplus_not_refundable: entry(409, ['Less than that is left of the payment', 'Find out at the channel what has gone back already, and say so; the rest can then be refunded.'], ['该笔支付剩余可退金额不足', '请在支付渠道核实已退回的金额并登记，剩余部分即可退款。']),
  surplus_amount_invalid: entry(422, ['So much is not left of it', 'Give an amount above zero and not above what the data says is left.'], ['金额超出剩余款项', '请填写大于零且不超过 data 中剩余金额的数额。']),
  surplus_command_reused: entry(409, ['This act was already booked with other contents', 'Send a new act with a new Idempotency-Key. The earlier one stands.'], ['该操作已以其他内容入账', '请使用新的 Idempotency-Key 重新提交；先前的操作依然有效。']),

  cashback_rules_invalid: entry(422, ['The cashback rules do not fit together', 'Correct what the data lists.'], ['返现规则有误', '请按 data 中列出的问题修改。']),
  cashback_rules_changed_meanwhile: entry(409, ['Somebody changed the cashback rules at the same moment', 'Reload them and decide again.'], ['返现规则刚被他人修改', '请刷新后重新决定。']),

  // ledger: accounting periods
  period_not_over: entry(409, ['This month is not over yet', 'Close it when it has ended where the operator is.'], ['该月份尚未结束', '请在该月结束后再进行月结。']),
  period_closed_already: entry(409, ['This month is closed already', 'What belongs to it is booked as an adjustment of an open month.'], ['该月份已月结', '属于该月的内容将作为未结月份的调整入账。']),
  period_work_under_way: entry(409, ['This month is being checked or closed already', 'Look at the month to see how far it is.'], ['该月份正在检查或月结中', '请查看该月份的进度。']),
  period_close_superseded: entry(409, ['This request to close the month is over', 'The month was closed, or closing was asked for anew; look at the month.'], ['该月结申请已失效', '该月份已月结，或已重新提交申请，请查看该月份。']),
  period_blocked: entry(409, ['Something stands against closing this month', 'Work off what the data lists, or give a reason: another person can waive it.'], ['该月份存在未处理事项，无法月结', '请处理 data 中所列事项，或填写原因由另一人审批豁免。']),

  // payments: chargebacks
  chargeback_not_found: entry(404, ['There is no such chargeback', 'Check the id in the list of chargebacks.'], ['没有这笔拒付', '请在拒付列表中检查编号。']),
  chargeback_amount_invalid: entry(422, ['A chargeback takes something', 'Give an amount above zero.'], ['拒付金额无效', '请填写大于零的金额。']),
  chargeback_not_on_a_wallet: entry(409, ['This payment was not credited to a wallet', 'Money that was not due is worked off under surplus.'], ['该笔支付未入账到钱包', '非应收款项请在多付款中处理。']),
  chargeback_reference_reused: entry(409, ['The channel took something else under this number', 'Check the number; the chargeback recorded under it stands.'], ['该渠道单号已用于另一笔拒付', '请核对单号；先前登记的拒付依然有效。']),
  chargeback_exceeds_payment: entry(422, ['Less than that is left of the payment', 'Record at most what the data says; the rest was refunded or taken back already.'], ['该笔支付剩余金额不足', '最多可登记金额见 data；其余已退款或已拒付。']),
  chargeback_decided_already: entry(409, ['This dispute is over already', 'Reload it to see how.'], ['该争议已有结果', '请刷新查看。']),
  chargeback_not_lost: entry(409, ['Only a lost chargeback can be given up', 'Decide the dispute first.'], ['只有败诉的拒付才能核销', '请先登记争议结果。']),
  chargeback_nothing_owed: entry(409, ['Nothing is owed for this chargeback', 'The wallet paid it, or it was given up already.'], ['该拒付没有应收款', '钱包已支付，或已核销。']),
  refund_doubt_not_found: entry(404, ['Nothing is open about what went back of this payment', 'Reload the order: it was answered, or its statement has told.'], ['该支付没有待核实的退回款项', '请刷新订单：可能已有人处理，或账单已给出结果。']),
  refund_doubt_amount_invalid: entry(422, ['So much is not left of the payment', 'Give an amount from zero to what the data says is left.'], ['金额超出该支付的剩余金额', '请填写零到 data 中剩余金额之间的数额。']),
  refund_elsewhere_payment_unknown: entry(409, ['The payment that this refund is of is not here', 'Recover the payment first, or explain the difference.'], ['未找到该退款对应的支付', '请先补单，或对该差异作出说明。']),
  refund_elsewhere_exceeds_payment: entry(409, ['Less than that is left of the payment', 'Some of it was refunded or taken back already: look at the order, and explain or write off the difference.'], ['该笔支付剩余金额不足', '其中部分已退款或已扣回：请查看订单后说明或核销该差异。']),

  // payments: recovery
  recovery_run_not_found: entry(404, ['There is no such recovery run', 'Check the id in the list of recovery runs.'], ['没有这个补单任务', '请在补单任务列表中检查编号。']),
  recovery_span_invalid: entry(422, ['The span cannot be searched', 'Give a beginning before the end, at most as many days as the data says.'], ['补单时间范围无效', '开始时间须早于结束时间，且不超过 data 中所列天数。']),
  recovery_run_over: entry(409, ['This run is over', 'Start a new one; what it found stands.'], ['该补单任务已结束', '请新建任务；已找回的结果保持有效。']),
  recovery_runs_too_many: entry(409, ['Several runs are under way already', 'Wait until one has finished, or cancel one.'], ['进行中的补单任务过多', '请等待其中一个完成，或取消一个。']),
  merchant_account_not_found: entry(404, ['There is no such merchant account', 'Check the id in the list of merchant accounts.'], ['没有这个商户账户', '请在商户账户列表中检查编号。']),

  // payments: merchant accounts
  merchant_account_name_malformed: entry(422, ['The name is empty or too long', 'Give a name of 1 to 100 characters.'], ['名称为空或过长', '请填写 1 至 100 个字符的名称。']),
  merchant_account_name_taken: entry(409, ['There is a merchant account of this name already', 'Choose another name.'], ['已有同名商户账号', '请使用其他名称。']),
  merchant_account_settings_invalid: entry(422, ['A setting of the merchant account cannot be right', 'Correct the field named in the data; why stands beside it.'], ['商户账号的某项设置有误', '请改正 data 中所列字段，原因一并列出。']),
  merchant_account_kind_fixed: entry(409, ['A merchant account stays with its channel', 'Add another account for the other channel.'], ['商户账号不能更换支付渠道', '请为其他渠道新建商户账号。']),
  merchant_account_changed_meanwhile: entry(409, ['Somebody changed this merchant account at the same moment', 'Reload it and decide again.'], ['该商户账号刚被他人修改', '请刷新后重新决定。']),
  merchant_account_not_proven: entry(422, ['The channel did not accept these settings', 'What was in force still is. The channel\'s own words are in the data; save it disabled to go on later.'], ['支付渠道未接受这些设置', '原有设置仍然有效。渠道返回的信息见 data；可先以停用状态保存，稍后继续。']),

  // payments: refunds
  refund_not_found: entry(404, ['There is no such refund', 'Check the id in the refund desk.'], ['没有这笔退款', '请在退款工作台中检查编号。']),
  refund_command_reused: entry(409, ['This refund was already applied for with other contents', 'Send a new one with a new Idempotency-Key. The earlier one stands.'], ['该退款已以其他内容申请', '请使用新的 Idempotency-Key 重新提交；先前的申请依然有效。']),
  refund_amount_invalid: entry(422, ['The refund lacks an amount or a reason', 'Give an amount above zero and say why.'], ['退款金额或原因缺失', '请填写大于零的金额并说明原因。']),
  refund_exceeds_refundable: entry(422, ['The payments leave less than that to refund', 'Ask for at most what the data says; older payments can no longer go back through the channel.'], ['可原路退回的金额不足', '最多可退金额见 data；更早的支付已无法原路退回。']),
  refund_exceeds_balance: entry(422, ['The wallet has less than that', 'Ask for at most what is available; what is held for open sessions cannot go back.'], ['钱包可用余额不足', '最多可退可用余额；充电中冻结的金额不能退。']),
  refund_raced: entry(409, ['Something else used the same money at the same moment', 'Nothing was booked. Look at the balance and apply again.'], ['该笔资金刚被其他操作使用', '未入账。请查看余额后重新申请。']),
  refund_audited_already: entry(409, ['This refund was decided already', 'Reload it to see who decided.'], ['该退款已审核', '请刷新查看审核人。']),
  refund_four_eyes: entry(403, ['Nobody audits their own refund', 'Ask a colleague who may audit refunds.'], ['不能审核自己申请的退款', '请由其他有审核权限的同事处理。']),
  refund_not_yours: entry(403, ['Only who applied may take a refund back', 'Ask them, or reject it.'], ['只有申请人可以撤回', '请联系申请人，或驳回该申请。']),
  refund_settings_changed_meanwhile: entry(409, ['Somebody changed the rules of refunds at the same moment', 'Reload them and decide again.'], ['退款规则刚被他人修改', '请刷新后重新决定。']),

  // support cases
  support_case_not_found: entry(404, ['There is no such support case', 'Check the number in the list of cases.'], ['没有这个客服工单', '请在工单列表中检查编号。']),
  support_case_closed: entry(409, ['The case is resolved', 'Open it again first, saying why.'], ['工单已解决', '请先说明原因并重新打开。']),
  support_case_not_closed: entry(409, ['The case is not resolved', 'There is nothing to open again.'], ['工单尚未解决', '无需重新打开。']),
  support_case_not_observed: entry(409, ['The case is not being watched', 'Reload it to see how it stands.'], ['工单未处于观察状态', '请刷新查看当前状态。']),
  support_case_text_invalid: entry(422, ['The case lacks words, has too many, or its period ends before it begins', 'Give a title of 1 to 200 characters and texts of at most 4000.'], ['工单内容为空、过长或时间段颠倒', '标题 1 至 200 个字符，正文不超过 4000 个字符。']),

  // imports
  import_not_found: entry(404, ['There is no such import', 'Check the id; you see only imports of your operator.'], ['没有这个导入任务', '请检查编号；您只能看到本运营商的导入任务。']),
  import_already_started: entry(409, ['This import was started already', 'Look at its progress. Bring the file again to read it by another mapping.'], ['该导入任务已开始', '请查看其进度。如需改用其他映射，请重新上传文件。']),
  table_unreadable: entry(422, ['The file cannot be read like this', 'Nothing was changed. The data says what is wrong: a column, the encoding, the delimiter or the mapping itself.'], ['无法按此方式读取文件', '未作任何更改。具体问题见 data：列名、编码、分隔符或映射本身。']),

  // reconciliation
  break_not_found: entry(404, ['There is no such difference', 'Check the id in the list of differences.'], ['没有这条差异', '请在差异列表中检查编号。']),
  break_resolved_already: entry(409, ['This difference was ended already', 'Reload it to see how.'], ['该差异已处理完毕', '请刷新查看处理结果。']),
  write_off_needs_second_person: entry(409, ['A write-off of this size needs a second person', 'Ask again over the console or the API: it then waits in the queue of approvals.'], ['该金额的核销需要第二人审批', '请重新提交，系统会将其放入审批队列。']),
  break_has_no_difference: entry(422, ['There is no amount to write off', 'Explain or accept it instead.'], ['没有可核销的金额', '请改为说明或确认。']),
  statement_unreadable: entry(422, ['This is not the statement that it should be', 'Nothing of it was taken. The data says what is wrong; download it again from the channel, unchanged by a spreadsheet program.'], ['账单文件无法识别', '未导入任何内容。问题见 data；请从渠道重新下载原文件，不要用表格软件改动。']),
  statement_of_another_merchant: entry(422, ['This statement is that of another merchant', 'Nothing of it was taken. Choose the account whose number is in the data, or another file.'], ['该账单属于其他商户号', '未导入任何内容。请选择 data 中商户号对应的账户，或更换文件。']),
  statement_of_another_day: entry(422, ['This statement is of another day', 'Nothing of it was taken. Choose the day that is in the data, or another file.'], ['该账单属于其他日期', '未导入任何内容。请选择 data 中的日期，或更换文件。']),
  statement_hash_differs: entry(422, ['The file did not arrive as it was sent', 'Nothing of it was taken. Send it again; the hash of what arrived is in the data.'], ['文件在传输中发生变化', '未导入任何内容。请重新上传；收到内容的哈希见 data。']),
  reconciliation_day_not_over: entry(422, ['That day is not over', 'The channels give their statements on the morning after.'], ['该日尚未结束', '渠道账单在次日上午提供。']),

  // reporting
  report_period_unknown: entry(404, ['There is no such day or month', 'Give a month as 2026-03 or a day as 2026-03-31.'], ['没有这个日期或月份', '请填写月份（如 2026-03）或日期（如 2026-03-31）。']),
  report_period_not_over: entry(409, ['This period is not over', 'Publish it when its last day has passed.'], ['该期间尚未结束', '请在最后一天过去后再发布。']),
  report_published_already: entry(409, ['This period is published already', 'What comes later is an adjustment of an open period; see its list of later adjustments.'], ['该期间已发布', '之后的变化作为调整计入未发布的期间，请查看后续调整列表。']),
  statement_not_found: entry(404, ['There is no such settlement statement', 'Check the id; you see only statements of your operator.'], ['没有这个结算单', '请检查编号；您只能看到本运营商的结算单。']),
  statement_subject_not_found: entry(404, ['There is no such fleet, department or sub-operator', 'Check the kind and the id.'], ['没有这个车队、部门或子运营商', '请检查类型和编号。']),
  statement_span_invalid: entry(422, ['These days cannot be settled', 'The last day is not before the first, and there are at most 400 days.'], ['结算期间无效', '结束日期不得早于开始日期，最多 400 天。']),
  statement_overlaps: entry(409, ['Another statement of the same subject has one of these days', 'Nobody is settled twice for one day: choose other days, or withdraw the other draft.'], ['该对象的其他结算单已包含其中日期', '同一天不能重复结算：请选择其他日期，或撤回另一份草稿。']),
  statement_not_open: entry(409, ['This statement is closed or withdrawn', 'It stays as it is; corrections are in the next statement.'], ['该结算单已关闭或撤回', '不再变化；更正计入下一份结算单。']),
  statement_not_closing: entry(409, ['The closing day of this statement has not been said', 'Say first on which day it closes.'], ['尚未设定关闭日期', '请先设定关闭日期。']),
  statement_closing_day_past: entry(422, ['The closing day has passed or lies before the last day', 'Choose a day from today on, after the period.'], ['关闭日期已过或早于期末', '请选择今天或之后、且在期末之后的日期。']),
  statement_period_not_over: entry(409, ['The days of this statement are not over', 'Close it when its last day has passed.'], ['结算期间尚未结束', '请在最后一天过去后再关闭。']),
  statement_blocked: entry(409, ['Abnormal bills of this statement are still open', 'Deal with them, or waive that with a reason; openBills in the data says how many there are.'], ['该结算单仍有未处理的异常账单', '请先处理，或填写原因后豁免；数量见 data 中的 openBills。']),
  statement_nothing_to_waive: entry(409, ['No abnormal bill of this statement is open', 'Close it without a waiver.'], ['该结算单没有未处理的异常账单', '无需豁免，请直接关闭。']),
  export_not_found: entry(404, ['There is no such file', 'Check the id; you see only files of your operator.'], ['没有这个导出文件', '请检查编号；您只能看到本运营商的文件。']),
  export_not_done: entry(409, ['This file is not finished', 'Wait until its state is done; its progress says how far it is.'], ['导出尚未完成', '请等待状态变为完成，进度会显示已导出的行数。']),
  export_subject_not_found: entry(404, ['There is nothing to write into this file', 'Check the period or the statement.'], ['没有可导出的内容', '请检查期间或结算单。']),
  export_format_not_for_bills: entry(422, ['Bills are not written as PDF', 'Choose CSV or XLSX; a PDF is for reports and statements.'], ['账单明细不支持 PDF', '请选择 CSV 或 XLSX；PDF 用于报表和结算单。']),
  export_too_long: entry(422, ['There are too many rows for this format', 'Choose CSV, or fewer days.'], ['行数超出该格式上限', '请选择 CSV，或减少天数。']),

  // charging
  session_not_found: entry(404, ['There is no such charging session', 'Check the id; you see only sessions of your operator.'], ['没有这个充电会话', '请检查编号；您只能看到本运营商的充电会话。']),
  session_not_ended: entry(409, ['The session is still open', 'Wait for its end, or stop it first.'], ['充电尚未结束', '请等待结束，或先停止充电。']),
  charging_policy_invalid: entry(422, ['These decisions cannot hold together', 'Give amounts of 0 or more, and a minimum not above the hold.'], ['设置相互矛盾', '金额不得小于 0，最低金额不得高于预扣金额。']),
  charging_policy_unchanged: entry(409, ['Nothing would change', 'These settings are in force already.'], ['没有任何变化', '这些设置已经生效。']),
  charging_policy_changed_meanwhile: entry(409, ['Somebody changed the settings at the same moment', 'Reload them and decide again.'], ['设置刚被他人修改', '请刷新后重新决定。']),
  charging_policy_reason_missing: entry(422, ['A change of the settings needs a reason', 'Say in 1 to 500 characters why.'], ['修改设置必须填写原因', '请填写 1 至 500 个字符的原因。']),
  member_terms_invalid: entry(422, ['These terms cannot be agreed', 'Give amounts from 0 to 100,000,000 of the smallest unit and a reason of 1 to 500 characters.'], ['约定无效', '金额须在 0 至 100,000,000（最小货币单位）之间，并填写 1 至 500 个字符的原因。']),
  member_terms_changed_meanwhile: entry(409, ['Somebody changed the terms of this member at the same moment', 'Reload them and decide again.'], ['该会员的约定刚被他人修改', '请刷新后重新决定。']),
  bill_not_abnormal: entry(409, ['Nothing is in doubt about this bill', 'Only a bill with a flag that asks for review is corrected. New facts make its next version by themselves.'], ['该账单没有异常', '只有带有待核标记的账单可以更正；新的事实会自动生成新版本。']),
  bill_corrected_already: entry(409, ['Somebody has corrected this bill already', 'Look at that correction, named in the data; revert it first if it is wrong.'], ['该账单已被更正', '请查看 data 中的更正；如有误请先撤销。']),
  correction_command_reused: entry(409, ['This command was used for another correction', 'Send a new Idempotency-Key for another act.'], ['该命令已用于另一次更正', '不同的操作请使用新的 Idempotency-Key。']),
  unknown_rule: entry(422, ['There is no such threshold', 'Take the names from the rules in force; the one that is not known is in the data.'], ['没有这个阈值', '请使用现行规则中的名称，未知的名称见 data。']),
  rule_not_whole: entry(422, ['A threshold is not a whole number', 'Give whole milliseconds, watt-hours or percent; which one is in the data.'], ['阈值不是整数', '请填写整数毫秒、瓦时或百分比，具体见 data。']),
  rule_out_of_limits: entry(422, ['A threshold is beyond what makes sense', 'Stay within the limits in the data: beyond them a rule finds nothing or everything.'], ['阈值超出允许范围', '请填写 data 所示范围内的数值。']),
  rules_changed_meanwhile: entry(409, ['Somebody has changed the rules meanwhile', 'Reload them and decide again.'], ['规则已被他人修改', '请刷新后重新决定。']),
  rules_unchanged: entry(409, ['Nothing would change', 'These thresholds are in force already.'], ['没有任何变化', '这些阈值已经生效。']),
  rules_reason_missing: entry(422, ['A change of the rules needs a reason', 'Say in 1 to 500 characters why.'], ['修改规则必须填写原因', '请填写 1 至 500 个字符的原因。']),
  backtest_not_found: entry(404, ['There is no such back-test', 'Start one, and read it under the id of the answer.'], ['没有这个回测', '请先发起回测，并使用返回的编号查询。']),
  backtest_range_reversed: entry(422, ['The range ends before it begins', 'Give a from that lies before the to, or leave them out.'], ['时间范围有误', '开始时间必须早于结束时间，或留空。']),
  too_many_backtests: entry(409, ['Several back-tests are waiting already', 'Wait for those to be worked.'], ['已有多个回测等待执行', '请等待其完成。']),
  correction_not_found: entry(404, ['There is no such correction', 'Reload the session and take the id from there.'], ['没有这条更正', '请刷新充电会话后取得编号。']),
  correction_superseded: entry(409, ['A later correction counts', 'Revert the one named in the data first.'], ['已有更晚的更正生效', '请先撤销 data 中的更正。']),
  correction_reason_missing: entry(422, ['A correction needs a reason', 'Say in 1 to 500 characters why; the member reads it.'], ['更正必须填写原因', '请填写 1 至 500 个字符的原因，会员可以看到。']),
  correction_evidence_changed: entry(409, ['The evidence has changed since it was looked at', 'Reload the proposal and decide again.'], ['依据已发生变化', '请刷新建议后重新决定。']),
  correction_source_not_offered: entry(422, ['This source says nothing about the session', 'Choose one of those in the data, or type the energy.'], ['该来源没有此次充电的数据', '请选择 data 中的来源，或手工填写电量。']),
  correction_energy_invalid: entry(422, ['The energy is missing, negative or beyond anything', 'Give the energy in watt-hours, 0 or more.'], ['电量缺失、为负或超出范围', '请以瓦时填写不小于 0 的电量。']),
  correction_above_power: entry(422, ['No connector can have delivered that in the time', 'Give at most what is in the data. If that is too little, check the rated power of the connector.'], ['超出接口在该时间内可能输出的电量', '最多填写 data 中的电量；如偏低，请检查接口的额定功率。']),
  correction_outside_registers: entry(422, ['The registers of the connector leave no room for that', 'Give at most what is in the data: the next register after the session is known.'], ['超出电表读数允许的范围', '最多填写 data 中的电量：会话之后的电表读数是已知的。']),
  correction_not_priceable: entry(409, ['The energy cannot be priced', 'Remove the cause in the data first, for instance by assigning a tariff.'], ['无法计价', '请先消除 data 中的原因，例如分配电价。']),
  correction_without_payer: entry(409, ['Nobody is known who could pay', 'Find the member first; a correction to 0 Wh closes the bill without a payer.'], ['没有可付款的会员', '请先确定会员；更正为 0 瓦时可在无付款人时结束账单。']),
  correction_needs_second_person: entry(409, ['A difference this large needs a second person', 'Apply it through the repair case: another person then approves it.'], ['差额较大，需要他人复核', '请通过异常工单提交，由另一人审批。']),
  correction_policy_invalid: entry(422, ['These thresholds cannot be set', 'Give amounts and energy of 0 or more.'], ['阈值无效', '金额和电量不得小于 0。']),
  correction_policy_changed_meanwhile: entry(409, ['Somebody changed the thresholds at the same moment', 'Reload them and decide again.'], ['阈值刚被他人修改', '请刷新后重新决定。']),

  // conformance
  make_not_found: entry(404, ['Nothing was counted of this make', 'Check its name and the days; counting follows the traffic by a minute.'], ['没有该厂商或型号的统计', '请检查名称和期间；统计比实际流量晚约一分钟。']),
  evidence_period_invalid: entry(422, ['These days make no period', 'Give a first day that does not lie after the last, at most 400 days.'], ['期间无效', '开始日期不得晚于结束日期，且不超过 400 天。']),
  too_many_evidence_packs: entry(409, ['Several evidence packs are being made already', 'Wait for those to be finished.'], ['已有多个证据包正在生成', '请等待其完成。']),
  evidence_pack_not_found: entry(404, ['There is no such evidence pack', 'Check the id in the list of packs.'], ['没有这个证据包', '请在列表中检查编号。']),
  evidence_pack_not_done: entry(409, ['This evidence pack is not finished', 'Wait until its state is done; its progress says how far it is.'], ['证据包尚未完成', '请等待状态变为完成。']),

  // repair
  repair_case_not_found: entry(404, ['There is no such case', 'Check the id in the list of cases.'], ['没有这个异常工单', '请在工单列表中检查编号。']),
  repair_case_closed: entry(409, ['The case is closed', 'Reload it to see how it ended; a dismissed one can be opened again.'], ['工单已关闭', '请刷新查看结果；已搁置的工单可以重新打开。']),
  repair_case_not_closed: entry(409, ['The case has nothing to undo', 'Only an applied case is reverted, and only a dismissed one is opened again.'], ['该工单没有可撤销的内容', '只有已修复的工单可以撤销，只有已搁置的工单可以重新打开。']),
  repair_case_awaits_approval: entry(409, ['The case waits for another person', 'Wait for the decision, or ask for it to be refused.'], ['工单正等待他人审批', '请等待审批结果，或请审批人拒绝。']),
  repair_case_nothing_proposed: entry(422, ['Nothing is proposed for this case', 'Choose a source, or type the energy.'], ['该工单没有修复建议', '请选择数据来源，或手工填写电量。']),
  repair_reason_missing: entry(422, ['Give a reason', 'Say in 1 to 500 characters why; it stays with the record.'], ['请填写原因', '请填写 1 至 500 个字符的原因，会随记录保存。']),
  repair_policy_invalid: entry(422, ['This policy cannot be set', 'Correct the field in the data.'], ['该策略无效', '请修改 data 中的字段。']),
  repair_policy_changed_meanwhile: entry(409, ['Somebody changed the policy at the same moment', 'Reload it and decide again.'], ['策略刚被他人修改', '请刷新后重新决定。']),
  bulk_run_not_found: entry(404, ['There is no such bulk run', 'Check the id in the list of runs.'], ['没有这个批量任务', '请在列表中检查编号。']),
  bulk_run_empty: entry(409, ['No case fits this run', 'Preview again with a wider filter.'], ['没有符合条件的工单', '请放宽条件后重新预览。']),
  bulk_run_done: entry(409, ['This run is over', 'Preview a new one for what is left.'], ['该批量任务已结束', '请为剩余工单重新预览。']),
  bulk_run_not_revertible: entry(409, ['This run cannot be put back', 'Only a run that is paused or over, and that itself repaired something, is put back.'], ['该批量任务不能撤销', '只有已暂停或已结束的修复任务可以撤销。']),
  bulk_run_needs_second_person: entry(409, ['A run this large is started by another person', 'Ask somebody other than whoever previewed it to start it.'], ['金额较大的批量任务须由他人启动', '请由预览人以外的人员启动。']),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code);

import { isMessageKey, type Translate } from '../../i18n/index.ts';

/** Acts that can be filtered by; others appear in the list under their own names. */
export const ACTS = [
  'wallets', 'wallets.top_up', 'wallets.adjust_top_up', 'wallets.adjust_refund', 'wallets.adjust_compensation', 'wallets.adjust_correction', 'wallets.change_adjustment_policy', 'parties', 'parties.create_member', 'parties.freeze_member', 'parties.add_credential', 'parties.revoke_credential', 'parties.erase_member', 'access', 'access.log_in', 'access.log_out',
  'access.create_user', 'access.assign_roles', 'access.create_role', 'access.change_role', 'access.create_api_client', 'access.revoke_api_client', 'tariffs', 'tariffs.create_tariff', 'tariffs.assign_tariff', 'locations', 'locations.create_station', 'locations.create_charge_point', 'locations.rotate_password', 'ocpp_gateway', 'charging', 'platform',
  'payments', 'payments.apply_for_refund', 'payments.approve_refund', 'payments.reject_refund', 'payments.set_refund_settings', 'payments.request_recovery', 'payments.change_merchant_account', 'payments.change_top_up_settings', 'payments.record_chargeback', 'payments.decide_chargeback', 'payments.answer_refund_doubt', 'payments.write_off_chargeback', 'wallets.create_coupon_rule', 'wallets.change_coupon_rule', 'wallets.give_coupons', 'reconciliation', 'reconciliation.end_break', 'reconciliation.upload_statement', 'ledger', 'ledger.close_period',
] as const;

/** An act in words; one the console does not know yet is shown in its own. */
export function actName(t: Translate, act: string): string {
  const key = act.includes('.') ? `act.${act}` : `module.${act}`;
  if (isMessageKey(key)) return t(key);
  return (act.split('.')[1] ?? act).replaceAll('_', ' ');
}

export function subjectName(t: Translate, kind: string): string {
  const key = `subject.${kind}`;
  return isMessageKey(key) ? t(key) : kind.replaceAll('_', ' ');
}

import { useQuery } from '@tanstack/react-query';
import { Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { giveCoupons, type CouponRule } from '../../api/coupons.ts';
import { loadMembers } from '../../api/members.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

const REASON_LENGTH_MAX = 500;
const MEMBERS_MAX = 100;
type Chosen = { readonly value: string; readonly label: string };

/** A pack for each of some members, signed with the reason; worth much, it waits for a second person. */
export function GiveDialog({ rule, onClose }: { rule: CouponRule; onClose: () => void }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const [members, setMembers] = useState<readonly Chosen[]>([]);
  const [q, setQ] = useState('');
  const [reason, setReason] = useState('');
  const { data, isFetching } = useQuery({ queryKey: ['members', 'choice', q], queryFn: () => loadMembers({ q: q.trim() || undefined, status: 'active' }, undefined) });
  const { act, busy, problem } = useAct({ run: giveCoupons, done: ({ state, coupons }) => t(state === 'given' ? 'coupon.given' : 'coupon.given.waits', { count: coupons }), stale: ['coupons', 'approvals'] });
  const worth = BigInt(rule.denomination.amountMinor) * BigInt(rule.couponsPerGift * members.length);
  const give = async () => { if (await act({ ruleId: rule.ruleId, memberIds: members.map(({ value }) => value), reason: reason.trim() })) onClose(); };
  return (
    <Modal open title={`${t('coupon.give')} · ${rule.name}`} onCancel={onClose} onOk={() => void give()} confirmLoading={busy} cancelText={t('action.cancel')} okButtonProps={{ disabled: members.length === 0 || reason.trim() === '' }}
      okText={members.length === 0 ? t('coupon.give') : t('coupon.give.confirm', { count: members.length, amount: formatMinor(worth, currency), currency })}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <div><label htmlFor="coupon-members">{t('coupon.give.members')}</label>
          <Select id="coupon-members" mode="multiple" labelInValue autoFocus maxCount={MEMBERS_MAX} style={{ width: '100%' }} placeholder={t('coupon.give.search')} value={[...members]} loading={isFetching}
            showSearch={{ filterOption: false, onSearch: setQ }} onChange={(next: Chosen[]) => setMembers(next)} options={data?.items.map((member) => ({ value: member.memberId, label: member.displayName ?? t('member.erased') })) ?? []} /></div>
        <div><label htmlFor="coupon-reason">{t('coupon.give.reason')}</label><Input.TextArea id="coupon-reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
        <p className="muted">{t('coupon.give.text')}</p>
      </div>
    </Modal>
  );
}

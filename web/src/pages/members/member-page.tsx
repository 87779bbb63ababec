import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useParams } from 'react-router';
import { freezeMember, loadMember, unfreezeMember, type MemberDetail } from '../../api/members.ts';
import { useLoggedIn, useMay, useMayEverywhere } from '../../app/account.tsx';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useAct } from '../../ui/act.tsx';
import { Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { SessionsCard } from '../sessions/sessions-card.tsx';
import { ChargingTerms } from './charging-terms.tsx';
import { Credentials } from './credentials.tsx';
import { MemberCoupons } from './member-coupons.tsx';
import { MemberDepartment } from './member-department.tsx';
import { MemberOrders } from './member-orders.tsx';
import { MemberState } from './member-state.tsx';
import { QrTopUpDialog } from './qr-top-up-dialog.tsx';
import { RefundDialog } from './refund-dialog.tsx';
import { Statement } from './statement.tsx';
import { TopUpDialog } from './top-up-dialog.tsx';
import { useWallet, WalletFigures } from './wallet.tsx';

export function Component() {
  const t = useTranslate();
  const { memberId = '' } = useParams();
  const { timeZone } = useLoggedIn();
  const [mayWrite, mayTopUp, maySeeWallet, mayReadAll] = [useMay('members:write'), useMay('wallets:top_up'), useMay('wallets:read'), useMayEverywhere('members:read')];
  const [dialog, setDialog] = useState<'top-up' | 'qr' | 'refund' | 'freeze' | null>(null);
  const [mayQr, mayRefund, maySeePayments, maySeeCoupons] = [useMayEverywhere('wallets:top_up'), useMayEverywhere('refunds:apply'), useMayEverywhere('payments:read'), useMayEverywhere('coupons:read')];
  const { data: member, error, refetch } = useQuery({ queryKey: ['members', memberId], queryFn: () => loadMember(memberId) });
  const wallet = useWallet(memberId, maySeeWallet);
  const crumbs = [{ to: '/members', label: t('member.title') }];
  if (error) return <ProblemPage title={t('member.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!member) return null;
  const name = member.displayName ?? t('member.erased');
  return (
    <Page title={name} crumbs={crumbs} sub={<><MemberState status={member.status} />{member.phone && <span className="tab">{member.phone}</span>}<span className="muted">{t('member.since')} {formatDate(member.createdAt, timeZone)}</span></>}
      actions={<>
        {mayWrite && <Button onClick={() => setDialog('freeze')}>{t(member.status === 'active' ? 'member.freeze' : 'member.unfreeze')}</Button>}
        {mayRefund && maySeePayments && <Button onClick={() => setDialog('refund')}>{t('refund.apply')}</Button>}
        {mayQr && maySeePayments && <Button onClick={() => setDialog('qr')}>{t('topup.byQr')}</Button>}
        {mayTopUp && <Button type="primary" onClick={() => setDialog('top-up')}>{t('wallet.topUp')}</Button>}
      </>}>
      {maySeeWallet && <WalletFigures query={wallet} />}
      {maySeeWallet && <Statement memberId={memberId} />}
      {maySeePayments && <MemberOrders memberId={memberId} />}
      {maySeeCoupons && <MemberCoupons memberId={memberId} />}
      <div className="grid">
        {mayReadAll && <ChargingTerms memberId={memberId} name={name} />}
        <MemberDepartment memberId={memberId} name={name} departmentId={member.departmentId} />
      </div>
      <Credentials member={member} />
      <SessionsCard title={t('member.sessions')} filter={{ memberId }} />
      {dialog === 'top-up' && <TopUpDialog memberId={memberId} name={name} wallet={wallet.data ?? null} onClose={() => setDialog(null)} />}
      {dialog === 'qr' && <QrTopUpDialog memberId={memberId} name={name} onClose={() => setDialog(null)} />}
      {dialog === 'refund' && <RefundDialog memberId={memberId} name={name} onClose={() => setDialog(null)} />}
      {dialog === 'freeze' && <FreezeDialog member={member} name={name} onClose={() => setDialog(null)} />}
    </Page>
  );
}

function FreezeDialog({ member, name, onClose }: { member: MemberDetail; name: string; onClose: () => void }) {
  const t = useTranslate();
  const freezing = member.status === 'active';
  const { act, busy, problem } = useAct({ run: freezing ? freezeMember : unfreezeMember, done: () => t(freezing ? 'member.frozenDone' : 'member.unfrozenDone', { name }), stale: ['members'] });
  return <ReasonDialog title={t(freezing ? 'member.freeze' : 'member.unfreeze')} text={t(freezing ? 'member.freeze.text' : 'member.unfreeze.text', { name })} confirm={t(freezing ? 'member.freeze' : 'member.unfreeze')} danger={freezing}
    problem={problem} busy={busy} onClose={onClose} onConfirm={(reason) => void act({ memberId: member.memberId, reason }).then((done) => { if (done) onClose(); })} />;
}

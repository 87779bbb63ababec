import { Link } from 'react-router';
import type { SessionDetail } from '../../api/charging.ts';
import type { Money } from '../../api/types.ts';
import { useMayEverywhere } from '../../app/account.tsx';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Facts } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';

const amount = (money: Money): string => `${formatMinor(money.amountMinor, money.currency)} ${money.currency}`;

/** Who started it and how: mode, credential, person, device and address. */
export function StartedHow({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  const mayMembers = useMayEverywhere('members:read');
  return <Facts rows={[
    [t('session.mode'), translateCode(t, 'mode', session.startMode)],
    [t('session.member'), session.memberId ? mayMembers || session.memberName !== null ? <Link to={`/members/${session.memberId}`}>{session.memberName ?? t('unknown')}</Link> : t('session.otherMember') : t('session.noMember')],
    [t('session.token'), session.tokenMask ? <span className="mono">{session.tokenMask}</span> : t('none')],
    session.startActor !== null && [t('session.actor'), session.startActor],
    session.startDevice !== null && [t('session.device'), session.startDevice],
    session.startIp !== null && [t('session.ip'), <span key="ip" className="mono">{session.startIp}</span>],
    [t('session.decision'), translateCode(t, 'decision', session.decision)],
    session.stopReason !== null && [t('session.stopReason'), session.stopReason],
    [t('session.transaction'), <span key="ref" className="mono">{session.transactionRef}</span>],
    session.offline && [t('session.offline'), '✓'],
  ]} />;
}

/** Where the money came from: hold, wallet, and what is still owed. */
export function Settlement({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  const { bill, hold } = session;
  return <Facts rows={[
    hold && [t('session.hold'), <>{amount(hold.amount)} <span className="muted">{translateCode(t, 'hold', hold.state)}</span></>],
    bill?.state === 'settled' && [t('session.fromHold'), amount(bill.fromHold)],
    bill?.state === 'settled' && [t('session.fromWallet'), amount(bill.fromWallet)],
    bill?.state === 'settled' && [t('session.receivable'), BigInt(bill.receivable.amountMinor) > 0n ? <State tone="warn">{amount(bill.receivable)}</State> : amount(bill.receivable)],
    bill && [t('session.version'), <>{t('tariff.version', { version: bill.version })} · {translateCode(t, 'session.reason', bill.reason)} <span className="muted">{formatDateTime(bill.recordedAt, session.timeZone, true)}</span></>],
    !bill && !hold && [t('bill.total'), t('session.notBilled')],
  ]} />;
}

/** No version is ever changed; a later one reverses the one before it. */
export function Versions({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  return (
    <DataTable label={t('session.versions')} rows={session.versions} rowKey={(row) => row.billId} empty={null} columns={[
      { key: 'version', title: t('session.version'), render: (row) => <>{row.version}{row.billId === session.bill?.billId && <> <State tone="good">{t('session.version.current')}</State></>}</> },
      { key: 'at', title: t('bill.line.when'), render: (row) => <span className="tab">{formatDateTime(row.recordedAt, session.timeZone, true)}</span> },
      { key: 'reason', title: t('session.reasonLabel'), wideOnly: true, render: (row) => translateCode(t, 'session.reason', row.reason) },
      { key: 'state', title: t('session.state'), render: (row) => t(`session.billState.${row.state}`) },
      { key: 'energy', title: t('session.energy'), unit: 'kWh', numeric: true, render: (row) => formatKwh(row.energyWh) },
      { key: 'total', title: t('session.amount'), unit: session.bill?.total.currency, numeric: true, render: (row) => formatMinor(row.total.amountMinor, row.total.currency) },
    ]} />
  );
}

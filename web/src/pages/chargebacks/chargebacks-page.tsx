import { Button, Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { CHARGEBACK_STATES, loadChargebacks, type Chargeback, type ChargebackState } from '../../api/chargebacks.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { ChargebackWord, owedMinor } from './chargeback-words.tsx';
import { Doubts } from './doubts.tsx';
import { RecordChargeback } from './record-chargeback.tsx';

/** Payments that channels took back: what they cost, who owes for them, and which disputes are open. */
export function Component() {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const { nameOf } = useAccountName();
  const may = useMayEverywhere('chargebacks:write');
  const [params, setParams] = useSearchParams();
  const [recording, setRecording] = useState(false);
  const state = CHARGEBACK_STATES.find((each) => each === params.get('state'));
  const load = useCallback((cursor: string | undefined) => loadChargebacks(state, cursor), [state]);
  const list = useKeyset<Chargeback>(['chargebacks', 'list', state ?? 'all'], load);
  const columns = useMemo<readonly Column<Chargeback>[]>(() => [
    { key: 'opened', title: t('chargeback.opened'), render: (row) => <Link className="tab" to={`/chargebacks/${row.chargebackId}`}>{formatDateTime(row.openedAt, timeZone)}</Link>, text: (row) => formatDateTime(row.openedAt, timeZone) },
    { key: 'state', title: t('pay.state'), under: true, render: (row) => <ChargebackWord state={row.state} />, text: (row) => t(`chargeback.state.${row.state}`) },
    { key: 'amount', title: t('chargeback.amount'), unit: currency, numeric: true, render: (row) => <b className="cell-main">{formatMinor(row.amount.amountMinor, row.amount.currency)}</b>, text: (row) => formatMinor(row.amount.amountMinor, row.amount.currency) },
    { key: 'owed', title: t('chargeback.owed'), unit: currency, numeric: true, wideOnly: true, render: (row) => owedMinor(row) === 0n ? <span className="muted">{formatMinor(0n, currency)}</span> : formatMinor(owedMinor(row), row.amount.currency), text: (row) => formatMinor(owedMinor(row), row.amount.currency) },
    { key: 'member', title: t('refund.member'), wideOnly: true, render: (row) => <Link to={`/members/${row.memberId}`}>{row.memberName ?? t('member.one')}</Link>, text: (row) => row.memberName ?? row.memberId },
    { key: 'reason', title: t('refund.reason'), wideOnly: true, render: (row) => <span className="clip" style={{ maxWidth: 220 }} title={row.reason}>{row.reason}</span>, text: (row) => row.reason },
    { key: 'account', title: t('recon.account'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => nameOf(row.merchantAccountId), text: (row) => nameOf(row.merchantAccountId) },
    { key: 'reference', title: t('chargeback.reference'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => <span className="mono">{row.channelReference}</span>, text: (row) => row.channelReference },
  ], [t, timeZone, currency, nameOf]);
  const total = list.rows.reduce((sum, { amount }) => sum + BigInt(amount.amountMinor), 0n), owed = list.rows.reduce((sum, row) => sum + owedMinor(row), 0n);
  const options = [{ value: '', label: t('notify.show.all') }, ...CHARGEBACK_STATES.map((value) => ({ value: value as string, label: t(`chargeback.state.${value}`) }))];
  return (
    <Page title={t('chargeback.title')} sub={t('chargeback.sub')} actions={may && <Button type="primary" onClick={() => setRecording(true)}>{t('chargeback.record')}</Button>}>
      <Doubts />
      <div><Segmented<ChargebackState | ''> value={state ?? ''} options={options as { value: ChargebackState | ''; label: string }[]} onChange={(value) => setParams(value === '' ? {} : { state: value })} /></div>
      <ListCard name="chargebacks" label={t('chargeback.title')} list={list} columns={columns} rowKey={(row) => row.chargebackId} href={(row) => `/chargebacks/${row.chargebackId}`} loadPage={load}
        sums={<><span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('chargeback.count')}</span><span><b>{formatMinor(total, currency)}</b>{currency}</span>{owed > 0n && <span><b>{formatMinor(owed, currency)}</b>{currency} {t('chargeback.stillOwed')}</span>}</>}
        empty={<Empty title={t('chargeback.empty')} hint={t('chargeback.empty.hint')} />} />
      {recording && <RecordChargeback onClose={() => setRecording(false)} />}
    </Page>
  );
}

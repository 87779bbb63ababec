import { Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { topUp, type TopUp, type Wallet } from '../../api/wallets.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { currencyDecimals, formatMinor, parseMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

const NOTE_LENGTH_MAX = 500;
type Props = { memberId: string; name: string; wallet: Wallet | null; onClose: () => void };

/** Money at the counter in two steps: type, then read back exactly what will happen. One key per intent: two clicks book once. */
export function TopUpDialog({ memberId, name, wallet, onClose }: Props) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const [checking, setChecking] = useState(false);
  const minor = parseMinor(text, currency);
  const valid = minor !== null && minor > 0n;
  const amount = valid ? formatMinor(minor, currency) : '';
  const before = BigInt(wallet?.balance.amountMinor ?? '0');
  const { act, busy, problem } = useAct({ run: topUp, done: () => t('wallet.topUp.done', { amount, currency }), stale: ['wallets', 'overview'] });
  const book = async () => { if (valid && await act({ memberId, amount: { amountMinor: String(minor), currency }, note: note.trim() || null } satisfies TopUp)) onClose(); };
  const footer = checking
    ? [<Button key="back" onClick={() => setChecking(false)} disabled={busy}>{t('action.back')}</Button>, <Button key="book" type="primary" loading={busy} onClick={() => void book()} autoFocus>{t('wallet.topUp.confirm', { amount, currency })}</Button>]
    : [<Button key="cancel" onClick={onClose}>{t('action.cancel')}</Button>, <Button key="next" type="primary" disabled={!valid} onClick={() => setChecking(true)}>{t('wallet.topUp.next')}</Button>];
  return (
    <Modal open title={checking ? t('wallet.topUp.check') : t('wallet.topUp.title')} onCancel={onClose} footer={footer} mask={{ closable: false }}>
      <ActProblem problem={problem} />
      {checking && valid
        ? <div style={{ display: 'grid', gap: 12 }}>
          <div className="figure" style={{ padding: 0 }}><div className="value" style={{ fontSize: 34, lineHeight: '44px' }}>{amount}<small>{currency}</small></div></div>
          <p>{t('wallet.topUp.will', { amount, currency, name, before: formatMinor(before, currency), after: formatMinor(before + minor, currency) })}</p>
          <p className="muted">{t('wallet.topUp.signed')}</p>
        </div>
        : <div style={{ display: 'grid', gap: 16 }}>
          <div><label htmlFor="top-up-amount">{t('wallet.topUp.amount')}</label>
            <Input id="top-up-amount" size="large" autoFocus inputMode="decimal" suffix={currency} value={text} status={text !== '' && !valid ? 'error' : ''} onChange={(event) => setText(event.target.value)} onPressEnter={() => { if (valid) setChecking(true); }} style={{ fontVariantNumeric: 'tabular-nums' }} />
            <div className="muted" style={{ minHeight: 22 }}>{text !== '' && !valid ? t('wallet.topUp.invalid', { decimals: currencyDecimals(currency) }) : ''}</div></div>
          <div><label htmlFor="top-up-note">{t('wallet.topUp.note')}</label><Input id="top-up-note" maxLength={NOTE_LENGTH_MAX} value={note} onChange={(event) => setNote(event.target.value)} /><div className="muted">{t('wallet.topUp.noteHint')}</div></div>
        </div>}
    </Modal>
  );
}

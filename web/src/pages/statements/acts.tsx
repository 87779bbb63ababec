import { Button, DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { closeStatement, startClosing, waiveStatement, withdrawStatement, type StatementDetail } from '../../api/statements.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Facts } from '../../ui/page.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { isOpen } from './words.tsx';

const CLOSES_AFTER_DAYS = 7;

/** What can be done with a statement that is not closed: one step is the next one. */
export function StatementActs({ statement }: { statement: StatementDetail }) {
  const t = useTranslate();
  const may = useMayEverywhere('statements:close');
  const [dialog, setDialog] = useState<'day' | 'close' | 'waive' | 'withdraw' | null>(null);
  const { statementId, state, openBills } = statement;
  const waiving = useAct({ run: waiveStatement, done: () => t('statement.waive.done'), stale: ['statements'] });
  const withdrawing = useAct({ run: withdrawStatement, done: () => t('statement.withdraw.done'), stale: ['statements'] });
  if (!may || !isOpen(statement)) return null;
  const done = (ok: boolean) => { if (ok) setDialog(null); };
  const leave = () => { setDialog(null); waiving.reset(); withdrawing.reset(); };
  return (
    <>
      <Button onClick={() => setDialog('withdraw')}>{t('statement.withdraw')}</Button>
      <Button type={state === 'draft' ? 'primary' : 'default'} onClick={() => setDialog('day')}>{t(state === 'draft' ? 'statement.begin' : 'statement.otherDay')}</Button>
      {state === 'closing' && openBills.count > 0 && <Button danger onClick={() => setDialog('waive')}>{t('statement.waive')}</Button>}
      {state === 'closing' && openBills.count === 0 && <Button type="primary" onClick={() => setDialog('close')}>{t('statement.close')}</Button>}
      {dialog === 'day' && <ClosingDay statement={statement} onClose={leave} />}
      {dialog === 'close' && <CloseDialog statement={statement} onClose={leave} />}
      {dialog === 'waive' && <ReasonDialog title={t('statement.waive.title', { count: formatCount(openBills.count) })} text={t('statement.waive.text')} confirm={t('statement.waive')} danger problem={waiving.problem} busy={waiving.busy} onClose={leave} onConfirm={(reason) => void waiving.act({ statementId, reason }).then(done)} />}
      {dialog === 'withdraw' && <ReasonDialog title={t('statement.withdraw.title')} text={t('statement.withdraw.text')} confirm={t('statement.withdraw')} danger problem={withdrawing.problem} busy={withdrawing.busy} onClose={leave} onConfirm={(reason) => void withdrawing.act({ statementId, reason }).then(done)} />}
    </>
  );
}

function ClosingDay({ statement: { statementId, lastOn, closesOn }, onClose }: { statement: StatementDetail; onClose: () => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const today = formatDate(Date.now(), timeZone), earliest = today > lastOn ? today : lastOn;
  const [day, setDay] = useState(() => closesOn ?? dayjs(earliest).add(CLOSES_AFTER_DAYS, 'day').format('YYYY-MM-DD'));
  const { act, busy, problem } = useAct({ run: startClosing, done: () => t('statement.begun', { day }), stale: ['statements'] });
  return (
    <ConfirmDialog title={t('statement.begin.title')} confirm={t('statement.begin.confirm')} busy={busy} disabled={day < earliest} onClose={onClose} onConfirm={() => void act({ statementId, closesOn: day }).then((ok) => { if (ok) onClose(); })}>
      <ActProblem problem={problem} />
      <p style={{ marginBottom: 12 }}>{t('statement.begin.text')}</p>
      <DatePicker allowClear={false} value={dayjs(day)} disabledDate={(at) => at.format('YYYY-MM-DD') < earliest} style={{ width: '100%' }} aria-label={t('statement.closes')} onChange={(at) => { if (at) setDay(at.format('YYYY-MM-DD')); }} />
    </ConfirmDialog>
  );
}

function CloseDialog({ statement, onClose }: { statement: StatementDetail; onClose: () => void }) {
  const t = useTranslate();
  const { total, currency, statementId } = statement;
  const { act, busy, problem } = useAct({ run: closeStatement, done: () => t('statement.close.done'), stale: ['statements'] });
  return (
    <ConfirmDialog title={t('statement.close.title', { name: statement.subjectName ?? statement.subjectId })} confirm={t('statement.close')} busy={busy} onClose={onClose} onConfirm={() => void act({ statementId }).then((ok) => { if (ok) onClose(); })}>
      <ActProblem problem={problem} />
      <p style={{ marginBottom: 12 }}>{t('statement.close.text')}</p>
      <Facts rows={[[t('report.bills'), formatCount(total.billCount)], [t('report.energy'), `${formatKwh(total.energyWh)} kWh`], [t('report.total'), `${formatMinor(total.totalMinor, currency)} ${currency}`]]} />
    </ConfirmDialog>
  );
}

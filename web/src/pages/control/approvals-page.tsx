import { Button, Input, Modal, Segmented } from 'antd';
import { useCallback, useState } from 'react';
import { Link } from 'react-router';
import { decideApproval, loadApprovals, type Approval, type ApprovalState, type Decision } from '../../api/control.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State, type Tone } from '../../ui/state.tsx';
import { recordPath } from '../books/offending.tsx';
import { actName, subjectName } from './acts.ts';
import { BeforeAfter } from './before-after.tsx';
import { useUserName } from './user-names.ts';

const TONES: Readonly<Record<ApprovalState, Tone>> = { pending: 'warn', approved: 'good', refused: 'bad', expired: 'neutral' };

/** Four eyes as a queue: what would be done exactly, who asked and why, and two buttons for somebody else. */
export function Component() {
  const t = useTranslate();
  const [state, setState] = useState<ApprovalState>('pending');
  const [deciding, setDeciding] = useState<{ approval: Approval; decision: Decision['decision'] } | null>(null);
  const load = useCallback((cursor: string | undefined) => loadApprovals(state, cursor), [state]);
  const list = useKeyset<Approval>(['approvals', state], load);
  return (
    <Page title={t('approval.title')} sub={t('approval.sub')}
      actions={<Segmented<ApprovalState> value={state} onChange={setState} options={(['pending', 'approved', 'refused', 'expired'] as const).map((value) => ({ value, label: t(`approval.${value}`) }))} />}>
      {list.error ? <Card><ProblemView error={list.error} onRetry={list.refresh} /></Card> : null}
      {!list.loading && !list.error && list.rows.length === 0 && <Card><Empty title={t('approval.empty')} hint={t('approval.empty.hint')} /></Card>}
      {list.rows.map((approval) => <ApprovalCard key={approval.approvalId} approval={approval} onDecide={(decision) => setDeciding({ approval, decision })} />)}
      {list.more.hasMore && <Button onClick={list.more.load} loading={list.more.loading}>{t('list.loadingMore')}</Button>}
      {deciding && <DecisionDialog {...deciding} onClose={() => setDeciding(null)} />}
    </Page>
  );
}

function ApprovalCard({ approval, onDecide }: { approval: Approval; onDecide: (decision: Decision['decision']) => void }) {
  const t = useTranslate();
  const { timeZone, userId } = useLoggedIn();
  const nameOf = useUserName();
  const mayDecide = useMay('approvals:decide') && approval.state === 'pending' && approval.requestedBy !== userId;
  const path = recordPath(approval.subject.id);
  return (
    <Card title={actName(t, approval.kind)} extra={<><State tone={TONES[approval.state]}>{t(`approval.${approval.state}`)}</State>{mayDecide && <><Button size="small" onClick={() => onDecide('refuse')}>{t('approval.refuse')}</Button><Button size="small" type="primary" onClick={() => onDecide('approve')}>{t('approval.approve')}</Button></>}</>}>
      <div className="grid">
        <div className="span-6"><Facts rows={[
          [t('audit.subject'), path ? <Link key="p" to={path}>{subjectName(t, approval.subject.kind)}</Link> : subjectName(t, approval.subject.kind)], [t('approval.by'), nameOf(approval.requestedBy)],
          [t('approval.when'), `${formatDateTime(approval.requestedAt, timeZone)} · ${t('approval.until', { time: formatDateTime(approval.expiresAt, timeZone) })}`], [t('audit.reason'), approval.reason], [t('approval.rule'), approval.rule],
          approval.decidedBy !== null && [t('approval.decidedBy'), `${nameOf(approval.decidedBy)} · ${approval.decidedAt ? formatDateTime(approval.decidedAt, timeZone) : ''}`], approval.decisionNote !== null && [t('approval.note'), approval.decisionNote],
        ]} /></div>
        <div className="span-6"><BeforeAfter before={null} after={approval.payload} /></div>
      </div>
    </Card>
  );
}

function DecisionDialog({ approval, decision, onClose }: { approval: Approval; decision: Decision['decision']; onClose: () => void }) {
  const t = useTranslate();
  const [note, setNote] = useState('');
  const { act, busy, problem } = useAct({ run: decideApproval, done: () => t(`approval.done.${decision}`), stale: ['approvals', 'wallets', 'members'] });
  const decide = async () => { if (await act({ approvalId: approval.approvalId, decision, ...(note.trim() ? { note: note.trim() } : {}) })) onClose(); };
  return (
    <Modal open title={t(`approval.${decision}`)} onCancel={onClose} onOk={() => void decide()} okText={t(`approval.${decision}`)} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ danger: decision === 'refuse' }}>
      <ActProblem problem={problem} />
      <p style={{ marginBottom: 12 }}>{t(`approval.${decision}.text`)}</p>
      <label htmlFor="decision-note" className="muted">{t('approval.note')}</label>
      <Input.TextArea id="decision-note" rows={3} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
    </Modal>
  );
}

import { Alert, Button, Dropdown, Input, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { OBSERVE_DAYS_MAX, TEXT_LENGTH_MAX, workCase, type CaseWork, type SupportCase, type SupportStory } from '../../api/cases.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';

const OBSERVE_DAYS = 2;
type Dialog = 'observe' | 'resolve' | 'reopen' | 'known';

function said(t: Translate, { case: { number } }: SupportStory, work: CaseWork): string {
  switch (work.act) {
    case 'comment': return t('case.comment.done');
    case 'observe': return t('case.observe.done');
    case 'resolve': return t('case.resolve.done', { number });
    case 'reopen': return t('case.reopen.done', { number });
    case 'assign': return t(work.ownerId === null ? 'case.assigned.released' : 'case.assigned.taken');
    case 'known': return t(work.answer === null ? 'case.answer.dropped' : 'case.answer.done');
  }
}

function useWork() {
  const t = useTranslate();
  return useAct<CaseWork, SupportStory>({ run: workCase, done: (story, work) => said(t, story, work), stale: ['support-cases'] });
}

/** What can be done with a case in its state: watch it, end it, open it again, keep its answer, take it. */
export function CaseActs({ one }: { one: SupportCase }) {
  const t = useTranslate();
  const { userId } = useLoggedIn();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const { act, busy, problem, reset } = useWork();
  const { caseId, state } = one, mine = one.ownerId === userId, closed = state === 'resolved';
  const close = () => { setDialog(null); reset(); };
  const run = (work: CaseWork) => void act(work).then((done) => { if (done) setDialog(null); });
  const asks = { problem, busy, lengthMax: TEXT_LENGTH_MAX, onClose: close };
  const more = [
    { key: 'owner', label: t(mine ? 'case.owner.release' : 'case.owner.take'), onClick: () => run({ caseId, act: 'assign', ownerId: mine ? null : userId }) },
    one.knownAnswer === null ? { key: 'known', label: t('case.answer'), onClick: () => setDialog('known') } : { key: 'drop', label: t('case.answer.drop'), onClick: () => run({ caseId, act: 'known', answer: null }) },
  ];
  return (
    <>
      {more.map(({ key, label, onClick }) => <Button key={key} className="hide-narrow" onClick={onClick}>{label}</Button>)}
      <span className="narrow-only"><Dropdown trigger={['click']} menu={{ items: more }}><Button>…</Button></Dropdown></span>
      {!closed && <Button onClick={() => setDialog('observe')}>{t('case.observe')}</Button>}
      {closed ? <Button onClick={() => setDialog('reopen')}>{t('case.reopen')}</Button> : <Button type="primary" onClick={() => setDialog('resolve')}>{t('case.resolve')}</Button>}
      {dialog === 'observe' && <ObserveDialog one={one} onClose={() => setDialog(null)} />}
      {dialog === 'resolve' && <ReasonDialog title={t('case.resolve')} text={t('case.resolve.text')} confirm={t('case.resolve')} {...asks} onConfirm={(resolution) => run({ caseId, act: 'resolve', resolution })} />}
      {dialog === 'reopen' && <ReasonDialog title={t('case.reopen')} text={t('case.reopen.text')} confirm={t('case.reopen')} {...asks} onConfirm={(comment) => run({ caseId, act: 'reopen', comment })} />}
      {dialog === 'known' && <ReasonDialog title={t('case.answer')} text={t('case.answer.text')} confirm={t('case.answer')} {...asks} onConfirm={(answer) => run({ caseId, act: 'known', answer })} />}
    </>
  );
}

function ObserveDialog({ one, onClose }: { one: SupportCase; onClose: () => void }) {
  const t = useTranslate();
  const [days, setDays] = useState<number | null>(OBSERVE_DAYS);
  const [comment, setComment] = useState('');
  const { act, busy, problem } = useWork();
  const send = () => { if (days !== null) void act({ caseId: one.caseId, act: 'observe', days, comment: comment.trim() || null }).then((done) => { if (done) onClose(); }); };
  return (
    <Modal open title={t('case.observe.title')} onCancel={onClose} onOk={send} okText={t('case.observe')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: days === null }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p>{t('case.observe.text')}</p>
        {(one.cause === null || one.chargePointId === null) && <Alert type="warning" showIcon title={t('case.observe.needs')} />}
        <div><label htmlFor="observe-days">{t('case.observe.days')}</label><div><InputNumber id="observe-days" min={1} max={OBSERVE_DAYS_MAX} precision={0} value={days} onChange={setDays} /></div></div>
        <div><label htmlFor="observe-comment">{t('case.comment')}</label><Input.TextArea id="observe-comment" rows={2} maxLength={TEXT_LENGTH_MAX} value={comment} onChange={(event) => setComment(event.target.value)} /></div>
      </div>
    </Modal>
  );
}

export function Comment({ caseId }: { caseId: string }) {
  const t = useTranslate();
  const [text, setText] = useState('');
  const { act, busy, problem } = useWork();
  return (
    <div style={{ display: 'grid', gap: 8, justifyItems: 'start' }}>
      <ActProblem problem={problem} />
      <label htmlFor="case-comment" className="muted">{t('case.comment.label')}</label>
      <Input.TextArea id="case-comment" rows={3} maxLength={TEXT_LENGTH_MAX} value={text} onChange={(event) => setText(event.target.value)} />
      <Button loading={busy} disabled={text.trim() === ''} onClick={() => void act({ caseId, act: 'comment', body: text.trim() }).then((done) => { if (done) setText(''); })}>{t('case.comment')}</Button>
    </div>
  );
}

import { App, Button } from 'antd';
import { rederiveSession, type SessionDetail } from '../../api/charging.ts';
import { sendCommand } from '../../api/gateway.ts';
import { useMay } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

/** One primary act: stop what is charging, or derive an ended bill again. Both say first what they will do. */
export function SessionActions({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  const { modal } = App.useApp();
  const [mayCommand, mayCorrect] = [useMay('charge_points:command'), useMay('charging:correct')];
  const stop = useAct({ run: sendCommand, done: () => t('command.queued'), stale: ['commands', 'sessions'] });
  const rederive = useAct({ run: (sessionId: string) => rederiveSession(sessionId), done: (after) => t('session.rederived', { version: after.billVersion }), stale: ['sessions', 'overview', 'wallets'] });
  const ask = (title: string, content: string, run: () => Promise<boolean>) => void modal.confirm({ title, content, okText: title, cancelText: t('action.cancel'), onOk: run });
  return (
    <>
      {session.state === 'active' && mayCommand && <Button type="primary" loading={stop.busy} onClick={() => ask(t('command.remote_stop'), t('command.remote_stop.text'), () => stop.act({ chargePointId: session.chargePointId, kind: 'remote_stop', transactionRef: session.transactionRef }))}>{t('command.remote_stop')}</Button>}
      {session.state === 'ended' && mayCorrect && <Button loading={rederive.busy} onClick={() => ask(t('session.rederive'), t('session.rederive.text'), () => rederive.act(session.sessionId))}>{t('session.rederive')}</Button>}
      <ActProblem problem={stop.problem ?? rederive.problem} />
    </>
  );
}

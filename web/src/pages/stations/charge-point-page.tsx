import { useQuery } from '@tanstack/react-query';
import { App, Button, Tabs } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import { loadChargePoint, rotatePassword, type ChargePoint, type Connector } from '../../api/locations.ts';
import { loadConnection } from '../../api/gateway.ts';
import { toProblem } from '../../api/problem.ts';
import { useMay } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatKw } from '../../format/number.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { isHeard, useNow } from '../../ui/now.ts';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { PowerCard } from '../../ui/power-chart.tsx';
import { CopyButton, problemSentence, ProblemPage } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { ConnectorStatus } from '../../ui/words.tsx';
import { SessionsCard } from '../sessions/sessions-card.tsx';
import { ChargePointFrames } from './charge-point-frames.tsx';
import { Commands } from './commands.tsx';

const REFRESH_MS = 10_000;

export function Component() {
  const t = useTranslate();
  const { language } = usePreferences();
  const { chargePointId = '' } = useParams();
  const now = useNow();
  const mayCharging = useMay('charging:read');
  const of = useMemo(() => ({ chargePointId }), [chargePointId]);
  const { data: point, error, refetch } = useQuery({ queryKey: ['charge-points', 'one', chargePointId], queryFn: () => loadChargePoint(chargePointId), refetchInterval: REFRESH_MS });
  const { data: connection } = useQuery({ queryKey: ['charge-points', 'connection', chargePointId], queryFn: () => loadConnection(chargePointId), refetchInterval: REFRESH_MS });
  const crumbs = [{ to: '/stations', label: t('station.title') }, ...(point ? [{ to: `/stations/${point.stationId}`, label: point.stationName }] : [])];
  if (error) return <ProblemPage title={t('point.title')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!point) return null;
  const heard = connection ? connection.connected : isHeard(point.lastSeenAt, now);
  return (
    <Page title={point.identity} crumbs={crumbs} actions={<PasswordButton point={point} />}
      sub={<><State tone={heard ? 'good' : 'neutral'}>{heard ? t('point.connected') : t('status.offline')}</State>
        {connection && <span>{connection.protocol} · {connection.connected ? t('point.connectedSince', { time: formatDateTime(connection.connectedAt, point.timeZone) }) : t('point.disconnectedSince', { time: formatDateTime(connection.disconnectedAt ?? connection.connectedAt, point.timeZone) })}</span>}<span className="muted">{t('point.lastSeen')}: {point.lastSeenAt ? formatAgo(point.lastSeenAt, now, language) : t('station.never')}</span></>}>
      <div className="grid">
        {point.connectors.map((connector) => <ConnectorCard key={connector.connectorId} connector={connector} heard={heard} timeZone={point.timeZone} />)}
      </div>
      {mayCharging && <PowerCard of={of} timeZone={point.timeZone} height={180} />}
      <Tabs items={[
        { key: 'sessions', label: t('point.sessions'), children: <SessionsCard filter={{ chargePointId }} /> },
        { key: 'frames', label: t('point.frames'), children: <ChargePointFrames chargePointId={chargePointId} timeZone={point.timeZone} /> },
        { key: 'commands', label: t('point.commands'), children: <Commands point={point} /> },
        { key: 'about', label: t('point.about'), children: <Card><Facts rows={[
          [t('station.name'), <Link key="s" to={`/stations/${point.stationId}`}>{point.stationName}</Link>], [t('point.power'), `${formatKw(point.maxPowerW)} kW`],
          [t('point.model'), [point.vendor, point.model].filter(Boolean).join(' ') || t('unknown')], [t('point.serial'), point.serial ?? t('unknown')], [t('point.firmware'), point.firmware ?? t('unknown')],
          [t('point.assetCode'), point.assetCode ?? t('none')], [t('point.booted'), point.bootedAt ? formatDateTime(point.bootedAt, point.timeZone) : t('unknown')], [t('station.timeZone'), point.timeZone],
        ]} /></Card> },
      ]} />
    </Page>
  );
}

function ConnectorCard({ connector, heard, timeZone }: { connector: Connector; heard: boolean; timeZone: string }) {
  const t = useTranslate();
  return (
    <Card span={4} title={t('session.connector', { number: connector.evseNumber })} extra={<ConnectorStatus status={connector.state?.status ?? null} errorCode={connector.state?.errorCode} connected={heard} />}>
      <Facts rows={[
        [t('point.power'), `${formatKw(connector.maxPowerW)} kW`],
        [t('point.statusSince'), connector.state ? formatDateTime(connector.state.statedAt, timeZone, true) : t('station.never')],
        connector.discovered && [t('point.connector'), t('point.discovered')],
      ]} />
    </Card>
  );
}

/** A password is made on the server and shown once; nobody chooses one. */
function PasswordButton({ point }: { point: ChargePoint }) {
  const t = useTranslate();
  const { modal, message } = App.useApp();
  const [busy, setBusy] = useState(false);
  if (!useMay('locations:write')) return null;
  const make = async () => {
    setBusy(true);
    try {
      const { password } = await rotatePassword(point.chargePointId);
      modal.info({ title: t('point.password.title', { identity: point.identity }), okText: t('action.close'), content: <div style={{ display: 'grid', gap: 12, justifyItems: 'start' }}><pre className="raw" style={{ width: '100%' }}>{password}</pre><CopyButton text={password} label={t('action.copy')} /></div> });
    } catch (thrown) {
      void message.error(problemSentence(t, toProblem(thrown)));
    } finally {
      setBusy(false);
    }
  };
  const ask = () => modal.confirm({ title: t('point.password'), content: t('point.password.text'), okText: t('point.password.confirm'), cancelText: t('action.cancel'), onOk: make });
  return <Button loading={busy} onClick={() => void ask()}>{t('point.password')}</Button>;
}

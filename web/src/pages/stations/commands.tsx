import { Button, Form, Input, Modal, Select } from 'antd';
import { useCallback, useState } from 'react';
import { loadCommands, sendCommand, type Command } from '../../api/gateway.ts';
import type { ChargePoint } from '../../api/locations.ts';
import { useMay } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<Command['state'], Tone>> = { queued: 'live', sent: 'live', accepted: 'good', rejected: 'bad', unknown: 'warn', expired: 'neutral' };
const REFRESH_MS = 4_000;
const TOKEN_LENGTH_MAX = 36;

/** Commands to a charge point: queued durably, sent when it is connected; unknown outcomes are said and never repeated by themselves. */
export function Commands({ point }: { point: ChargePoint }) {
  const t = useTranslate();
  const may = useMay('charge_points:command');
  const [starting, setStarting] = useState(false);
  const load = useCallback((cursor: string | undefined) => loadCommands(point.chargePointId, cursor), [point.chargePointId]);
  const list = useKeyset<Command>(['commands', point.chargePointId], load, REFRESH_MS);
  const { act, busy, problem } = useAct({ run: sendCommand, done: () => t('command.queued'), stale: ['commands'] });
  return (
    <Card title={t('command.title')} flush extra={may && <>
      <Button size="small" loading={busy} onClick={() => void act({ chargePointId: point.chargePointId, kind: 'trigger_message', requestedMessage: 'StatusNotification' })}>{t('command.askStatus')}</Button>
      <Button size="small" onClick={() => setStarting(true)}>{t('command.remote_start')}</Button>
    </>}>
      <div style={{ padding: '0 20px' }}><ActProblem problem={problem} /></div>
      <DataTable label={t('command.title')} rows={list.rows} rowKey={(row) => row.commandId} loading={list.loading} more={list.more}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('command.empty')} hint={t('command.empty.hint')} />} columns={[
          { key: 'at', title: t('bill.line.when'), render: (row) => <span className="tab">{formatDateTime(row.requestedAt, point.timeZone, true)}</span> },
          { key: 'kind', title: t('command.kind'), render: (row) => <>{t(`command.${row.kind}`)} <span className="muted">{[row.requestedMessage, row.evseNumber === null ? null : t('session.connector', { number: row.evseNumber })].filter(Boolean).join(' · ')}</span></> },
          { key: 'state', title: t('session.state'), render: (row) => <State tone={TONES[row.state]} title={row.reason ?? undefined}>{t(`command.state.${row.state}`)}</State> },
          { key: 'attempts', title: t('command.attempts'), numeric: true, wideOnly: true, render: (row) => row.attempts },
        ]} />
      {starting && <RemoteStart point={point} onClose={() => setStarting(false)} />}
    </Card>
  );
}

function RemoteStart({ point, onClose }: { point: ChargePoint; onClose: () => void }) {
  const t = useTranslate();
  const [form] = Form.useForm<{ evseNumber: number; idToken: string }>();
  const { act, busy, problem } = useAct({ run: sendCommand, done: () => t('command.queued'), stale: ['commands'] });
  return (
    <Modal open title={t('command.remote_start')} onCancel={onClose} onOk={form.submit} okText={t('command.remote_start')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <p className="muted" style={{ marginBottom: 12 }}>{t('command.remote_start.text')}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ evseNumber: point.connectors[0]?.evseNumber }} onFinish={({ evseNumber, idToken }) => void act({ chargePointId: point.chargePointId, kind: 'remote_start', evseNumber, idToken }).then((done) => { if (done) onClose(); })}>
        <Form.Item name="evseNumber" label={t('point.connector')}><Select options={point.connectors.map((each) => ({ value: each.evseNumber, label: t('session.connector', { number: each.evseNumber }) }))} /></Form.Item>
        <Form.Item name="idToken" label={t('session.token')} rules={[{ required: true, message: t('login.required') }]}><Input className="mono" maxLength={TOKEN_LENGTH_MAX} /></Form.Item>
      </Form>
    </Modal>
  );
}

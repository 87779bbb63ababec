import { Button, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { addCredential, revokeCredential, type Credential, type CredentialKind, type MemberDetail } from '../../api/members.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { State } from '../../ui/state.tsx';

const KINDS: readonly CredentialKind[] = ['rfid', 'app', 'vin', 'station_password'];
const TOKEN_LENGTH_MAX = 36;

/** Cards, app tokens, VINs and station passwords: how this member may start a charge. */
export function Credentials({ member }: { member: MemberDetail }) {
  const t = useTranslate();
  const mayWrite = useMay('members:write');
  const { timeZone } = useLoggedIn();
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<Credential | null>(null);
  const revoke = useAct({ run: revokeCredential, done: () => t('credential.revoked'), stale: ['members'] });
  return (
    <Card title={t('credential.title')} extra={mayWrite && <Button size="small" onClick={() => setAdding(true)}>{t('credential.add')}</Button>} flush>
      <DataTable label={t('credential.title')} rows={member.credentials} rowKey={(row) => row.credentialId} empty={<Empty title={t('credential.empty')} hint={t('credential.empty.hint')} />} columns={[
        { key: 'kind', title: t('credential.kind'), render: (row) => t(`credential.${row.kind}`) },
        { key: 'token', title: t('credential.token'), render: (row) => row.token ? <span className="mono">{row.token}</span> : <span className="muted">{t('member.erased')}</span> },
        { key: 'state', title: t('session.state'), render: (row) => row.revokedAt ? <State tone="neutral">{t('credential.ended', { date: formatDate(row.revokedAt, timeZone) })}</State> : <State tone="good">{t('credential.valid')}</State> },
        { key: 'act', title: '', render: (row) => mayWrite && !row.revokedAt && <Button size="small" onClick={() => setRevoking(row)}>{t('credential.revoke')}</Button> },
      ]} />
      {adding && <AddCredential memberId={member.memberId} onClose={() => setAdding(false)} />}
      {revoking && <ReasonDialog title={t('credential.revoke')} text={t('credential.revoke.text', { token: revoking.token ?? '' })} confirm={t('credential.revoke')} danger problem={revoke.problem} busy={revoke.busy}
        onClose={() => { setRevoking(null); revoke.reset(); }} onConfirm={(reason) => void revoke.act({ memberId: member.memberId, credentialId: revoking.credentialId, reason }).then((done) => { if (done) setRevoking(null); })} />}
    </Card>
  );
}

type Fields = { kind: CredentialKind; token: string };

function AddCredential({ memberId, onClose }: { memberId: string; onClose: () => void }) {
  const t = useTranslate();
  const [form] = Form.useForm<Fields>();
  const { act, busy, problem } = useAct({ run: addCredential, done: () => t('credential.added'), stale: ['members'] });
  return (
    <Modal open title={t('credential.add')} onCancel={onClose} onOk={form.submit} okText={t('credential.add')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ kind: 'rfid' }} onFinish={(fields) => void act({ memberId, ...fields }).then((done) => { if (done) onClose(); })}>
        <Form.Item name="kind" label={t('credential.kind')}><Select options={KINDS.map((kind) => ({ value: kind, label: t(`credential.${kind}`) }))} /></Form.Item>
        <Form.Item name="token" label={t('credential.token')} rules={[{ required: true, message: t('login.required') }]}><Input autoFocus className="mono" maxLength={TOKEN_LENGTH_MAX} /></Form.Item>
      </Form>
    </Modal>
  );
}

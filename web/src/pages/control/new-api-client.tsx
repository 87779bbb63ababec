import { Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { createApiClient, type NewApiClient as Body, type PermissionCode } from '../../api/access.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { rangesOf } from './api-clients-tab.tsx';
import { SecretShownOnce } from './password.tsx';
import { PermissionChoice } from './permission-choice.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';

type Fields = { name: string; permissions: PermissionCode[]; subOperatorId: string; ranges?: string };
const NAME_LENGTH_MAX = 100;
const EVERYWHERE = 'everywhere';

/** A key for a program: what it may do, where, and from which addresses; then the key, once. */
export function NewApiClient({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const [form] = Form.useForm<Fields>();
  const { all: parts } = useSubOperators();
  const [made, setMade] = useState<{ name: string; key: string } | null>(null);
  const { act, busy, problem } = useAct({ run: createApiClient, done: (answer) => { setMade({ name: answer.name, key: answer.key }); return t('client.made', { name: answer.name }); }, stale: ['users'] });
  const submit = ({ name, permissions, subOperatorId, ranges }: Fields) => {
    const body: Body = { name: name.trim(), permissions, allowedRanges: rangesOf(ranges ?? ''), ...(subOperatorId === EVERYWHERE ? {} : { subOperatorId }) };
    return act(body);
  };
  if (made) return <SecretShownOnce title={t('client.key.title', { name: made.name })} secret={made.key} hint={t('client.key.hint')} onClose={onClose} />;
  return (
    <Modal open width={760} title={t('client.new')} onCancel={onClose} onOk={form.submit} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <p className="muted" style={{ marginBottom: 16 }}>{t('client.new.text')}</p>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ permissions: [], subOperatorId: EVERYWHERE }} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="name" label={t('client.name')} rules={[{ required: true, whitespace: true, message: t('login.required') }]}><Input autoFocus maxLength={NAME_LENGTH_MAX} autoComplete="off" /></Form.Item>
        <Form.Item name="ranges" label={t('client.ranges')} extra={t('client.ranges.hint')}><Input.TextArea rows={2} className="mono" /></Form.Item>
        {parts.length > 0 && <Form.Item name="subOperatorId" label={t('role.where')}><Select options={[{ value: EVERYWHERE, label: t('user.wholeOperator') }, ...parts.map(({ subOperatorId, name }) => ({ value: subOperatorId, label: name }))]} /></Form.Item>}
        <Form.Item name="permissions" label={t('role.permissions')} rules={[{ type: 'array', min: 1, required: true, message: t('role.noPermission') }]}><PermissionChoice /></Form.Item>
      </Form>
    </Modal>
  );
}

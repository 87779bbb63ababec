import { Form, Input, Modal } from 'antd';
import { useState } from 'react';
import type { RoleGrant } from '../../api/access.ts';
import { createUser, type NewUser as NewUserBody } from '../../api/control.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { newPassword, type ShownPassword } from './password.tsx';
import { RoleChoice } from './roles.tsx';

type Fields = { logInName: string; displayName: string; roles: RoleGrant[] };
const LOG_IN_NAME_LENGTH_MAX = 64;
const NAME_LENGTH_MAX = 200;

/** A person gets a name to log in with, roles, and a first password that the console makes. */
export function NewUser({ onClose, onMade }: { onClose: () => void; onMade: (shown: ShownPassword) => void }) {
  const t = useTranslate();
  const [form] = Form.useForm<Fields>();
  const [password] = useState(newPassword);
  const { act, busy, problem } = useAct({ run: createUser, done: (_made, body) => t('user.created', { name: body.displayName }), stale: ['users'] });
  const submit = async ({ logInName, displayName, roles }: Fields) => {
    const body: NewUserBody = { logInName: logInName.trim(), displayName: displayName.trim(), password, roles };
    if (!await act(body)) return;
    onClose();
    onMade({ logInName: body.logInName, password });
  };
  const required = [{ required: true, message: t('login.required') }];
  return (
    <Modal open title={t('user.new')} onCancel={onClose} onOk={form.submit} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ roles: [] }} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="displayName" label={t('user.name')} rules={required}><Input autoFocus maxLength={NAME_LENGTH_MAX} autoComplete="off" /></Form.Item>
        <Form.Item name="logInName" label={t('user.logInName')} extra={t('user.logInName.hint')} rules={required}><Input maxLength={LOG_IN_NAME_LENGTH_MAX} className="mono" autoComplete="off" autoCapitalize="none" /></Form.Item>
        <Form.Item name="roles" label={t('user.roles')} extra={t('user.roles.hint')} rules={required}><RoleChoice /></Form.Item>
      </Form>
      <p className="muted">{t('user.new.password')}</p>
    </Modal>
  );
}

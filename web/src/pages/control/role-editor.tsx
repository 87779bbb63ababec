import { Alert, App, Button, Form, Input, Modal } from 'antd';
import { changeRole, createRole, retireRole, type PermissionCode, type Role, type RoleBody } from '../../api/access.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { PermissionChoice } from './permission-choice.tsx';
import { roleName } from './roles.tsx';

type Fields = { name: string; permissions: PermissionCode[] };
const NAME_LENGTH_MAX = 100;

/** What is edited: a role of the operator's own, or a new one that starts from nothing or from another role. */
export type RoleDraft = { readonly role: Role | null; readonly name: string; readonly permissions: readonly PermissionCode[]; readonly users: number };

export function RoleEditor({ draft, onClose }: { draft: RoleDraft; onClose: () => void }) {
  const t = useTranslate();
  const [form] = Form.useForm<Fields>();
  const { role } = draft;
  const run = (body: RoleBody, key: string) => role === null ? createRole(body, key) : changeRole({ roleId: role.roleId, ...body });
  const { act, busy, problem } = useAct({ run, done: (_after, { name }) => t(role === null ? 'role.created' : 'role.changed', { name }), stale: ['users'] });
  const submit = async ({ name, permissions }: Fields) => { if (await act({ name: name.trim(), permissions })) onClose(); };
  return (
    <Modal open width={760} title={t(role === null ? 'role.new' : 'role.edit')} onCancel={onClose} onOk={form.submit} okText={t(role === null ? 'action.create' : 'action.save')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      {role !== null && draft.users > 0 && <Alert type="info" showIcon title={t('role.change.text', { count: draft.users })} style={{ marginBottom: 16 }} />}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: draft.name, permissions: draft.permissions }} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="name" label={t('role.name')} extra={t('role.new.hint')} rules={[{ required: true, whitespace: true, message: t('login.required') }]}><Input autoFocus maxLength={NAME_LENGTH_MAX} autoComplete="off" /></Form.Item>
        <Form.Item name="permissions" label={t('role.permissions')} rules={[{ type: 'array', min: 1, required: true, message: t('role.noPermission') }]}><PermissionChoice /></Form.Item>
      </Form>
    </Modal>
  );
}

/** What a role allows, to read; a built-in one can be the start of one's own. */
export function RoleView({ role, mayManage, onCopy, onClose }: { role: Role; mayManage: boolean; onCopy: () => void; onClose: () => void }) {
  const t = useTranslate();
  return (
    <Modal open width={760} title={roleName(t, role)} onCancel={onClose} footer={<>{mayManage && <Button onClick={onCopy}>{t('role.copy')}</Button>}<Button type="primary" onClick={onClose}>{t('action.close')}</Button></>}>
      <div style={{ display: 'grid', gap: 16 }}>
        {role.builtIn !== null && <p className="muted">{t('role.builtIn.text')}</p>}
        <PermissionChoice value={role.permissions} readOnly />
      </div>
    </Modal>
  );
}

/** Asks before a role is taken from everybody who has it. */
export function RetireButton({ role, users }: { role: Role; users: number }) {
  const t = useTranslate();
  const { modal } = App.useApp();
  const { act, busy, problem } = useAct({ run: (roleId: string) => retireRole(roleId), done: () => t('role.retired', { name: role.name }), stale: ['users'] });
  const ask = () => void modal.confirm({ title: t('role.retire'), content: t('role.retire.text', { count: users, name: role.name }), okText: t('role.retire'), okButtonProps: { danger: true }, cancelText: t('action.cancel'), onOk: () => act(role.roleId) });
  return <>{problem && <ActProblem problem={problem} />}<Button size="small" danger loading={busy} onClick={ask} aria-label={`${t('role.retire')} ${role.name}`}>{t('role.retire')}</Button></>;
}

import { Form, Input, Modal, Select } from 'antd';
import { useNavigate } from 'react-router';
import { createMember } from '../../api/members.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';

type Fields = { displayName: string; phone?: string; subOperatorId?: string };
type NewMemberBody = Parameters<typeof createMember>[0];

export function NewMember({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const { act, busy, problem } = useAct({
    run: createMember, stale: ['members'],
    done: (created, input: NewMemberBody) => { void navigate(`/members/${created.memberId}`); return t('member.created', { name: input.displayName }); },
  });
  // Who works for a sub-operator registers its members, and nobody else's.
  const own = useOwnSubOperators('members:write');
  const submit = async ({ displayName, phone, subOperatorId = own?.[0]?.subOperatorId }: Fields) => {
    if (await act({ displayName, phone: phone?.trim() || null, ...(own && subOperatorId ? { subOperatorId } : {}) })) onClose();
  };
  return (
    <Modal open title={t('member.new')} onCancel={onClose} onOk={form.submit} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="displayName" label={t('member.name')} rules={[{ required: true, message: t('login.required') }]} extra={t('member.new.nameHint')}><Input autoFocus maxLength={200} /></Form.Item>
        <Form.Item name="phone" label={t('member.phone')}><Input maxLength={30} inputMode="tel" /></Form.Item>
        {own && own.length > 1 && <Form.Item name="subOperatorId" label={t('subOperator.one')} initialValue={own[0]!.subOperatorId}><Select options={own.map(({ subOperatorId, name }) => ({ value: subOperatorId, label: name }))} /></Form.Item>}
      </Form>
    </Modal>
  );
}

/** The sub-operators to which a permission is limited; null when it holds everywhere. */
function useOwnSubOperators(permission: string): readonly { readonly subOperatorId: string; readonly name: string }[] | null {
  const { limited } = useLoggedIn();
  const everywhere = useMayEverywhere(permission);
  const { nameOf } = useSubOperators();
  if (everywhere) return null;
  return limited.filter((part) => part.permissions.includes(permission)).map(({ subOperatorId }) => ({ subOperatorId, name: nameOf(subOperatorId) }));
}

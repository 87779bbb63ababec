import { Form, Input, Modal } from 'antd';
import { useNavigate } from 'react-router';
import { createMember } from '../../api/members.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

type Fields = { displayName: string; phone?: string };

export function NewMember({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const { act, busy, problem } = useAct({
    run: createMember, stale: ['members'],
    done: (created, input: { displayName: string; phone: string | null }) => { void navigate(`/members/${created.memberId}`); return t('member.created', { name: input.displayName }); },
  });
  const submit = async ({ displayName, phone }: Fields) => { if (await act({ displayName, phone: phone?.trim() || null })) onClose(); };
  return (
    <Modal open title={t('member.new')} onCancel={onClose} onOk={form.submit} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="displayName" label={t('member.name')} rules={[{ required: true, message: t('login.required') }]} extra={t('member.new.nameHint')}><Input autoFocus maxLength={200} /></Form.Item>
        <Form.Item name="phone" label={t('member.phone')}><Input maxLength={30} inputMode="tel" /></Form.Item>
      </Form>
    </Modal>
  );
}

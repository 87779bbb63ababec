import { Form, Input, Modal, Select } from 'antd';
import { createStation } from '../../api/locations.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

type Fields = { name: string; timeZone: string; address?: string };
const ZONES = Intl.supportedValuesOf('timeZone').map((zone) => ({ value: zone, label: zone }));

export function NewStation({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const [form] = Form.useForm<Fields>();
  const { act, busy, problem } = useAct({ run: createStation, done: (_created, input: Fields) => t('station.created', { name: input.name }), stale: ['stations'] });
  const submit = async ({ name, timeZone: zone, address }: Fields) => { if (await act({ name, timeZone: zone, ...(address ? { address } : {}) })) onClose(); };
  return (
    <Modal open title={t('station.new')} onCancel={onClose} onOk={form.submit} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ timeZone }} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="name" label={t('station.name')} rules={[{ required: true, message: t('login.required') }]}><Input autoFocus maxLength={200} /></Form.Item>
        <Form.Item name="timeZone" label={t('station.timeZone')} extra={t('station.new.timeZoneHint')}><Select showSearch options={ZONES} /></Form.Item>
        <Form.Item name="address" label={t('station.address')}><Input maxLength={400} /></Form.Item>
      </Form>
    </Modal>
  );
}

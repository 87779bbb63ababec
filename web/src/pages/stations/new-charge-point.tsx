import { Form, Input, InputNumber, Modal } from 'antd';
import { createChargePoint, type NewChargePoint as NewChargePointBody } from '../../api/locations.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';

type Fields = { identity: string; connectors: number; powerKw: number };
const CONNECTORS_MAX = 64;

export function NewChargePoint({ stationId, onClose }: { stationId: string; onClose: () => void }) {
  const t = useTranslate();
  const [form] = Form.useForm<Fields>();
  const { act, busy, problem } = useAct({
    run: (body: NewChargePointBody, key) => createChargePoint(stationId, body, key), done: (_created, body) => t('point.created', { identity: body.identity }), stale: ['stations', 'charge-points'],
  });
  const submit = async ({ identity, connectors, powerKw }: Fields) => {
    const watts = String(Math.round(powerKw * 1000));
    const each = Array.from({ length: connectors }, (_, index) => ({ evseNumber: index + 1, maxPowerW: watts }));
    if (await act({ identity: identity.trim(), maxPowerW: String(Number(watts) * connectors), connectors: each })) onClose();
  };
  return (
    <Modal open title={t('point.new')} onCancel={onClose} onOk={form.submit} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ connectors: 2, powerKw: 60 }} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="identity" label={t('point.identity')} extra={t('point.new.identityHint')} rules={[{ required: true, message: t('login.required') }]}><Input autoFocus maxLength={48} className="mono" /></Form.Item>
        <Form.Item name="connectors" label={t('point.new.connectors')}><InputNumber min={1} max={CONNECTORS_MAX} precision={0} /></Form.Item>
        <Form.Item name="powerKw" label={t('point.new.power')}><InputNumber min={0.1} max={10_000} suffix="kW" style={{ width: 160 }} /></Form.Item>
      </Form>
    </Modal>
  );
}

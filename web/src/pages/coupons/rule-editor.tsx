import { DatePicker, Form, Input, InputNumber, Modal, Select, Switch } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { changeRule, createRule, ISSUE_CONDITIONS, type CouponRule, type CouponTerms, type IssueCondition } from '../../api/coupons.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { formatDate, wallClockInstant } from '../../format/time.ts';
import { useTranslate, type MessageKey } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useStationNames } from './station-choice.ts';

type Fields = {
  name: string; issueCondition: IssueCondition; topUpMinimum?: string; denomination: string; couponsPerGift: number; giftsMax?: number | null; sale: [Dayjs, Dayjs | null]; validity: 'days' | 'span'; validityDays?: number; span?: [Dayjs, Dayjs];
  stationIds: string[]; threshold: string; useMax: number; isOn: boolean; remark?: string;
};
const plain = (money: { amountMinor: string; currency: string } | null): string => money === null ? '' : formatMinor(money.amountMinor, money.currency).replaceAll(',', '');

/** Makes a rule, or the next version of one; coupons that were given stay as they are. */
export function RuleEditor({ rule, onClose }: { rule: CouponRule | null; onClose: () => void }) {
  const t = useTranslate();
  const { currency, timeZone } = useLoggedIn();
  const [form] = Form.useForm<Fields>();
  const [issue, validity] = [Form.useWatch('issueCondition', form) ?? rule?.issueCondition ?? 'top_up', Form.useWatch('validity', form) ?? (rule?.validFrom ? 'span' : 'days')];
  const run = (terms: CouponTerms, key: string): Promise<CouponRule> => rule === null ? createRule(terms, key) : changeRule({ ...terms, ruleId: rule.ruleId, version: rule.version });
  const { act, busy, problem } = useAct({ run, done: ({ name }) => t(rule === null ? 'coupon.created' : 'coupon.changed', { name }), stale: ['coupons'] });
  const amount = { validator: (_rule: unknown, text: string | undefined) => parseMinor(text ?? '', currency) === null ? Promise.reject(new Error(t('coupon.amount.wrong'))) : Promise.resolve() };
  const required = { required: true, message: t('login.required') };
  const submit = async (fields: Fields) => { if (await act(termsFrom(fields, { currency, timeZone }))) onClose(); };
  return (
    <Modal open title={rule === null ? t('coupon.new') : `${t('coupon.edit')} · ${rule.name}`} onCancel={onClose} onOk={form.submit} okText={t(rule === null ? 'action.create' : 'action.save')} cancelText={t('action.cancel')} confirmLoading={busy} width={640}>
      <ActProblem problem={problem} />
      <Form form={form} layout="vertical" requiredMark={false} initialValues={initialFields(rule, timeZone)} onFinish={(fields) => void submit(fields)}>
        <Form.Item name="name" label={t('coupon.name')} rules={[required]}><Input autoFocus maxLength={100} /></Form.Item>
        <div className="form-grid">
          <Form.Item name="issueCondition" label={t('coupon.issue')}><Select options={ISSUE_CONDITIONS.map((value) => ({ value, label: t(`coupon.issue.${value}`) }))} /></Form.Item>
          {issue === 'top_up' && <Form.Item name="topUpMinimum" label={t('coupon.topUpMinimum')} rules={[amount]}><Input inputMode="decimal" suffix={currency} /></Form.Item>}
          <Form.Item name="denomination" label={t('coupon.denomination')} rules={[amount]}><Input inputMode="decimal" suffix={currency} /></Form.Item>
          <Form.Item name="threshold" label={t('coupon.threshold')} rules={[amount]}><Input inputMode="decimal" suffix={currency} /></Form.Item>
          <Form.Item name="couponsPerGift" label={t('coupon.perPack')} rules={[required]}><InputNumber min={1} max={100} precision={0} style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="giftsMax" label={t('coupon.packsMax')}><InputNumber min={1} max={10_000_000} precision={0} placeholder={t('coupon.packs.any')} style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="useMax" label={t('coupon.useMax')} rules={[required]}><InputNumber min={1} max={100} precision={0} style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="sale" label={t('coupon.sale')} rules={[required]}><DatePicker.RangePicker allowEmpty={[false, true]} style={{ width: '100%' }} placeholder={[t('coupon.begin'), t('coupon.openEnd')]} /></Form.Item>
          <Form.Item name="validity" label={t('coupon.validity')}><Select options={(['days', 'span'] as const).map((value) => ({ value, label: t(`coupon.validity.kind.${value}` satisfies MessageKey) }))} /></Form.Item>
          {validity === 'days' ? <Form.Item name="validityDays" label={t('coupon.validityDays')} rules={[required]}><InputNumber min={1} max={3_660} precision={0} style={{ width: '100%' }} /></Form.Item>
            : <Form.Item name="span" label={t('coupon.validitySpan')} rules={[required]}><DatePicker.RangePicker style={{ width: '100%' }} placeholder={[t('coupon.begin'), t('coupon.end')]} /></Form.Item>}
        </div>
        <StationField />
        <Form.Item name="remark" label={t('coupon.remark')}><Input maxLength={500} /></Form.Item>
        <Form.Item name="isOn" label={t('coupon.isOn')} valuePropName="checked" style={{ marginBottom: 0 }}><Switch /></Form.Item>
      </Form>
    </Modal>
  );
}

function StationField() {
  const t = useTranslate();
  const stations = useStationNames(true);
  return <Form.Item name="stationIds" label={t('coupon.where')}><Select mode="multiple" allowClear placeholder={t('coupon.everywhere')} showSearch={{ optionFilterProp: 'label' }} options={[...stations].map(([value, label]) => ({ value, label }))} /></Form.Item>;
}

function initialFields(rule: CouponRule | null, timeZone: string): Partial<Fields> {
  const day = (at: string): Dayjs => dayjs(formatDate(at, timeZone));
  /** An end is the first moment that is too late; a person names the last day. */
  const lastDay = (at: string): Dayjs => dayjs(formatDate(Date.parse(at) - 1, timeZone));
  if (rule === null) return { issueCondition: 'top_up', topUpMinimum: '100', denomination: '10', threshold: '0', couponsPerGift: 1, useMax: 1, sale: [dayjs(formatDate(Date.now(), timeZone)), null], validity: 'days', validityDays: 30, stationIds: [], isOn: true };
  return {
    name: rule.name, issueCondition: rule.issueCondition, topUpMinimum: plain(rule.topUpMinimum), denomination: plain(rule.denomination), threshold: plain(rule.threshold), couponsPerGift: rule.couponsPerGift, giftsMax: rule.giftsMax,
    useMax: rule.useMax, sale: [day(rule.onSaleFrom), rule.onSaleTo === null ? null : lastDay(rule.onSaleTo)], validity: rule.validityDays === null ? 'span' : 'days', stationIds: rule.stationIds, isOn: rule.isOn, remark: rule.remark ?? '',
    ...(rule.validityDays === null ? {} : { validityDays: rule.validityDays }), ...(rule.validFrom !== null && rule.validTo !== null ? { span: [day(rule.validFrom), lastDay(rule.validTo)] } : {}),
  };
}

function termsFrom(fields: Fields, { currency, timeZone }: { currency: CouponRule['denomination']['currency']; timeZone: string }): CouponTerms {
  const minor = (text: string | undefined) => ({ amountMinor: String(parseMinor(text ?? '', currency) ?? 0n), currency });
  const from = (day: Dayjs): string => wallClockInstant(`${day.format('YYYY-MM-DD')} 00:00`, timeZone).toISOString();
  const through = (day: Dayjs): string => from(day.add(1, 'day'));
  const [begin, end] = fields.sale, span = fields.validity === 'span' ? fields.span : undefined;
  return {
    name: fields.name.trim(), issueCondition: fields.issueCondition, topUpMinimum: fields.issueCondition === 'top_up' ? minor(fields.topUpMinimum) : null, denomination: minor(fields.denomination), threshold: minor(fields.threshold),
    couponsPerGift: fields.couponsPerGift, giftsMax: fields.giftsMax ?? null, onSaleFrom: from(begin), onSaleTo: end ? through(end) : null, validityDays: span ? null : fields.validityDays ?? null, validFrom: span ? from(span[0]) : null,
    validTo: span ? through(span[1]) : null, stationIds: fields.stationIds, useMax: fields.useMax, isOn: fields.isOn, remark: fields.remark?.trim() || null,
  };
}

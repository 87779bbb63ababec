import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { changeTopUpSettings, loadTopUpSettings, type TopUpSettings } from '../../api/payments.ts';
import { useMayEverywhere } from '../../app/account.tsx';
import { formatMinor, parseMinor } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Card, Figure, Figures } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';

/** What members can top up by telephone, with what is missing before going live. */
export function TopUpAmounts() {
  const t = useTranslate();
  const may = useMayEverywhere('settings:write');
  const [changing, setChanging] = useState(false);
  const { data: settings, error, refetch } = useQuery({ queryKey: ['top-up-settings'], queryFn: loadTopUpSettings });
  if (error) return <Card><ProblemView error={error} onRetry={() => void refetch()} /></Card>;
  if (!settings) return null;
  const figure = (label: string, { amountMinor, currency }: TopUpSettings['minimum']) => <Figure label={label} value={formatMinor(amountMinor, currency)} unit={currency} />;
  return (
    <div className="page">
      {settings.warnings.map((warning) => <Alert key={warning} type="warning" showIcon title={translateCode(t, 'mch.topup.warn', warning)} />)}
      <Figures>{figure(t('mch.topup.minimum'), settings.minimum)}{figure(t('mch.topup.maximum'), settings.maximum)}{figure(t('mch.topup.threshold'), settings.balanceThreshold)}</Figures>
      <Card title={t('mch.topup.amounts')} extra={may && <Button size="small" onClick={() => setChanging(true)}>{t('mch.topup.change')}</Button>}>
        <p className="muted" style={{ marginBottom: 12 }}>{t('mch.topup.sub')}</p>
        <div className="amount-choices" style={{ maxWidth: 640 }}>{settings.amounts.map(({ amountMinor, currency }) => <span key={amountMinor} className="figure" style={{ border: '1px solid var(--k-border)', borderRadius: 8, textAlign: 'center', padding: '8px 4px', fontVariantNumeric: 'tabular-nums', fontWeight: 600 }}>{formatMinor(amountMinor, currency)}</span>)}</div>
      </Card>
      {changing && <Change settings={settings} onClose={() => setChanging(false)} />}
    </div>
  );
}

function Change({ settings, onClose }: { settings: TopUpSettings; onClose: () => void }) {
  const t = useTranslate();
  const { currency } = settings;
  const text = ({ amountMinor }: TopUpSettings['minimum']): string => formatMinor(amountMinor, currency).replaceAll(',', '');
  const [amounts, setAmounts] = useState(settings.amounts.map(text).join('  '));
  const [bounds, setBounds] = useState({ minimum: text(settings.minimum), maximum: text(settings.maximum), threshold: text(settings.balanceThreshold) });
  const parsed = amounts.split(/[\s,，;；]+/).filter(Boolean).map((each) => parseMinor(each, currency));
  const [minimum, maximum, threshold] = [parseMinor(bounds.minimum, currency), parseMinor(bounds.maximum, currency), parseMinor(bounds.threshold, currency)];
  const { act, busy, problem } = useAct({ run: changeTopUpSettings, done: () => t('mch.topup.changed'), stale: ['top-up-settings'] });
  const valid = !parsed.includes(null) && minimum !== null && maximum !== null && threshold !== null;
  const save = async () => { if (valid && await act({ amountsMinor: parsed.map(String), minimumMinor: String(minimum), maximumMinor: String(maximum), balanceThresholdMinor: String(threshold) })) onClose(); };
  const field = (name: keyof typeof bounds, value: bigint | null) => <div><label htmlFor={`top-${name}`}>{t(`mch.topup.${name}`)}</label><Input id={`top-${name}`} inputMode="decimal" suffix={currency} value={bounds[name]} status={value === null ? 'error' : ''} onChange={(event) => setBounds({ ...bounds, [name]: event.target.value })} /></div>;
  return (
    <Modal open title={t('mch.topup.change')} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: !valid }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 12 }}>
        <div><label htmlFor="top-amounts">{t('mch.topup.amounts')}</label><Input id="top-amounts" value={amounts} suffix={currency} status={parsed.includes(null) ? 'error' : ''} onChange={(event) => setAmounts(event.target.value)} /><div className="muted">{t('mch.topup.hint')}</div></div>
        {field('minimum', minimum)}{field('maximum', maximum)}{field('threshold', threshold)}
      </div>
    </Modal>
  );
}

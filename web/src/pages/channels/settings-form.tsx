import { Button, Input, InputNumber, Select } from 'antd';
import type { ReactNode } from 'react';
import type { AccountSettings, CallLimits } from '../../api/channels.ts';
import { useTranslate } from '../../i18n/index.ts';
import { isMs, LIMIT_NAMES, LIMIT_RANGES } from './setting-rows.tsx';

const PUBLIC_KEYS_MAX = 8;
type Props = { settings: AccountSettings; onChange: (settings: AccountSettings) => void };

/** The fields of a merchant account. A key is named by where it is; the key itself is never typed here. */
export function SettingsForm({ settings, onChange }: Props) {
  const t = useTranslate();
  const text = (name: 'merchantId' | 'appId' | 'apiAddress' | 'privateKey', hint?: ReactNode) => (
    <Field id={`set-${name}`} label={t(`mch.field.${name}`)} hint={hint}><Input id={`set-${name}`} className="mono" value={settings[name]} onChange={(event) => onChange({ ...settings, [name]: event.target.value.trim() })} /></Field>
  );
  return (
    <div style={{ display: 'grid', gap: 12 }}>
      {text('merchantId')}{text('appId')}
      {settings.kind === 'wechatpay' && <Field id="set-serial" label={t('mch.field.certificateSerial')}><Input id="set-serial" className="mono" value={settings.certificateSerial} onChange={(event) => onChange({ ...settings, certificateSerial: event.target.value.trim() })} /></Field>}
      {text('privateKey', t('mch.key.hint'))}
      {settings.kind === 'wechatpay' && <Field id="set-v3" label={t('mch.field.apiV3Key')}><Input id="set-v3" className="mono" value={settings.apiV3Key} onChange={(event) => onChange({ ...settings, apiV3Key: event.target.value.trim() })} /></Field>}
      {settings.kind === 'wechatpay' && <Field id="set-verify" label={t('mch.field.verifyWith')}><Select id="set-verify" style={{ width: '100%' }} value={settings.verifyWith} onChange={(verifyWith) => onChange({ ...settings, verifyWith })} options={(['certificates', 'public_key'] as const).map((value) => ({ value, label: t(`mch.field.verifyWith.${value}`) }))} /></Field>}
      <PublicKeys settings={settings} onChange={onChange} />
      {text('apiAddress')}
      <Field id="set-origin" label={t('mch.field.notifyOrigin')}><Input id="set-origin" className="mono" placeholder={t('mch.field.notifyOrigin.own')} value={settings.notifyOrigin ?? ''} onChange={(event) => onChange({ ...settings, notifyOrigin: event.target.value.trim() || null })} /></Field>
      <h3 style={{ marginTop: 8 }}>{t('mch.limits')}</h3><p className="muted">{t('mch.limits.text')}</p>
      <LimitFields limits={settings.limits} onChange={(limits) => onChange({ ...settings, limits })} />
    </div>
  );
}

function Field({ id, label, hint, children }: { id: string; label: string; hint?: ReactNode; children: ReactNode }) {
  return <div><label htmlFor={id}>{label}</label>{children}{hint && <div className="muted">{hint}</div>}</div>;
}

function PublicKeys({ settings, onChange }: Props) {
  const t = useTranslate();
  const input = (index: number, value: string, label: string, change: (text: string) => void) => <Input key={`${label}${index}`} className="mono" aria-label={label} placeholder={label} value={value} onChange={(event) => change(event.target.value.trim())} />;
  const rows: ReactNode[] = settings.kind === 'wechatpay'
    ? settings.publicKeys.map((each, index) => <div key={index} style={{ display: 'flex', gap: 8 }}>{input(index, each.id, t('mch.field.publicKeyId'), (id) => onChange({ ...settings, publicKeys: settings.publicKeys.with(index, { ...each, id }) }))}{input(index, each.key, t('mch.field.publicKeys'), (key) => onChange({ ...settings, publicKeys: settings.publicKeys.with(index, { ...each, key }) }))}</div>)
    : settings.publicKeys.map((each, index) => input(index, each, t('mch.field.publicKeys'), (key) => onChange({ ...settings, publicKeys: settings.publicKeys.with(index, key) })));
  const add = () => onChange(settings.kind === 'wechatpay' ? { ...settings, publicKeys: [...settings.publicKeys, { id: '', key: 'file:' }] } : { ...settings, publicKeys: [...settings.publicKeys, 'file:'] });
  const drop = () => onChange(settings.kind === 'wechatpay' ? { ...settings, publicKeys: settings.publicKeys.slice(0, -1) } : { ...settings, publicKeys: settings.publicKeys.slice(0, -1) });
  return (
    <div style={{ display: 'grid', gap: 8 }}>
      <span>{t('mch.field.publicKeys')}</span>{rows}
      <div style={{ display: 'flex', gap: 8 }}>{rows.length < PUBLIC_KEYS_MAX && <Button size="small" onClick={add}>+ {t('mch.field.publicKeys')}</Button>}{rows.length > 0 && <Button size="small" onClick={drop}>−</Button>}</div>
    </div>
  );
}

function LimitFields({ limits, onChange }: { limits: CallLimits; onChange: (limits: CallLimits) => void }) {
  const t = useTranslate();
  return (
    <div className="limit-grid">
      {LIMIT_NAMES.map((name) => {
        const [least, most] = LIMIT_RANGES[name];
        return <Field key={name} id={`limit-${name}`} label={t(`mch.limit.${name}`)} hint={t('mch.limit.range', { least, most })}><InputNumber id={`limit-${name}`} min={least} max={most} precision={0} style={{ width: '100%' }} suffix={isMs(name) ? t('mch.unit.ms') : undefined} value={limits[name]} onChange={(value) => { if (value !== null) onChange({ ...limits, [name]: value }); }} /></Field>;
      })}
    </div>
  );
}

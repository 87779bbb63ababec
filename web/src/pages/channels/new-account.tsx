import { Input, Modal, Segmented } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { createAccount, type AccountSettings, type CallLimits, type PaymentEnvironment } from '../../api/channels.ts';
import type { ChannelKind } from '../../api/payments.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { SettingsForm } from './settings-form.tsx';

const NAME_LENGTH_MAX = 60;
const LIMITS: CallLimits = { timeoutMs: 8_000, concurrencyMax: 32, waitMsMax: 5_000, callsPerSecondMax: 50, burstMax: 100, breakerFailures: 10, breakerOpenMs: 15_000 };
/** What a new account begins with: the channel's own address, keys in files, moderate limits. */
const FRESH: Readonly<Record<ChannelKind, AccountSettings>> = {
  wechatpay: { kind: 'wechatpay', merchantId: '', appId: '', certificateSerial: '', privateKey: 'file:', apiV3Key: 'file:', verifyWith: 'public_key', publicKeys: [], apiAddress: 'https://api.mch.weixin.qq.com', notifyOrigin: null, limits: LIMITS },
  alipay: { kind: 'alipay', merchantId: '', appId: '', privateKey: 'file:', publicKeys: ['file:'], apiAddress: 'https://openapi.alipay.com/gateway.do', notifyOrigin: null, limits: LIMITS },
};

export function NewAccount({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [environment, setEnvironment] = useState<PaymentEnvironment>('L');
  const [settings, setSettings] = useState<AccountSettings>(FRESH.wechatpay);
  const { act, busy, problem } = useAct({ run: createAccount, done: (made) => { void navigate(`/channels/${made.merchantAccountId}`); return t('mch.created', { name: made.name }); }, stale: ['merchant-accounts'] });
  const create = async () => { if (await act({ name: name.trim(), environment, settings, reason: null })) onClose(); };
  return (
    <Modal open title={t('mch.new')} width={640} onCancel={onClose} onOk={() => void create()} okText={t('action.create')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: name.trim() === '' || settings.merchantId === '' || settings.appId === '' }}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 12 }}>
        <p className="muted">{t('mch.new.text')}</p>
        <Segmented<ChannelKind> aria-label={t('mch.kind')} value={settings.kind} onChange={(kind) => setSettings(FRESH[kind])} options={(['wechatpay', 'alipay'] as const).map((value) => ({ value, label: t(`channel.${value}`) }))} />
        <Segmented<PaymentEnvironment> aria-label={t('mch.environment')} value={environment} onChange={setEnvironment} options={(['L', 'T', 'D'] as const).map((value) => ({ value, label: t(`pay.environment.${value}`) }))} />
        <div><label htmlFor="account-name">{t('mch.name')}</label><Input id="account-name" maxLength={NAME_LENGTH_MAX} value={name} onChange={(event) => setName(event.target.value)} /></div>
        <SettingsForm settings={settings} onChange={setSettings} />
      </div>
    </Modal>
  );
}

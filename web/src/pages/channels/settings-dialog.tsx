import { Alert, Input, Modal } from 'antd';
import { useState } from 'react';
import { changeAccount, type MerchantAccount } from '../../api/channels.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { changedSettings } from './setting-rows.tsx';
import { SettingsForm } from './settings-form.tsx';

const REASON_LENGTH_MAX = 500;

/** The next version of an account's settings, with what it changes told before it counts. */
export function SettingsDialog({ account, onClose }: { account: MerchantAccount; onClose: () => void }) {
  const t = useTranslate();
  const [settings, setSettings] = useState(account.settings);
  const [reason, setReason] = useState('');
  const { act, busy, problem } = useAct({ run: changeAccount, done: (after) => t('mch.changed', { version: after.version }), stale: ['merchant-accounts'] });
  const changes = changedSettings(t, account.settings, settings);
  const save = async () => { if (await act({ merchantAccountId: account.merchantAccountId, version: account.version, settings, enabled: account.enabled, reason: reason.trim() || null })) onClose(); };
  return (
    <Modal open title={`${t('mch.change')} · ${account.name}`} width={640} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy} okButtonProps={{ disabled: changes.length === 0 }}>
      <ActProblem problem={problem} />
      <SettingsForm settings={settings} onChange={setSettings} />
      <div style={{ display: 'grid', gap: 12, marginTop: 16 }}>
        {changes.length > 0 && <Alert type="info" title={t('mch.what')} description={<ul style={{ margin: 0, paddingLeft: 18 }}>{changes.map((text) => <li key={text}>{text}</li>)}</ul>} />}
        <div><label htmlFor="settings-reason">{t('reason.label')}</label><Input id="settings-reason" maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></div>
      </div>
    </Modal>
  );
}

import type { ReactNode } from 'react';
import type { AccountSettings, CallLimits, MerchantAccount } from '../../api/channels.ts';
import { formatCount } from '../../format/number.ts';
import type { Translate } from '../../i18n/index.ts';

export type LimitName = keyof CallLimits;
export const LIMIT_NAMES: readonly LimitName[] = ['timeoutMs', 'concurrencyMax', 'waitMsMax', 'callsPerSecondMax', 'burstMax', 'breakerFailures', 'breakerOpenMs'];
/** The server's ranges: least and most. */
export const LIMIT_RANGES: Readonly<Record<LimitName, readonly [number, number]>> = {
  timeoutMs: [100, 60_000], concurrencyMax: [1, 500], waitMsMax: [0, 60_000], callsPerSecondMax: [1, 1_000], burstMax: [1, 2_000], breakerFailures: [1, 1_000], breakerOpenMs: [50, 600_000],
};
export const isMs = (name: LimitName): boolean => /Ms(Max)?$/.test(name);
export const limitText = (t: Translate, name: LimitName, value: number): string => `${formatCount(value)}${isMs(name) ? ` ${t('mch.unit.ms')}` : ''}`;

const mono = (text: string): ReactNode => <span className="mono">{text}</span>;

/** The settings in force, keys as the references that they are. */
export function settingRows(t: Translate, { settings, notifyAddress }: MerchantAccount): (readonly [ReactNode, ReactNode] | false)[] {
  return [
    [t('mch.field.merchantId'), mono(settings.merchantId)], [t('mch.field.appId'), mono(settings.appId)], settings.kind === 'wechatpay' && [t('mch.field.certificateSerial'), mono(settings.certificateSerial)],
    [t('mch.field.privateKey'), mono(settings.privateKey)], settings.kind === 'wechatpay' && [t('mch.field.apiV3Key'), mono(settings.apiV3Key)],
    settings.kind === 'wechatpay' && [t('mch.field.verifyWith'), t(`mch.field.verifyWith.${settings.verifyWith}`)], publicKeyTexts(settings).length > 0 && [t('mch.field.publicKeys'), <span key="k">{publicKeyTexts(settings).map((text) => <span key={text} className="mono" style={{ display: 'block' }}>{text}</span>)}</span>],
    [t('mch.field.apiAddress'), mono(settings.apiAddress)], [t('mch.field.notifyAddress'), mono(notifyAddress)],
  ];
}

export const publicKeyTexts = (settings: AccountSettings): readonly string[] => settings.kind === 'wechatpay' ? settings.publicKeys.map(({ id, key }) => `${id}: ${key}`) : settings.publicKeys;

/** Which settings differ between two versions, by their names. */
export function changedSettings(t: Translate, before: AccountSettings, after: AccountSettings): readonly string[] {
  const texts: string[] = [];
  const note = (name: string, old: unknown, now: unknown): void => { if (JSON.stringify(old) !== JSON.stringify(now)) texts.push(typeof now === 'object' || typeof old === 'object' ? name : `${name}: ${String(old)} → ${String(now)}`); };
  for (const name of LIMIT_NAMES) note(t(`mch.limit.${name}`), before.limits[name], after.limits[name]);
  note(t('mch.field.merchantId'), before.merchantId, after.merchantId);
  note(t('mch.field.appId'), before.appId, after.appId);
  note(t('mch.field.apiAddress'), before.apiAddress, after.apiAddress);
  note(t('mch.field.notifyOrigin'), before.notifyOrigin ?? t('mch.field.notifyOrigin.own'), after.notifyOrigin ?? t('mch.field.notifyOrigin.own'));
  note(t('mch.field.privateKey'), before.privateKey, after.privateKey);
  note(t('mch.field.publicKeys'), before.publicKeys, after.publicKeys);
  if (before.kind === 'wechatpay' && after.kind === 'wechatpay') {
    note(t('mch.field.certificateSerial'), before.certificateSerial, after.certificateSerial);
    note(t('mch.field.apiV3Key'), before.apiV3Key, after.apiV3Key);
    note(t('mch.field.verifyWith'), t(`mch.field.verifyWith.${before.verifyWith}`), t(`mch.field.verifyWith.${after.verifyWith}`));
  }
  return texts;
}

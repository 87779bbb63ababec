import { isMessageKey, type Translate } from '../../i18n/index.ts';

/** Who acted, in words: a channel, the payer, the system, or a person by name. */
export function actorName(t: Translate, actor: string): string {
  const key = `pay.actor.${actor}`;
  return isMessageKey(key) ? t(key) : actor.replace(/^(clerk|user|api_client):/, '');
}

/** `job`, or `clerk:` and a name. */
export const recoveredBy = (t: Translate, by: string): string => by === 'job' ? t('pay.found.job') : t('pay.found.clerk', { name: by.replace(/^clerk:/, '') });

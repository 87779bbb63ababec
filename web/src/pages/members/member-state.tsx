import type { MemberStatus } from '../../api/members.ts';
import { useTranslate } from '../../i18n/index.ts';
import { State } from '../../ui/state.tsx';

export function MemberState({ status }: { status: MemberStatus }) {
  const t = useTranslate();
  return <State tone={status === 'active' ? 'good' : 'warn'}>{t(`member.${status}`)}</State>;
}

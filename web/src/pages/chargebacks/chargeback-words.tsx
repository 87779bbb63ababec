import type { Chargeback, ChargebackState } from '../../api/chargebacks.ts';
import { useTranslate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<ChargebackState, Tone>> = { open: 'warn', won: 'good', lost: 'bad' };

export function ChargebackWord({ state }: { state: ChargebackState }) {
  const t = useTranslate();
  return <State tone={TONES[state]} title={t(`chargeback.state.${state}.why`)}>{t(`chargeback.state.${state}`)}</State>;
}

/** What the member owes because of it and nobody has given up; nothing once the dispute is won. */
export const owedMinor = ({ state, receivable, writtenOff }: Chargeback): bigint => state === 'won' ? 0n : BigInt(receivable.amountMinor) - BigInt(writtenOff.amountMinor);

import type { BulkFilter, BulkItem, BulkRun } from '../../api/repair.ts';
import { formatMinor } from '../../format/number.ts';
import { translateCode, useTranslate, type Translate } from '../../i18n/index.ts';
import { State, type Tone } from '../../ui/state.tsx';

const STATE_TONES: Readonly<Record<BulkRun['state'], Tone>> = { previewed: 'neutral', running: 'live', paused: 'warn', done: 'good' };
const ITEM_TONES: Readonly<Record<BulkItem['state'], Tone>> = { pending: 'neutral', applied: 'good', awaiting_approval: 'warn', refused: 'bad', skipped: 'warn' };
const PERCENT_WHOLE = 100;

export function BulkStateWord({ state }: { state: BulkRun['state'] }) {
  const t = useTranslate();
  return <State tone={STATE_TONES[state]}>{t(`bulk.state.${state}`)}</State>;
}

/** What became of one bill; of a run that puts back, repaired means put back. */
export const itemWord = (t: Translate, state: BulkItem['state'], isRevert: boolean): string => t(isRevert && state === 'applied' ? 'bulk.item.putBack' : `bulk.item.${state}`);

export function ItemOutcome({ item: { state, code }, isRevert }: { item: BulkItem; isRevert: boolean }) {
  const t = useTranslate();
  return <><State tone={ITEM_TONES[state]}>{itemWord(t, state, isRevert)}</State>{code !== null && <div className="cell-sub">{translateCode(t, 'repair.refused', code)}</div>}</>;
}

export const workedOf = ({ applied, awaitingApproval, refused, skipped }: BulkRun): number => applied + awaitingApproval + refused + skipped;
export const percentOf = (run: BulkRun): number => (run.items === 0 ? 0 : Math.floor((workedOf(run) * PERCENT_WHOLE) / run.items));

/** What the bills of a run have in common, in one line. */
export function filterText(t: Translate, { cause, maker, model, firmware, stationId, confidence, amountMax }: BulkFilter, stations: ReadonlyMap<string, string>): string {
  const parts = [
    cause && translateCode(t, 'flag', cause), stationId && (stations.get(stationId) ?? stationId), maker, model, firmware && `${t('repair.by.firmware')} ${firmware}`,
    confidence && t(`repair.confidence.${confidence}`), amountMax && `≤ ${formatMinor(amountMax.amountMinor, amountMax.currency)} ${amountMax.currency}`,
  ].filter(Boolean);
  return parts.length === 0 ? t('bulk.everything') : parts.join(' · ');
}

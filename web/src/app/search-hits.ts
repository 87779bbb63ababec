import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { loadChargePoints, loadStations } from '../api/locations.ts';
import { loadMembers } from '../api/members.ts';
import { orderOfNumber } from '../api/payments.ts';
import { translateNow } from '../i18n/index.ts';
import { useMay } from './account.tsx';

export type SearchHit = { readonly to: string; readonly kind: string; readonly name: string; readonly note: string };

const DELAY_MS = 200;
const HITS_PER_KIND_MAX = 6;

/** Stations by a name that may be almost right, charge points by a part of their identity, members by name, phone or card. */
export function useSearchHits(text: string): { readonly hits: readonly SearchHit[]; readonly loading: boolean } {
  const [mayPlaces, mayMembers] = [useMay('locations:read'), useMay('members:read')];
  const [wanted, setWanted] = useState('');
  useEffect(() => { const timer = setTimeout(() => setWanted(text), DELAY_MS); return () => clearTimeout(timer); }, [text]);
  const { data, isFetching } = useQuery({ queryKey: ['search', wanted, mayPlaces, mayMembers], enabled: wanted.length >= 1, queryFn: () => search(wanted, { mayPlaces, mayMembers }), placeholderData: (before) => before });
  return { hits: wanted === '' ? [] : data ?? [], loading: isFetching || wanted !== text };
}

async function search(q: string, { mayPlaces, mayMembers }: { mayPlaces: boolean; mayMembers: boolean }): Promise<readonly SearchHit[]> {
  const direct = recordHit(q);
  if (direct) return [direct];
  const [stations, points, members] = await Promise.all([
    mayPlaces ? loadStations(q, undefined).then((page) => page.items) : [], mayPlaces ? loadChargePoints({ q }, undefined).then((page) => page.items) : [],
    mayMembers ? loadMembers({ q }, undefined).then((page) => page.items) : [],
  ]);
  return [
    ...stations.slice(0, HITS_PER_KIND_MAX).map((station) => ({ to: `/stations/${station.stationId}`, kind: translateNow('station.name'), name: station.name, note: station.address ?? '' })),
    ...points.slice(0, HITS_PER_KIND_MAX).map((point) => ({ to: `/charge-points/${point.chargePointId}`, kind: translateNow('point.identity'), name: point.identity, note: point.stationName })),
    ...members.slice(0, HITS_PER_KIND_MAX).map((member) => ({ to: `/members/${member.memberId}`, kind: translateNow('member.one'), name: member.displayName ?? translateNow('member.erased'), note: member.phone ?? '' })),
  ];
}

const PAGES = [['chg', '/sessions/', 'session.one'], ['mem', '/members/', 'member.one'], ['sta', '/stations/', 'station.name'], ['cp', '/charge-points/', 'point.identity'], ['tar', '/tariffs/', 'nav.tariffs'],
  ['pay', '/payment-orders/', 'pay.one'], ['rfa', '/refunds/', 'refund.one'], ['brk', '/reconciliation/breaks/', 'break.one'], ['mch', '/channels/', 'pay.account'], ['sst', '/statements/', 'statement.one'], ['veh', '/vehicles/', 'vehicle.one']] as const;

/** A whole id leads straight to its record. */
function recordHit(q: string): SearchHit | null {
  const ours = orderOfNumber(q);
  if (ours !== null) return { to: `/payment-orders/${ours}`, kind: translateNow('pay.one'), name: q, note: '' };
  const page = PAGES.find(([prefix]) => new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`).test(q));
  return page ? { to: page[1] + q, kind: translateNow(page[2]), name: q, note: '' } : null;
}

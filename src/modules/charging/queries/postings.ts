import { bigIntToUuid, type BillId, type ConnectorId, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, ENERGY_LEDGER, moneyLedger, type AccountKind } from '../../ledger/index.ts';
import { memberAccountId } from '../../wallets/index.ts';
import { POSTING_PURPOSES, type Posting } from '../domain/posting.ts';
import { loadPostings } from '../store/bills.ts';

/** A transfer of a bill with its accounts by what they are of; null for one that this session cannot name. */
export type TracedPosting = Posting & { readonly debitKind: AccountKind | null; readonly creditKind: AccountKind | null };
type Payer = { readonly billId: BillId; readonly memberId: MemberId | null; readonly currency: CurrencyCode };

/** The transfers of all versions of one session's bill, in the order of `POSTING_PURPOSES`. */
export async function tracePostings(tx: Tx, versions: readonly Payer[], connectorId: ConnectorId | null): Promise<Map<BillId, TracedPosting[]>> {
  const kinds = accountKinds(versions, connectorId);
  const rank = (posting: Posting): number => POSTING_PURPOSES.indexOf(posting.purpose);
  return new Map([...await loadPostings(tx, versions.map(({ billId }) => billId))].map(([billId, postings]) => [
    billId, postings.toSorted((a, b) => rank(a) - rank(b)).map((each) => ({ ...each, debitKind: kinds.get(each.debitAccount) ?? null, creditKind: kinds.get(each.creditAccount) ?? null })),
  ]));
}

/** An account's id is made of its kind and whose it is, so the accounts that a session can touch are known without asking the ledger. */
function accountKinds(versions: readonly Payer[], connectorId: ConnectorId | null): Map<string, AccountKind> {
  const kinds = new Map<string, AccountKind>([[bigIntToUuid(accountId('energy_billed', ENERGY_LEDGER, null)), 'energy_billed']]);
  if (connectorId !== null) kinds.set(bigIntToUuid(accountId('connector_energy', ENERGY_LEDGER, connectorId)), 'connector_energy');
  for (const { memberId, currency } of versions) {
    for (const kind of ['revenue_electricity', 'revenue_service', 'revenue_occupancy', 'promotion_expense'] as const) kinds.set(bigIntToUuid(accountId(kind, moneyLedger(currency), null)), kind);
    if (memberId === null) continue;
    for (const kind of ['charging_clearing', 'member_wallet', 'member_receivable'] as const) kinds.set(bigIntToUuid(memberAccountId(kind, memberId, currency)), kind);
  }
  return kinds;
}

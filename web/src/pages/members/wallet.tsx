import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { loadWallet, type Wallet } from '../../api/wallets.ts';
import { formatMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Card, Figure, Figures } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';

export const useWallet = (memberId: string, enabled: boolean): UseQueryResult<Wallet | null> =>
  useQuery({ queryKey: ['wallets', memberId], queryFn: () => loadWallet(memberId), enabled });

export function WalletFigures({ query }: { query: UseQueryResult<Wallet | null> }) {
  const t = useTranslate();
  const wallet = query.data;
  if (query.error) return <Card><ProblemView error={query.error} onRetry={() => void query.refetch()} /></Card>;
  if (wallet === null) return <Card><span className="muted">{t('wallet.none')}</span></Card>;
  if (!wallet) return null;
  const figure = (label: string, money: Wallet['balance']) => <Figure label={label} value={formatMinor(money.amountMinor, money.currency)} unit={money.currency} />;
  return <Figures>{figure(t('wallet.balance'), wallet.balance)}{figure(t('wallet.available'), wallet.available)}{figure(t('wallet.held'), wallet.held)}{figure(t('wallet.receivable'), wallet.receivable)}</Figures>;
}

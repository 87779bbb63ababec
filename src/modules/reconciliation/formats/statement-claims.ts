/** What a statement says of itself before its lines: whose it is, and of which day. A person may pick the wrong file; a channel does not. */
import type { StatementFormat } from '../store/statements.ts';

/** The first lines hold it; the longest preamble has some hundred bytes. */
export const HEAD_BYTES = 65_536;
/** null where the statement does not say. */
export type StatementClaims = { readonly merchant: string | null; readonly day: string | null };

export function claimsOf(format: StatementFormat, head: Buffer): StatementClaims {
  return format === 'alipay_trade' || format === 'alipay_fund_flow' ? alipayClaims(new TextDecoder('gbk').decode(head)) : wechatpayClaims(head.toString('utf8'));
}

/** `#账号：[20881234567890120156]`, `#起始日期：[2026年11月20日 00:00:00]`. */
function alipayClaims(text: string): StatementClaims {
  const day = /起始日期[：:]\[(\d{4})年(\d{2})月(\d{2})日/.exec(text);
  return { merchant: /#账号[：:]\[(\d+)\]/.exec(text)?.[1] ?? null, day: day === null ? null : `${day[1]}-${day[2]}-${day[3]}` };
}

/** By its first detail line. The day of a trade bill is seen from all its lines: a single one may have begun before midnight. */
function wechatpayClaims(text: string): StatementClaims {
  const [header = '', first = ''] = text.replace(/^\ufeff/, '').split(/\r?\n/, 2);
  if (!first.startsWith('`')) return { merchant: null, day: null };
  const names = header.split(',').map((name) => name.replace(/^`/, '').trim()), fields = first.slice(1).split(',`');
  const field = (name: string): string | null => fields[names.indexOf(name)]?.trim() || null;
  return { merchant: field('商户号'), day: /^\d{4}-\d{2}-\d{2}/.exec(field('记账时间') ?? '')?.[0] ?? null };
}

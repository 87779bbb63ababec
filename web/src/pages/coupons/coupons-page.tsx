import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { loadRules, type CouponRule } from '../../api/coupons.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { useNow } from '../../ui/now.ts';
import { Page } from '../../ui/page.tsx';
import { moneyText } from '../../ui/payment-words.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { issueText, packText, RuleState, validityText, worthText } from './coupon-words.tsx';
import { RuleDrawer } from './rule-drawer.tsx';
import { RuleEditor } from './rule-editor.tsx';

/** What is given away, to whom, how much of it is left, and what it is good for. */
export function Component() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const mayWrite = useMayEverywhere('coupons:write');
  const now = useNow(60_000);
  const [making, setMaking] = useState(false);
  const [openId, setOpenId] = useState<string | null>(null);
  const list = useKeyset<CouponRule>(['coupons', 'rules'], loadRules);
  const opened = list.rows.find(({ ruleId }) => ruleId === openId) ?? null;
  const columns = useMemo<readonly Column<CouponRule>[]>(() => [
    { key: 'name', title: t('coupon.name'), render: (rule) => <button type="button" className="link cell-main" onClick={() => setOpenId(rule.ruleId)}>{rule.name}</button>, text: (rule) => rule.name },
    { key: 'state', title: t('pay.state'), under: true, render: (rule) => <RuleState rule={rule} now={now} />, text: (rule) => t(rule.isOn ? 'coupon.rule.on' : 'coupon.rule.off') },
    { key: 'worth', title: t('coupon.worth'), under: true, render: (rule) => <Worth rule={rule} />, text: (rule) => worthText(t, rule) },
    { key: 'issue', title: t('coupon.issue'), wideOnly: true, render: (rule) => issueText(t, rule), text: (rule) => issueText(t, rule) },
    { key: 'packs', title: t('coupon.packs'), numeric: true, render: (rule) => <Packs rule={rule} />, text: (rule) => String(rule.giftsIssued) },
    { key: 'validity', title: t('coupon.validity'), wideOnly: true, optional: true, render: (rule) => validityText(t, rule, timeZone), text: (rule) => validityText(t, rule, timeZone) },
    { key: 'sale', title: t('coupon.sale'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (rule) => <span className="tab">{formatDate(rule.onSaleFrom, timeZone)}{rule.onSaleTo ? ` – ${formatDate(rule.onSaleTo, timeZone)}` : ''}</span>, text: (rule) => formatDate(rule.onSaleFrom, timeZone) },
    { key: 'stations', title: t('coupon.where'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (rule) => rule.stationIds.length === 0 ? t('coupon.everywhere') : t('coupon.stations', { count: rule.stationIds.length }), text: (rule) => String(rule.stationIds.length) },
  ], [t, timeZone, now]);
  const given = list.rows.reduce((sum, { giftsIssued }) => sum + giftsIssued, 0);
  const make = mayWrite && <Button type="primary" onClick={() => setMaking(true)}>{t('coupon.new')}</Button>;
  return (
    <Page title={t('coupon.title')} sub={t('coupon.sub')} actions={make}>
      <ListCard name="coupon-rules" label={t('coupon.title')} list={list} columns={columns} rowKey={(rule) => rule.ruleId} onRow={(rule) => setOpenId(rule.ruleId)} loadPage={loadRules}
        sums={<><span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('coupon.count')}</span><span><b>{formatCount(given)}</b>{t('coupon.packs.given')}</span></>}
        empty={<Empty title={t('coupon.empty')} hint={t('coupon.empty.hint')} action={mayWrite ? <Button onClick={() => setMaking(true)}>{t('coupon.new')}</Button> : undefined} />} />
      {making && <RuleEditor rule={null} onClose={() => setMaking(false)} />}
      {opened && <RuleDrawer rule={opened} onClose={() => setOpenId(null)} />}
    </Page>
  );
}

/** Of how many, where there is a number of them. */
const Packs = ({ rule: { giftsIssued, giftsMax } }: { rule: CouponRule }) => <>{formatCount(giftsIssued)}{giftsMax !== null && <span className="muted"> / {formatCount(giftsMax)}</span>}</>;

function Worth({ rule }: { rule: CouponRule }) {
  const t = useTranslate();
  return <><div className="tab">{packText(rule)}</div>{BigInt(rule.threshold.amountMinor) > 0n && <div className="cell-sub">{t('coupon.from', { amount: moneyText(rule.threshold) })}</div>}</>;
}

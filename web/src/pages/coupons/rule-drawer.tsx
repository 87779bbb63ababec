import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { changeRule, termsOf, type CouponRule } from '../../api/coupons.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { useNow } from '../../ui/now.ts';
import { Facts } from '../../ui/page.tsx';
import { issueText, RuleState, validityText, worthText } from './coupon-words.tsx';
import { GiveDialog } from './give-dialog.tsx';
import { RuleEditor } from './rule-editor.tsx';
import { useStationNames } from './station-choice.ts';

/** One rule: what it says, and what may be done with it. */
export function RuleDrawer({ rule, onClose }: { rule: CouponRule; onClose: () => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const now = useNow(60_000);
  const [mayWrite, mayGive] = [useMayEverywhere('coupons:write'), useMayEverywhere('coupons:give')];
  const [dialog, setDialog] = useState<'give' | 'edit' | 'switch' | null>(null);
  const stations = useStationNames(rule.stationIds.length > 0);
  return (
    <Drawer open title={rule.name} onClose={onClose} size={460} extra={mayGive && rule.issueCondition === 'by_hand' && <Button type="primary" disabled={!rule.isOn || (rule.giftsMax !== null && rule.giftsIssued >= rule.giftsMax)} onClick={() => setDialog('give')}>{t('coupon.give')}</Button>}
      footer={mayWrite && <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}><Button onClick={() => setDialog('edit')}>{t('coupon.edit')}</Button><Button danger={rule.isOn} onClick={() => setDialog('switch')}>{t(rule.isOn ? 'coupon.turnOff' : 'coupon.turnOn')}</Button></div>}>
      <p style={{ marginBottom: 16 }}><RuleState rule={rule} now={now} /></p>
      <Facts rows={[
        [t('coupon.worth'), worthText(t, rule)], [t('coupon.issue'), issueText(t, rule)], [t('coupon.packs'), `${formatCount(rule.giftsIssued)} / ${rule.giftsMax === null ? t('coupon.packs.any') : formatCount(rule.giftsMax)}`],
        [t('coupon.sale'), `${formatDate(rule.onSaleFrom, timeZone)} – ${rule.onSaleTo === null ? t('coupon.openEnd') : formatDate(rule.onSaleTo, timeZone)}`], [t('coupon.validity'), validityText(t, rule, timeZone)],
        [t('coupon.where'), rule.stationIds.length === 0 ? t('coupon.everywhere') : rule.stationIds.map((id) => stations.get(id) ?? id).join(', ')], [t('coupon.useMax'), t('coupon.useMax.text', { count: rule.useMax })],
        rule.remark !== null && [t('coupon.remark'), rule.remark], [t('coupon.version'), `${rule.version} · ${formatDate(rule.recordedAt, timeZone)}`],
      ]} />
      {dialog === 'give' && <GiveDialog rule={rule} onClose={() => setDialog(null)} />}
      {dialog === 'edit' && <RuleEditor rule={rule} onClose={() => setDialog(null)} />}
      {dialog === 'switch' && <SwitchDialog rule={rule} onClose={() => setDialog(null)} />}
    </Drawer>
  );
}

function SwitchDialog({ rule, onClose }: { rule: CouponRule; onClose: () => void }) {
  const t = useTranslate();
  const { act, busy, problem } = useAct({ run: changeRule, done: ({ isOn }) => t(isOn ? 'coupon.on.done' : 'coupon.off.done', { name: rule.name }), stale: ['coupons'] });
  const turn = () => void act({ ...termsOf(rule), ruleId: rule.ruleId, version: rule.version, isOn: !rule.isOn }).then((done) => { if (done) onClose(); });
  return <ConfirmDialog title={t(rule.isOn ? 'coupon.turnOff' : 'coupon.turnOn')} confirm={t(rule.isOn ? 'coupon.turnOff' : 'coupon.turnOn')} danger={rule.isOn} busy={busy} onClose={onClose} onConfirm={turn}><ActProblem problem={problem} />{t(rule.isOn ? 'coupon.turnOff.text' : 'coupon.turnOn.text', { name: rule.name })}</ConfirmDialog>;
}

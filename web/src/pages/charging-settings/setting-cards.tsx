import { Input, InputNumber, Radio, Switch } from 'antd';
import { useTranslate } from '../../i18n/index.ts';
import { Card } from '../../ui/page.tsx';
import { SettingRow } from '../../ui/setting-row.tsx';
import { AMOUNTS, settingTexts, type Draft, type wrongIn } from './settings.ts';

const SILENCE_MINUTES_MAX = 10_080, CONNECTOR_KW_MAX = 10_000, SESSIONS_MAX = 1_000, SESSIONS_USUAL = 2;
type Props = { draft: Draft; inForce: Draft; wrong: ReturnType<typeof wrongIn>; currency: string; editable: boolean; onChange: (change: Partial<Draft>) => void };

/** Every setting with what it decides; what differs from the one in force says so. */
export function SettingCards(props: Props) {
  const t = useTranslate();
  return (
    <>
      <Card title={t('chset.group.money')} flush>{AMOUNTS.map((name) => <Amount key={name} name={name} {...props} />)}</Card>
      <Card title={t('chset.group.bills')} flush><BillsInDoubt {...props} /></Card>
      <Card title={t('chset.group.limits')} flush><Limits {...props} /></Card>
    </>
  );
}

function useWas({ draft, inForce, currency }: Props, name: keyof Draft): string | null {
  const t = useTranslate();
  const was = settingTexts(t, inForce, currency)[name];
  return was === settingTexts(t, draft, currency)[name] ? null : was;
}

function Amount({ name, ...props }: Props & { name: (typeof AMOUNTS)[number] }) {
  const t = useTranslate();
  const was = useWas(props, name);
  const { draft, wrong, currency, editable, onChange } = props;
  const problem = wrong[name];
  return (
    <SettingRow label={t(`chset.${name}`)} why={t(`chset.${name}.why`)} htmlFor={editable ? `setting-${name}` : undefined} was={was} error={problem ? t(`chset.wrong.${problem}`) : null}>
      {editable ? <Input id={`setting-${name}`} inputMode="decimal" suffix={currency} status={problem ? 'error' : ''} value={draft[name]} onChange={(event) => onChange({ [name]: event.target.value })} /> : <b className="tab">{settingTexts(t, draft, currency)[name]}</b>}
    </SettingRow>
  );
}

function BillsInDoubt(props: Props) {
  const t = useTranslate();
  const was = useWas(props, 'abnormalBills');
  const { draft, currency, editable, onChange } = props;
  return (
    <SettingRow label={t('chset.abnormalBills')} why={t('chset.abnormalBills.why')} was={was} below={<ul className="cause-list"><li><b>{t('chset.bills.hold')}</b>: {t('chset.bills.hold.why')}</li><li><b>{t('chset.bills.settle_first')}</b>: {t('chset.bills.settle_first.why')}</li></ul>}>
      {editable ? <Radio.Group aria-label={t('chset.abnormalBills')} value={draft.abnormalBills} onChange={(event) => onChange({ abnormalBills: event.target.value as Draft['abnormalBills'] })} style={{ display: 'grid', gap: 8 }} options={(['hold', 'settle_first'] as const).map((value) => ({ value, label: t(`chset.bills.${value}`) }))} />
        : <b>{settingTexts(t, draft, currency).abnormalBills}</b>}
    </SettingRow>
  );
}

function Limits(props: Props) {
  const t = useTranslate();
  const [silence, power, sessions] = [useWas(props, 'silenceMinutes'), useWas(props, 'connectorKw'), useWas(props, 'sessionsMax')];
  const { draft, currency, editable, onChange } = props;
  const texts = settingTexts(t, draft, currency);
  const id = (name: keyof Draft): string | undefined => (editable ? `setting-${name}` : undefined);
  return (
    <>
      <SettingRow label={t('chset.silenceMinutes')} why={t('chset.silenceMinutes.why')} htmlFor={id('silenceMinutes')} was={silence} note={t('rules.limits.plain', { min: '1', max: SILENCE_MINUTES_MAX.toLocaleString('en'), unit: t('rules.unit.min') })}>
        {editable ? <InputNumber id="setting-silenceMinutes" min={1} max={SILENCE_MINUTES_MAX} precision={0} suffix={t('rules.unit.min')} style={{ width: '100%' }} value={draft.silenceMinutes} onChange={(minutes) => { if (minutes !== null) onChange({ silenceMinutes: minutes }); }} /> : <b className="tab">{texts.silenceMinutes}</b>}
      </SettingRow>
      <SettingRow label={t('chset.connectorKw')} why={t('chset.connectorKw.why')} htmlFor={id('connectorKw')} was={power}>
        {editable ? <InputNumber id="setting-connectorKw" min={0.1} max={CONNECTOR_KW_MAX} precision={1} suffix="kW" style={{ width: '100%' }} value={draft.connectorKw} onChange={(kw) => { if (kw !== null) onChange({ connectorKw: kw }); }} /> : <b className="tab">{texts.connectorKw}</b>}
      </SettingRow>
      <SettingRow label={t('chset.sessionsMax')} why={t('chset.sessionsMax.why')} htmlFor={draft.sessionsMax === null ? undefined : id('sessionsMax')} was={sessions}>
        {editable ? <>
          <span className="states"><Switch aria-label={t('chset.sessions.limit')} checked={draft.sessionsMax !== null} onChange={(on) => onChange({ sessionsMax: on ? props.inForce.sessionsMax ?? SESSIONS_USUAL : null })} /><span>{t(draft.sessionsMax === null ? 'chset.sessions.any' : 'chset.sessions.limit')}</span></span>
          {draft.sessionsMax !== null && <InputNumber id="setting-sessionsMax" min={1} max={SESSIONS_MAX} precision={0} style={{ width: '100%' }} value={draft.sessionsMax} onChange={(count) => { if (count !== null) onChange({ sessionsMax: count }); }} />}
        </> : <b>{texts.sessionsMax}</b>}
      </SettingRow>
    </>
  );
}

import { DatePicker, Modal, Progress, Segmented } from 'antd';
import dayjs from 'dayjs';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { loadPacks, packAddress, requestPack, type EvidencePack, type MakeName } from '../../api/makes.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences, type Language } from '../../app/preferences.ts';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State, type Tone } from '../../ui/state.tsx';
import { nameOf } from './words.tsx';

const REFRESH_MS = 2_000, DAYS = 90;
const TONES: Readonly<Record<EvidencePack['state'], Tone>> = { waiting: 'neutral', running: 'live', done: 'good', failed: 'bad' };

/** Packs that were asked for, with how far they are; a finished one is downloaded from here. */
export function Packs() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const mayExport = useMayEverywhere('makes:export');
  const list = useKeyset<EvidencePack>(['evidence-packs'], loadPacks, REFRESH_MS);
  const columns = useMemo<readonly Column<EvidencePack>[]>(() => [
    { key: 'of', title: t('maker.pack.of'), render: (row) => <span className="cell-main">{nameOf(t, row)}</span> },
    { key: 'period', title: t('maker.pack.period'), wideOnly: true, render: (row) => <span className="tab">{row.from} – {row.to}</span> },
    { key: 'state', title: t('pay.state'), under: true, render: (row) => <PackProgress pack={row} /> },
    { key: 'hash', title: 'SHA-256', wideOnly: true, render: (row) => row.archiveSha256 ? <code className="mono" title={row.archiveSha256}>{row.archiveSha256.slice(0, 12)}…</code> : <span className="muted">–</span> },
    { key: 'at', title: t('maker.pack.at'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.requestedAt, timeZone)}</span> },
    { key: 'by', title: t('maker.pack.by'), wideOnly: true, render: (row) => row.requestedBy },
    { key: 'files', title: t('export.download'), render: (row) => row.state === 'done' && mayExport ? <Downloads pack={row} /> : <span className="muted">–</span> },
  ], [t, timeZone, mayExport]);
  return <Card flush>{list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <DataTable label={t('maker.tab.packs')} columns={columns} rows={list.rows} rowKey={(row) => row.packId} loading={list.loading} more={list.more} empty={<Empty title={t('maker.pack.none')} hint={t('maker.pack.none.hint')} />} />}</Card>;
}

function Downloads({ pack: { packId } }: { pack: EvidencePack }) {
  const t = useTranslate();
  return <span style={{ display: 'flex', flexWrap: 'wrap', gap: 10 }}><a href={packAddress(packId, 'document')} download>{t('maker.pack.document')}</a><a href={packAddress(packId, 'archive')} download>{t('maker.pack.archive')}</a></span>;
}

function PackProgress({ pack }: { pack: EvidencePack }) {
  const t = useTranslate();
  const word = <State tone={TONES[pack.state]}>{t(`maker.pack.state.${pack.state}`)}</State>;
  // The server's own words are for whoever reads its log; there is one way to fail.
  if (pack.state === 'failed') return <>{word} <span className="muted" title={pack.failure ?? undefined}>{t('maker.pack.gaveUp')}</span></>;
  if (pack.state !== 'running') return <>{word}{pack.state === 'done' && <span className="muted"> {t('maker.pack.frames', { count: formatCount(pack.frames) })}</span>}</>;
  const percent = pack.itemsTotal ? Math.min(100, Math.floor((pack.itemsDone / pack.itemsTotal) * 100)) : 0;
  return <span style={{ display: 'flex', gap: 8 }}>{word}<Progress percent={percent} size="small" style={{ width: 90, margin: 0 }} aria-label={t('maker.pack.progress', { name: nameOf(t, pack) })} /></span>;
}

/** Asks for a pack of a make and some days; a job makes it. */
export function PackDialog({ make, onClose }: { make: MakeName; onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { language: own } = usePreferences();
  const [from, setFrom] = useState(dayjs().subtract(DAYS, 'day').format('YYYY-MM-DD'));
  const [to, setTo] = useState(dayjs().format('YYYY-MM-DD'));
  const [language, setLanguage] = useState<Language>(own);
  const { act, busy, problem } = useAct({ run: requestPack, done: () => t('maker.pack.asked'), stale: ['evidence-packs'] });
  const ask = () => void act({ maker: make.maker, model: make.model, firmware: make.firmware, from, to, language }).then((done) => { if (done) { onClose(); void navigate('/makers?tab=packs'); } });
  return (
    <Modal open title={t('maker.pack.make')} onCancel={onClose} onOk={ask} okText={t('maker.pack.ask')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 14 }}>
        <p><b>{nameOf(t, make)}</b></p>
        <p className="muted">{t('maker.pack.text')}</p>
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: 14 }}>
          <div><label htmlFor="pack-from">{t('maker.pack.from')}</label><DatePicker id="pack-from" allowClear={false} value={dayjs(from)} style={{ width: '100%' }} onChange={(day) => { if (day) setFrom(day.format('YYYY-MM-DD')); }} /></div>
          <div><label htmlFor="pack-to">{t('maker.pack.to')}</label><DatePicker id="pack-to" allowClear={false} value={dayjs(to)} style={{ width: '100%' }} onChange={(day) => { if (day) setTo(day.format('YYYY-MM-DD')); }} /></div>
        </div>
        <Segmented<Language> aria-label={t('maker.pack.language')} value={language} onChange={setLanguage} options={(['zh', 'en'] as const).map((value) => ({ value, label: value === 'zh' ? '中文' : 'English' }))} />
      </div>
    </Modal>
  );
}

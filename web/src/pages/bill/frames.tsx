import { Button, Drawer } from 'antd';
import { useState, type ReactNode } from 'react';
import type { OcppFrame } from '../../api/gateway.ts';
import { useTranslate } from '../../i18n/index.ts';
import { formatDateTime } from '../../format/time.ts';
import { DataTable, type Column, type More } from '../../ui/data-table.tsx';
import { CopyButton } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

type Props = { frames: readonly OcppFrame[]; timeZone: string; loading: boolean; empty: ReactNode; more?: More };

/** Every frame, raw: what was really said is the last word. */
export function Frames({ frames, timeZone, loading, empty, more }: Props) {
  const t = useTranslate();
  const [open, setOpen] = useState<OcppFrame | null>(null);
  const columns: readonly Column<OcppFrame>[] = [
    { key: 'at', title: t('frame.recordedAt'), render: (frame) => <span className="tab">{formatDateTime(frame.receivedAt, timeZone, true)}</span> },
    { key: 'direction', title: t('frame.direction'), wideOnly: true, render: (frame) => t(`frame.${frame.direction}`) },
    { key: 'action', title: t('frame.action'), render: (frame) => <><span className="cell-main">{frame.action ?? t('frame.answer')}</span>{frame.violation && <> <State tone="warn" title={frame.violation}>{t('frame.violation')}</State></>}{frame.unprocessable && <> <State tone="bad" title={frame.unprocessable}>{t('frame.unprocessable')}</State></>}</> },
    { key: 'raw', title: t('frame.raw'), wideOnly: true, render: (frame) => <span className="mono muted" style={{ display: 'inline-block', maxWidth: 'clamp(120px, 24vw, 720px)', overflow: 'hidden', textOverflow: 'ellipsis', verticalAlign: 'bottom' }}>{frame.payload}</span> },
    { key: 'open', title: '', render: (frame) => <Button size="small" onClick={() => setOpen(frame)} aria-label={`${t('action.show')} ${frame.action ?? ''}`}>{t('action.show')}</Button> },
  ];
  return (
    <>
      <DataTable label={t('frame.title')} columns={columns} rows={frames} rowKey={(frame) => frame.sequence} loading={loading} empty={empty} {...(more ? { more } : {})} onRow={setOpen} />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size={600} title={open?.action ?? t('frame.answer')} extra={open && <CopyButton text={open.payload} label={t('action.copy')} />}>
        {open && <div style={{ display: 'grid', gap: 12 }}>
          <div className="muted">{formatDateTime(open.receivedAt, timeZone, true)} · {t(`frame.${open.direction}`)} · {open.protocol} · {open.messageId}</div>
          {open.violation && <div><State tone="warn">{t('frame.violation')}</State> {open.violation}</div>}
          {open.unprocessable && <div><State tone="bad">{t('frame.unprocessable')}</State> {open.unprocessable}</div>}
          <pre className="raw" tabIndex={0}>{pretty(open.payload)}</pre>
          {open.reply && <><div className="muted">{t('frame.reply')}</div><pre className="raw" tabIndex={0}>{pretty(open.reply)}</pre></>}
        </div>}
      </Drawer>
    </>
  );
}

function pretty(raw: string): string {
  try { return JSON.stringify(JSON.parse(raw), null, 2); } catch { return raw; } // A frame that is no JSON is shown as it came.
}

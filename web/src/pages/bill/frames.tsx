import { Button, Drawer } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslate } from '../../i18n/index.ts';
import { formatDateTime } from '../../format/time.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { CopyButton } from '../../ui/problem-view.tsx';

/** One message as it came over the wire. */
export type RawFrame = { readonly frameId: string; readonly recordedAt: string; readonly direction: 'in' | 'out'; readonly action: string; readonly messageId: string; readonly protocol: string; readonly raw: string };

/** Every frame, raw: what was really said is the last word. */
export function Frames({ frames, timeZone, loading, empty, more }: { frames: readonly RawFrame[]; timeZone: string; loading: boolean; empty: ReactNode; more?: { hasMore: boolean; loading: boolean; load: () => void } }) {
  const t = useTranslate();
  const [open, setOpen] = useState<RawFrame | null>(null);
  const columns: readonly Column<RawFrame>[] = [
    { key: 'at', title: t('frame.recordedAt'), render: (frame) => <span className="mono">{formatDateTime(frame.recordedAt, timeZone, true)}</span> },
    { key: 'direction', title: t('frame.direction'), wideOnly: true, render: (frame) => t(`frame.${frame.direction}`) },
    { key: 'action', title: t('frame.action'), render: (frame) => <span className="cell-main">{frame.action}</span> },
    { key: 'protocol', title: t('frame.protocol'), wideOnly: true, render: (frame) => frame.protocol },
    { key: 'raw', title: t('frame.raw'), wideOnly: true, render: (frame) => <span className="mono muted" style={{ display: 'inline-block', maxWidth: 420, overflow: 'hidden', textOverflow: 'ellipsis', verticalAlign: 'bottom' }}>{frame.raw}</span> },
    { key: 'open', title: '', render: (frame) => <Button size="small" onClick={() => setOpen(frame)} aria-label={`${t('action.show')} ${frame.action}`}>{t('action.show')}</Button> },
  ];
  return (
    <>
      <DataTable label={t('frame.title')} columns={columns} rows={frames} rowKey={(frame) => frame.frameId} loading={loading} empty={empty} {...(more ? { more } : {})} onRow={setOpen} />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size={560} title={open?.action} extra={open && <CopyButton text={open.raw} label={t('action.copy')} />}>
        {open && <div style={{ display: 'grid', gap: 12 }}>
          <div className="muted">{formatDateTime(open.recordedAt, timeZone, true)} · {t(`frame.${open.direction}`)} · {open.protocol} · {open.messageId}</div>
          <pre className="raw">{pretty(open.raw)}</pre>
        </div>}
      </Drawer>
    </>
  );
}

function pretty(raw: string): string {
  try { return JSON.stringify(JSON.parse(raw), null, 2); } catch { return raw; } // A frame that is no JSON is shown as it came.
}

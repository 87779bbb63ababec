import { Input, Modal, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { useTranslate } from '../i18n/index.ts';
import { NAVIGATION } from './navigation.ts';
import { useSearchHits, type SearchHit } from './search-hits.ts';

/** One field for pages and records; the arrow keys choose, Enter opens. */
export function SearchPalette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useTranslate();
  return (
    <Modal open={open} onCancel={onClose} footer={null} closable={false} width={620} title={null} destroyOnHidden styles={{ container: { padding: 0 } }} aria-label={t('search.title')}>
      <SearchBody onClose={onClose} />
    </Modal>
  );
}

function SearchBody({ onClose }: { onClose: () => void }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const field = useRef<InputRef>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => { const timer = setTimeout(() => field.current?.focus(), 60); return () => clearTimeout(timer); }, []);
  const wanted = text.trim().toLowerCase();
  const pages: SearchHit[] = NAVIGATION.filter((item) => wanted === '' || t(item.label).toLowerCase().includes(wanted))
    .map((item) => ({ to: item.to, kind: t('search.pages'), name: t(item.label), note: `g ${item.chord}` }));
  const { hits, loading } = useSearchHits(text.trim());
  const all = [...hits, ...pages];
  const open = (hit: SearchHit | undefined) => { if (hit) { onClose(); void navigate(hit.to); } };
  return (
    <div>
      <Input ref={field} size="large" variant="borderless" value={text} placeholder={t('search.placeholder')} aria-label={t('search.title')} style={{ padding: '16px 20px' }}
        onChange={(event) => { setText(event.target.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt((now) => Math.min(all.length - 1, now + 1));
          else if (event.key === 'ArrowUp') setAt((now) => Math.max(0, now - 1));
          else if (event.key === 'Enter') open(all[at]);
          else return;
          event.preventDefault();
        }} />
      <div role="listbox" aria-label={t('search.title')} style={{ borderTop: '1px solid var(--k-border)', maxHeight: '50vh', overflowY: 'auto', padding: 8 }}>
        {all.map((hit, index) => (
          <div key={`${hit.kind}${hit.to}`} role="option" aria-selected={index === at} onMouseEnter={() => setAt(index)} onClick={() => open(hit)}
            style={{ display: 'flex', gap: 12, padding: '8px 12px', borderRadius: 8, cursor: 'pointer', background: index === at ? 'var(--k-accent-soft)' : undefined }}>
            <span className="muted" style={{ width: 108, flex: 'none' }}>{hit.kind}</span>
            <span className="cell-main" style={{ flex: 1, minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>{hit.name}</span>
            <span className="muted">{hit.note}</span>
          </div>
        ))}
        {all.length === 0 && !loading && <div className="empty" style={{ padding: 24 }}>{t('search.nothing', { text })}</div>}
      </div>
      <div className="muted" style={{ padding: '8px 20px', borderTop: '1px solid var(--k-border)', fontSize: 12.5 }}>{t('search.hint')}</div>
    </div>
  );
}

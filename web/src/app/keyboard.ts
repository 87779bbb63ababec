import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { useNavigation } from './navigation.ts';

const CHORD_MS_MAX = 1_200; // After `g` the second key is waited for this long.

/** True while the keys belong to a field or a dialog and not to the page. */
export function typing(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return true;
  return target !== null && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable || target.closest('[role=listbox],[role=menu]') !== null);
}

type Shortcuts = { readonly search: () => void; readonly help: () => void };

/** `/` searches, `g` and a letter goes to a page, `?` shows the keys. */
export function useShortcuts({ search, help }: Shortcuts): void {
  const navigate = useNavigate();
  const navigation = useNavigation();
  const chordUntil = useRef(0);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (typing(event) || event.metaKey || event.ctrlKey || event.altKey) return;
      const inChord = event.timeStamp < chordUntil.current;
      chordUntil.current = 0;
      const target = inChord ? navigation.find((item) => item.chord === event.key) : undefined;
      if (target) void navigate(target.to);
      else if (event.key === 'g') chordUntil.current = event.timeStamp + CHORD_MS_MAX;
      else if (event.key === '/') search();
      else if (event.key === '?') help();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [navigate, navigation, search, help]);
}

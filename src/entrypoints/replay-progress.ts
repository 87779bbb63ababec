/** A line that redraws itself on a terminal, and a line now and then where there is none. */
export type ProgressBar = { update(done: number): void; end(): void };
type Screen = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

const REDRAW_EVERY_MS = 100, TELL_EVERY_MS = 10_000, BAR_WIDTH = 30;

export function progressBar(what: string, total: number, screen: Screen = process.stderr): ProgressBar {
  const startedAt = performance.now();
  const every = screen.isTTY === true ? REDRAW_EVERY_MS : TELL_EVERY_MS;
  let drawnAt = startedAt, last = 0;
  const draw = (ending: string): void => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const rate = last / Math.max(0.001, seconds);
    const filled = total === 0 ? BAR_WIDTH : Math.round((BAR_WIDTH * last) / total);
    const left = rate > 0 && last < total ? `, ${Math.ceil((total - last) / rate)} s left` : '';
    const line = `${what} [${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${last}/${total}, ${Math.round(rate)}/s${left}`;
    screen.write(screen.isTTY === true ? `\r\u001b[K${line}${ending}` : `${line}\n`);
  };
  return {
    update: (done) => {
      last = done;
      if (performance.now() - drawnAt < every) return;
      drawnAt = performance.now();
      draw('');
    },
    end: () => draw('\n'),
  };
}

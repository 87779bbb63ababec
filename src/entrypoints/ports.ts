import { createServer } from 'node:net';
import { StartFault } from './open-system.ts';

const PORTS_TRIED_MAX = 50;

/**
 * A port to listen on. A port that was asked for by name and is busy is an error that offers another; the default one is simply replaced by the
 * next free one, because nobody has been told the default yet.
 */
export async function choosePort(wanted: { readonly host: string; readonly port: number; readonly asked: boolean; readonly option: string }): Promise<{ readonly port: number; readonly replaced: boolean }> {
  if (wanted.port === 0 || await isFree(wanted.host, wanted.port)) return { port: wanted.port, replaced: false };
  for (let port = wanted.port + 1; port <= Math.min(wanted.port + PORTS_TRIED_MAX, 65_535); port++) {
    if (!(await isFree(wanted.host, port))) continue;
    if (wanted.asked) throw new StartFault(`port ${wanted.port} of ${wanted.host} is in use by another program; ${port} is free: kirchhoff start ${wanted.option} ${port}`);
    return { port, replaced: true };
  }
  throw new StartFault(`port ${wanted.port} of ${wanted.host} and the ${PORTS_TRIED_MAX} after it are in use; choose one with ${wanted.option}`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else if (error.code === 'EACCES') reject(new StartFault(`port ${port} needs more rights than this user has; choose one above 1023`, { cause: error }));
      else reject(new StartFault(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error }));
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

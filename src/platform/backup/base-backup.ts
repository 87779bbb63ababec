import type { Writable } from 'node:stream';
import pg from 'pg';
import { assert } from '../../kernel/index.ts';

export type BaseBackup = { readonly systemIdentifier: string; readonly startLsn: string; readonly endLsn: string; readonly manifest: Buffer; readonly bytes: number };

/**
 * Takes a consistent copy of a running server over the replication protocol, as `pg_basebackup` does, which npm's PostgreSQL comes without:
 * the data files as one tar stream into `sink`, with the log that was written meanwhile. Writers go on. Needs a role with REPLICATION.
 * @throws when the server uses tablespaces of its own, or the stream breaks; `sink` is then useless.
 */
export async function receiveBaseBackup(url: string, sink: Writable, progress?: (bytes: number) => void): Promise<BaseBackup> {
  const client = new pg.Client({ connectionString: url, replication: 'true', application_name: 'kirchhoff backup' } as pg.ClientConfig);
  await client.connect();
  try {
    const { rows: [system] } = await client.query<{ systemid: string }>('IDENTIFY_SYSTEM');
    // Keeps the server from recycling log that the copy still needs; it goes with this connection.
    await client.query(`CREATE_REPLICATION_SLOT kirchhoff_backup_${process.pid} TEMPORARY PHYSICAL RESERVE_WAL`);
    const received = await new Promise<Omit<BaseBackup, 'systemIdentifier'>>((resolve, reject) => {
      client.once('error', reject);
      client.query(baseBackupQuery({ sink, resolve, reject, progress }) as unknown as pg.Submittable);
    });
    return { systemIdentifier: String(system!.systemid), ...received };
  } finally {
    await client.end().catch(() => undefined);
  }
}

type Connection = { query(text: string): void; readonly stream: { pause(): void; resume(): void } };
type Receiver = { readonly sink: Writable; readonly resolve: (result: Omit<BaseBackup, 'systemIdentifier'>) => void; readonly reject: (error: Error) => void; readonly progress: ((bytes: number) => void) | undefined };

const NEW_ARCHIVE = 0x6e, MANIFEST = 0x6d, DATA = 0x64; // 'n', 'm', 'd' (PostgreSQL "Streaming Replication Protocol", BASE_BACKUP)

/** The one command the driver has no method for: three result sets around a copy stream whose first byte says what each message is. */
function baseBackupQuery({ sink, resolve, reject, progress }: Receiver): Record<string, unknown> {
  const positions: string[] = [];
  const manifest: Buffer[] = [];
  let bytes = 0, archives = 0, inManifest = false, paused = false, failed: Error | null = null;
  sink.on('error', (error) => { failed ??= error; reject(error); });
  return {
    callback: (error?: Error | null) => { if (error) reject(error); },
    submit: (connection: Connection) => connection.query(`BASE_BACKUP (LABEL 'kirchhoff', CHECKPOINT 'fast', WAL true, MANIFEST 'yes', WAIT true)`),
    handleRowDescription: () => undefined,
    handleDataRow: ({ fields }: { fields: (string | null)[] }) => {
      // Start position, then one row a tablespace (oid, path, size; the main one has no oid), then the end position.
      if (fields.length === 2) positions.push(fields[0]!);
      else if (fields[0] !== null) failed ??= new Error(`the server keeps data in a tablespace at ${fields[1]}; back it up with the server's own tools`);
    },
    handleCopyData: ({ chunk }: { chunk: Buffer }, connection: Connection) => {
      if (chunk[0] === NEW_ARCHIVE) archives += 1;
      else if (chunk[0] === MANIFEST) inManifest = true;
      else if (chunk[0] === DATA) {
        // Copied: the driver uses its buffer again.
        const data = Buffer.from(chunk.subarray(1));
        if (inManifest) { manifest.push(data); return; }
        bytes += data.length;
        progress?.(bytes);
        if (!sink.write(data) && !paused) {
          paused = true;
          connection.stream.pause();
          sink.once('drain', () => { paused = false; connection.stream.resume(); });
        }
      }
    },
    handleCommandComplete: () => undefined,
    handleEmptyQuery: () => undefined,
    handlePortalSuspended: () => undefined,
    handleError: (error: Error) => reject(error),
    handleReadyForQuery: () => {
      if (failed) return reject(failed);
      assert(archives === 1 && positions.length === 2, 'a base backup is one archive between two positions');
      resolve({ startLsn: positions[0]!, endLsn: positions[1]!, manifest: Buffer.concat(manifest), bytes });
    },
  };
}

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { instant } from '../../kernel/index.ts';
import { PIECE_BYTES, readFile, storeFile } from './index.ts';

const test = await openTestDatabase();
const at = instant(Date.parse('2026-11-20T08:00:00Z'));
const collect = async (pieces: AsyncIterable<Buffer>): Promise<Buffer> => { const all: Buffer[] = []; for await (const piece of pieces) all.push(piece); return Buffer.concat(all); };

describe('stored files', () => {
  it('come back byte for byte, whatever the sizes of the pieces they came in', async () => {
    const odb = test.database.forOperator(newOperatorId());
    for (const size of [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES + 77]) {
      const bytes = randomBytes(size);
      const cuts = function* (): Generator<Buffer> { for (let from = 0; from < size; from += 100_003) yield bytes.subarray(from, from + 100_003); };
      const stored = await odb.transaction((tx) => storeFile(tx, { name: 'a.csv', content: cuts(), storedBy: 'test', at }));
      assert.equal(stored.digest, createHash('sha256').update(bytes).digest('hex'));
      assert.ok(bytes.equals(await collect(readFile(odb, stored.fileId))), `${size} bytes`);
    }
  });

  it("are read by nobody but the operator they belong to, and nobody changes them", async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()].map((id) => test.database.forOperator(id)) as [ReturnType<typeof test.database.forOperator>, ReturnType<typeof test.database.forOperator>];
    const { fileId } = await mine.transaction((tx) => storeFile(tx, { name: 'a.csv', content: [Buffer.from('x')], storedBy: 'test', at }));
    assert.equal((await collect(readFile(other, fileId))).length, 0);
    await assert.rejects(mine.transaction((tx) => tx.execute('delete from platform.stored_file_piece where file_id = $1', [fileId])));
  });
});

import { readZip, type ZipEntry } from './alipay/zip.ts';
import { boundedContent, gunzipped, StatementFault } from './statement.ts';

/** The lines of an archive: Alipay puts a file of sums beside them, whose name says 汇总. @throws StatementFault when there is no such file. */
export function detailOf(archive: Buffer): ZipEntry {
  const detail = readZip(archive).find(({ name }) => /\.(csv|txt)$/i.test(name) && !name.includes('汇总'));
  if (detail === undefined) throw new StatementFault('the archive holds no statement');
  return detail;
}

/** The text of a statement that a person has as a file: zip, gzip or plain, which it is, its first bytes say. Bounded as what a channel sends. @throws StatementFault */
export function unpackStatement(file: Buffer): AsyncIterable<Buffer> {
  const isArchive = file.length > 3 && file[0] === 0x50 && file[1] === 0x4b && file[2] === 0x03 && file[3] === 0x04;
  return boundedContent(isArchive ? detailOf(file).content() : gunzipped(one(file)));
}

async function* one(file: Buffer): AsyncGenerator<Buffer> {
  yield file;
  await Promise.resolve();
}

import { countKeysByVersion, rewrapPersonKeys } from '../platform/personal-data/index.ts';
import { addMasterKey, checkMasterKeys, installMasterKeys, loadMasterKeys, MASTER_KEY_FILE, retireMasterKeys } from '../platform/secrets/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem, StartFault, superuserPassword, withAdmin, type System } from './open-system.ts';
import { suggestion, UsageFault, type Parsed } from './options.ts';

export const secretsCommand: Command = {
  name: 'secrets',
  summary: 'Rotates the master key: adds a new version and wraps every person\'s key under it, while the program goes on.',
  detail: 'Interrupted, it goes on where it was when run again with --resume. With KIRCHHOFF_MASTER_KEY instead of a file, put the new version into the\nvariable of every node first ("2:<base64>,1:<base64>"), then run it with --resume.\n'
    + '`retire` then drops the old versions; database passwords are derived from the oldest version held, so it needs the program stopped.',
  words: [{ name: 'rotate|retire|status', about: 'what to do' }],
  options: [{ name: 'resume', about: 'Make no new version; re-wrap what is still under older ones.' }],
  exitCodes: { 1: 'it could not be done; everything stays readable' },
  examples: ['kirchhoff secrets rotate', 'kirchhoff secrets status', 'kirchhoff secrets retire'],
  run: async (parsed, io) => {
    const word = parsed.words[0] ?? '';
    const work = { rotate, retire, status }[word];
    if (work === undefined) throw new UsageFault(`secrets does not know "${word}"${suggestion(word, ['rotate', 'retire', 'status'])}`);
    const { config } = configFor(io);
    const system = await openSystem({ config, logger: silentLogger, as: 'command', name: `secrets ${word}` });
    try {
      return await work(system, parsed, io);
    } finally {
      await system.close();
    }
  },
};

async function rotate(system: System, parsed: Parsed, io: Io): Promise<number> {
  const { config } = system;
  const folder = config['data.folder'];
  if (!parsed.has('resume')) {
    if (config['data.masterKey'] !== undefined) throw new StartFault('the master key comes from KIRCHHOFF_MASTER_KEY; add the new version there on every node, then run `kirchhoff secrets rotate --resume`');
    io.out(`Master key version ${addMasterKey(folder)} was added to ${folder}/${MASTER_KEY_FILE}. Copy the file to a safe place and to every other node.`);
  }
  const keys = loadMasterKeys({ dataFolder: folder, fromEnvironment: config['data.masterKey'], create: false });
  installMasterKeys(keys);
  await withAdmin(system.adminUrl, (admin) => checkMasterKeys(admin, keys, { remember: true }));
  const done = await rewrapPersonKeys(system.database, (count) => io.err(`${count} keys re-wrapped`));
  io.out(`${done} person keys are now under version ${keys.current()}. The older versions are still needed until \`kirchhoff secrets retire\`.`);
  return EXIT.ok;
}

async function status(system: System, _parsed: Parsed, io: Io): Promise<number> {
  const counts = await countKeysByVersion(system.database);
  for (const version of new Set([...system.keys.versions(), ...counts.keys()])) {
    const held = system.keys.key(version) === null ? 'NOT held by this node' : version === system.keys.current() ? 'current' : 'held';
    io.out(`version ${version}: ${held}, ${counts.get(version) ?? 0} person keys`);
  }
  return EXIT.ok;
}

async function retire(system: System, _parsed: Parsed, io: Io): Promise<number> {
  const { config, keys } = system;
  if (config['data.masterKey'] !== undefined) throw new StartFault('the master key comes from KIRCHHOFF_MASTER_KEY; check `kirchhoff secrets status`, then take the old versions out of it and restart every node');
  if (system.server !== null && system.lock === null) throw new StartFault('the program is running: its database passwords hang on the oldest master key. Stop it, retire, start it again');
  const current = keys.current();
  const older = [...await countKeysByVersion(system.database)].filter(([version, count]) => version < current && count > 0);
  if (older.length > 0) throw new StartFault(`person keys are still wrapped under version ${older.map(([version]) => version).join(', ')}; run \`kirchhoff secrets rotate --resume\` first`);
  // The server first, then the file: after a crash in between every version is still held, and the start tries them all.
  const remaining = { ...keys, rolesKey: () => keys.key(current)! };
  if (system.server !== null) {
    await withAdmin(system.server.adminUrl(), (admin) => admin.query(`alter role postgres password ${admin.escapeLiteral(superuserPassword(remaining))}`));
  }
  const dropped = retireMasterKeys(config['data.folder'], current);
  io.out(dropped.length === 0 ? 'There is nothing to retire.' : `Master key version ${dropped.join(', ')} was dropped. Backups made before the rotation still need it: keep it with them.`);
  return EXIT.ok;
}

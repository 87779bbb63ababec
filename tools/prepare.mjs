/** Installing what is missing: the runtime, the packages, the built console. Plain JavaScript, no packages, any Node.js from 20 on. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const LOCK_WAIT_MS_MAX = 15 * 60_000;
const NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|EHOSTUNREACH|network request .* failed|ENOTCACHED/i;

export const say = (text) => process.stderr.write(`${text}\n`);
export const runtimeBinary = (root) =>
  join(root, 'runtime/node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * Makes the checkout runnable. Does nothing, and needs no network, when everything is there.
 * @param options console: whether the built console is needed; consoleMustBuild: whether a failing build ends it.
 * @returns false when it failed; the reason was printed.
 */
export async function prepare(root, options) {
  if (process.env.KIRCHHOFF_SKIP_INSTALL === '1') return true;
  const wanted = options.console === true && existsSync(join(root, 'web/package.json'));
  if (isReady(root, wanted)) return true;
  const release = await takeLock(join(root, '.cache/install.lock'));
  if (release === null) return false;
  try {
    return installRuntime(root)
      && installPackages(root, 'root', root)
      && (!wanted || (installPackages(root, 'web', join(root, 'web')) && buildConsole(root, options.consoleMustBuild === true)));
  } finally {
    release();
  }
}

function isReady(root, wantsConsole) {
  return isInstalled(root, 'runtime', join(root, 'runtime')) && existsSync(runtimeBinary(root)) && isInstalled(root, 'root', root)
    && (!wantsConsole || (isInstalled(root, 'web', join(root, 'web')) && isConsoleBuilt(root)));
}

function installRuntime(root) {
  const folder = join(root, 'runtime');
  if (isInstalled(root, 'runtime', folder) && existsSync(runtimeBinary(root))) return true;
  const version = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies.node;
  say(`Installing the runtime, Node.js ${version} (about 50 MB, once) …`);
  // The runtime's package fetches its binary in an install script, so scripts are allowed here whatever the user's npm says.
  if (!npm(folder, ['ci', '--ignore-scripts=false'], process.env.PATH)) return false;
  const check = spawnSync(runtimeBinary(root), ['--version'], { encoding: 'utf8' });
  if (check.status === 0 && check.stdout.trim() === `v${version}`) return stamp(root, 'runtime', folder);
  say(`The runtime was installed, but ${runtimeBinary(root)} does not run: ${check.error?.message ?? (check.stderr.trim() || `it says ${check.stdout.trim()}`)}`);
  say('Either npm kept its install script from running (look for "ignore-scripts" in `npm config ls`), or there is no Node.js build for');
  say(`this machine (${process.platform} ${process.arch}, glibc 2.28 or newer is needed). Remove runtime/node_modules and try again.`);
  return false;
}

function installPackages(root, name, folder) {
  if (isInstalled(root, name, folder)) return true;
  say(name === 'root' ? 'Installing packages (about 200 MB, once) …' : "Installing the console's packages (once) …");
  // Under the pinned runtime: older Nodes would pick older majors and build native add-ons for the wrong ABI.
  return npm(folder, ['ci', '--ignore-scripts=false'], pathWithRuntime(root)) && stamp(root, name, folder);
}

function buildConsole(root, mustBuild) {
  if (isConsoleBuilt(root)) return true;
  say('Building the console …');
  if (npm(join(root, 'web'), ['run', 'build', '--silent'], pathWithRuntime(root)) && existsSync(join(root, 'web/dist/index.html'))) {
    writeStamp(root, 'console', consoleDigest(root));
    return true;
  }
  if (mustBuild || !existsSync(join(root, 'web/dist/index.html'))) return false;
  say('The console could not be built; the one built before is served instead.');
  return true;
}

const pathWithRuntime = (root) => `${dirname(runtimeBinary(root))}${delimiter}${process.env.PATH ?? ''}`;

function npm(cwd, args, path) {
  const build = args[0] === 'run';
  const command = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const quiet = build ? [] : ['--include=dev', '--include=optional', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const env = { ...process.env, PATH: path };
  // `npm start` leaves its own settings in the environment; they belong to another folder.
  for (const key of Object.keys(env)) if (/^npm_(lifecycle|package|config_local_prefix|command)/i.test(key)) delete env[key];
  const result = spawnSync(command, [...args, ...quiet], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32', maxBuffer: 64 * 1024 * 1024 });
  if (result.status === 0) return true;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  if (result.error) say(`npm could not be run: ${result.error.message}. It comes with Node.js; is it on the PATH?`);
  else if (NETWORK.test(output)) {
    say(`The packages of ${cwd} are not installed yet, and the package registry cannot be reached.`);
    say('Connect this machine once (or set npm\'s proxy or registry) and run the same command again; after that no network is needed.');
    say(lastLines(output, 6));
  } else if (/EACCES|EPERM/.test(output)) say(`npm may not write in ${cwd}; run as the owner of the checkout.\n${lastLines(output, 12)}`);
  else if (/ENOSPC/.test(output)) say(`The disk is full; about 1 GB is needed in ${cwd}.`);
  else say(`npm ${args.join(' ')} failed in ${cwd}:\n${lastLines(output, 40)}`);
  return false;
}

const lastLines = (text, count) => text.trimEnd().split('\n').slice(-count).map((line) => `  ${line}`).join('\n');

/** Installed means: installed from this lock file, seen by our stamp or by npm's own record of what it put there. */
function isInstalled(root, name, folder) {
  if (!existsSync(join(folder, 'node_modules'))) return false;
  if (readStamp(root, name) === lockDigest(folder)) return true;
  if (!matchesLock(folder)) return false;
  stamp(root, name, folder);
  return true;
}

function matchesLock(folder) {
  try {
    const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).packages;
    const there = read('node_modules/.package-lock.json');
    return Object.entries(read('package-lock.json')).every(([path, wanted]) =>
      path === '' || wanted.optional === true || wanted.devOptional === true || there[path]?.version === wanted.version);
  } catch {
    return false;
  }
}

const lockDigest = (folder) => createHash('sha256').update(readFileSync(join(folder, 'package-lock.json'))).digest('hex');
const stampFile = (root, name) => join(root, '.cache/prepared', name);

function readStamp(root, name) {
  try {
    return readFileSync(stampFile(root, name), 'utf8').trim();
  } catch {
    return null;
  }
}

function stamp(root, name, folder) {
  writeStamp(root, name, lockDigest(folder));
  return true;
}

function writeStamp(root, name, digest) {
  const file = stampFile(root, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, `${digest}\n`);
  renameSync(`${file}.${process.pid}`, file);
}

const isConsoleBuilt = (root) => existsSync(join(root, 'web/dist/index.html')) && readStamp(root, 'console') === consoleDigest(root);

/** Content, not dates: a checkout or a copy gives every file a new date. */
function consoleDigest(root) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) for (const entry of readdirSync(path).sort()) add(join(path, entry));
    else hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  };
  const skipped = new Set(['node_modules', 'dist']);
  for (const entry of readdirSync(join(root, 'web')).sort()) if (!skipped.has(entry) && !entry.startsWith('.')) add(join(root, 'web', entry));
  add(join(root, 'contracts/openapi.yaml'));
  return hash.digest('hex');
}

/** One installation at a time; a lock of a process that is gone is taken over. */
async function takeLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const deadline = Date.now() + LOCK_WAIT_MS_MAX;
  for (let told = false; Date.now() < deadline;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') { say(`cannot write in ${dirname(path)}: ${error.message}`); return null; }
    }
    if (!holderLives(path)) { rmSync(path, { force: true }); continue; }
    if (!told) say('Another process is installing; waiting for it …');
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  say(`Another process has held ${path} for too long; if none is installing, remove it.`);
  return null;
}

function holderLives(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return Date.now() - statSync(path).mtimeMs < 5_000;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

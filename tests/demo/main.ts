/**
 * `npm run demo`: the whole of Parley on a bare machine, without an account or a setting. Starts five simulated
 * identity providers and The Gazette in this process and the service, with its embedded PostgreSQL, as its own; says
 * where they are, and stops all of them together. It uses the service as an operator does: environment, command line,
 * HTTP. A database or a provider that the caller's environment names is left alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { explainConfig } from '../../src/core/config.ts';
import { type Simulators, startSimulators } from '../simulators/index.ts';
import { type Gazette, startGazette } from './gazette.ts';

const ROOT = join(import.meta.dirname, '../..');
const SITE = 'gazette';
const HOST = '127.0.0.1';
const PORTS = { service: 8080, gazette: 8081, simulators: 8082 }; // where taken, the kernel chooses
const START_MS = 30_000; // longer than a first start takes on a slow machine
const STOP_MS = 15_000; // the service drains for 10 s
const TAIL_LINES = 20; // of what the service said last, when it dies

/** Where it is not the fault of the demo's own code: said without a stack. */
class DemoError extends Error {}

const parts: { simulators?: Simulators; gazette?: Gazette; service?: ChildProcess } = {};
let isStopping = false;
let halt: (reason: Error | undefined) => void = () => {};
/** Settles when the demo is to end: with `undefined` because somebody said so, with an error because a part failed. */
const ending = new Promise<Error | undefined>((resolve) => {
  halt = resolve;
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => halt(undefined));
// npm passes SIGTERM to its shell, and the shell dies of it without telling anybody.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && halt(undefined), 500).unref();
}

const begun = Date.now();
const started = start().catch((error: Error) => halt(error));
const reason = await ending;
isStopping = true;
if (reason) console.error(`\nThe demo ends: ${reason instanceof DemoError ? reason.message : reason.stack}`);
else console.log('\nStopping …');
await started; // a command that is under way leaves its database in order
await stop();
process.exit(reason ? 1 : 0);

async function start(): Promise<void> {
  const port = await freePort(Number(process.env.PORT) || PORTS.service);
  const service = `http://localhost:${port}`;
  parts.simulators = await onPort(PORTS.simulators, (own) => startSimulators({ host: HOST, port: own }));
  parts.gazette = await onPort(PORTS.gazette, (own) =>
    startGazette({ service, siteId: SITE, host: HOST, port: own }),
  );
  say(`The Gazette and the simulated identity providers are up.`);

  const env = environment(port, service, parts.simulators);
  if (isStopping) return;
  await prepareSite(parts.gazette.url, env);
  say('The database is up, and the Gazette is a site of the service.');
  if (isStopping) return;
  await startService(env);
  if (isStopping) return;
  say('The service is up.');
  console.log(welcome(parts.gazette, service, parts.simulators, env));
}

/** The caller's environment without any of Parley's settings but DATA_DIR, PORT and LOG_LEVEL, and with the demo's. */
function environment(port: number, service: string, simulators: Simulators): NodeJS.ProcessEnv {
  const providers = simulators.env(service);
  const providerIds = [...new Set(Object.keys(providers).map((name) => name.split('_')[0]!.toLowerCase()))];
  const env = { ...process.env };
  for (const { name } of explainConfig({}, { providerIds })) delete env[name];
  return {
    ...env,
    ...providers,
    DATA_DIR: process.env.DATA_DIR || join(ROOT, 'data', 'demo'),
    LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
    HOST,
    PORT: String(port),
    PUBLIC_URL: service,
  };
}

/** Makes the site, or gives the one of an earlier run the origin of this one. */
async function prepareSite(origin: string, env: NodeJS.ProcessEnv): Promise<void> {
  const isThere = new RegExp(`^${SITE}\\t`, 'm').test(await command(['site', 'list'], env));
  await command(
    isThere
      ? ['site', 'set', SITE, '--origin', origin]
      : ['site', 'add', '--id', SITE, '--name', 'Gazette', '--origin', origin],
    env,
  );
}

/** What a command of the service printed. Throws with what it complained of. */
async function command(words: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = run('src/cli.ts', words, env);
  let [printed, complaints] = ['', ''];
  child.stdout!.on('data', (chunk) => (printed += chunk));
  child.stderr!.on('data', (chunk) => (complaints += chunk));
  const [code, signal] = await once(child, 'close');
  if (code === 0) return printed;
  throw new DemoError(`\`${words.slice(0, 2).join(' ')}\` failed (${signal ?? code}):\n${complaints.trim()}`);
}

/** Resolves when the service is ready. Its death ends the demo, now and later. */
async function startService(env: NodeJS.ProcessEnv): Promise<void> {
  const child = run('src/main.ts', [], env);
  parts.service = child;
  const tail: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface(stream).on('line', (line) => {
      tail.splice(0, tail.length - TAIL_LINES + 1);
      tail.push(line);
      if (!isStopping) console.error(`service: ${line}`);
    });
  }
  const died = once(child, 'exit').then(([code, signal]) => {
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    throw new DemoError(`the service ${how}.${tail.length > 0 ? ' Above is what it said last.' : ''}`);
  });
  died.catch((error: Error) => halt(error));
  await Promise.race([died, isReady(`http://${HOST}:${env.PORT}/readyz`)]);
}

async function isReady(url: string): Promise<void> {
  const until = Date.now() + START_MS;
  while (!isStopping) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (response?.ok) return;
    if (Date.now() > until) throw new DemoError(`the service is not ready after ${START_MS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** In a process group of its own: Ctrl-C reaches this process alone, which then stops the others in order. */
function run(file: string, words: string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [join(ROOT, file), ...words], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
}

async function stop(): Promise<void> {
  const { service } = parts;
  if (service && service.exitCode === null && service.signalCode === null) {
    const exited = once(service, 'exit');
    service.kill('SIGTERM');
    const force = setTimeout(() => service.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(force);
  }
  await Promise.all([parts.simulators?.stop(), parts.gazette?.stop()]);
}

async function onPort<Part>(preferred: number, open: (port: number) => Promise<Part>): Promise<Part> {
  try {
    return await open(preferred);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return open(0);
  }
}

/** `preferred`, or another one, that nobody listens on under either address that browsers take "localhost" for. */
async function freePort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const found = await tryPort(port, HOST);
    if (found !== undefined && (await tryPort(found, '::1')) !== undefined) return found;
  }
  return freePort(0);
}

function tryPort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has nobody listening there either.
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EADDRINUSE' ? undefined : port),
    );
    server.listen(port, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

function say(line: string): void {
  console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(4)} s  ${line}`);
}

function welcome(gazette: Gazette, service: string, simulators: Simulators, env: NodeJS.ProcessEnv): string {
  const pages = gazette.articles.map(({ url, remark }) => `  ${url}\n      ${remark}`);
  return `
Open an article and leave a reply:

${pages.join('\n')}

The comments come from      ${service}
Readers sign in at          ${simulators.url} (simulated: no account is needed, nothing leaves this machine)
Everything is kept in       ${env.DATA_DIR}

Ctrl-C stops it all.`;
}

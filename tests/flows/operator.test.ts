/** What an operator meets: the command line, and `npm start` on an environment, as real processes. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSecret } from '../../src/core/secret.ts';
import { type Simulators, signIn, startSimulators } from '../simulators/index.ts';
import { createWorld, type Reader, type World } from '../support/world.ts';

const ROOT = join(import.meta.dirname, '../..');
const SECRET = newSecret();

let world: World;
let ada: Reader;

beforeAll(async () => {
  world = await createWorld({ isLive: true });
  ada = await world.reader('Ada');
});
afterAll(() => world.end());

function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: world.url, SECRET, ...extra };
}

function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return run('src/cli.ts', args, environment());
}

function run(script: string, args: string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, script), ...args],
      { env, cwd: ROOT, timeout: 30_000 },
      (error, out, err) => {
        resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
      },
    );
  });
}

describe('the command line', () => {
  it('makes a site and prints the tag to paste', async () => {
    const made = await cli(
      'site',
      'add',
      '--name',
      'The Evening Post',
      '--origin',
      'https://evening.example',
    );
    expect(made.code).toBe(0);
    expect(made.out).toContain(
      '<script async src="http://localhost:8080/embed.js" data-site="the-evening-post"></script>',
    );
    expect((await cli('site', 'list')).out).toContain(
      'the-evening-post\tThe Evening Post\thttps://evening.example',
    );
  });

  it.each([
    [['site', 'add', '--name', 'X', '--origin', 'http://evening.example'], /no origin/],
    [['site', 'add', '--name', 'X', '--origin', 'https://evening.example/path'], /no origin/],
    [['site', 'add', '--name', 'X', '--origin', 'https://*.example'], /no origin/],
    [['site', 'add', '--name', 'X'], /--origin is missing/],
    [['site', 'add', '--name', 'Gazette', '--origin', 'https://a.example'], /"gazette" already/],
    [['site', 'set', 'gazette', '--set', 'moderation=maybe'], /--set moderation/],
    [['site', 'set', 'gazette', '--set', 'nonsense=1'], /nonsense/],
    [['site', 'set', 'nowhere', '--name', 'X'], /No site/],
    [['comment', 'set', 'gazette', 'abc', 'held'], /no comment id/],
    [['comment', 'set', 'gazette', '12', 'held'], /No such comment/],
    [['comment', 'set', 'gazette', '12', 'gone'], /none of/],
    [['comment', 'pin', 'gazette', 'abc'], /no comment id/],
    [['comment', 'pin', 'gazette', '12'], /No such comment/],
    [['comment', 'unpin', 'gazette'], /the comment’s id is missing/],
    [['ban', 'gazette', 'nobody'], /Nobody on/],
    [['frobnicate'], /no command "frobnicate"/],
    [['constructor'], /no command "constructor"/],
    [['site', 'add', '--nmae', 'X'], /--nmae/],
  ])('refuses %j with exit code 2 and a sentence', async (args, sentence) => {
    const { code, err } = await cli(...args);
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });

  it('lists every command', async () => {
    const { out, code } = await cli('--help');
    expect(code).toBe(0);
    for (const command of [
      'serve',
      'migrate',
      'site add',
      'site list',
      'comment set',
      'comment pin',
      'comment unpin',
      'ban',
      'config',
    ]) {
      expect(out).toContain(command);
    }
  });

  it('holds and publishes a comment', async () => {
    const comment = await world.post(ada, 'Hold me');
    expect((await cli('comment', 'set', 'gazette', String(comment.id), 'held')).out).toContain('is held now');
    expect((await world.call('GET', `gazette/comments/${comment.id}`)).slug).toBe('comment-unknown');
    expect((await cli('comment', 'list', 'gazette')).out).toMatch(
      new RegExp(`${comment.id}\\t.*\\tAda\\t.*\\n +Hold me`),
    );
    await cli('comment', 'set', 'gazette', String(comment.id), 'published');
    expect((await cli('comment', 'list', 'gazette')).out).toContain('No comment is held');
    expect((await world.call('GET', `gazette/comments/${comment.id}`)).status).toBe(200);
  });

  it('pins a comment and takes the pin off', async () => {
    const root = await world.post(ada, 'Read this first');
    const reply = await world.post(ada, 'I did', { parentId: root.id });
    const isPinned = async () => (await world.call('GET', `gazette/comments/${root.id}`)).json.comment.pinned;
    expect((await cli('comment', 'pin', 'gazette', String(root.id))).out).toContain('is pinned now');
    expect(await isPinned()).toBe(true);
    expect((await cli('comment', 'pin', 'gazette', String(root.id))).out).toContain('pinned already');
    const refused = await cli('comment', 'pin', 'gazette', String(reply.id));
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('not a reply') });
    expect((await cli('comment', 'unpin', 'gazette', String(root.id))).out).toContain('not pinned any more');
    expect(await isPinned()).toBe(false);
    expect((await cli('comment', 'unpin', 'gazette', String(root.id))).out).toContain('was not pinned');
  });

  it('bans a person and lifts the ban', async () => {
    const bo = await world.reader('Bo');
    await cli('ban', 'gazette', bo.publicId);
    await expect(world.post(bo, 'No')).rejects.toThrow('banned');
    await cli('ban', 'gazette', bo.publicId, '--lift');
    await world.post(bo, 'Yes');
  });

  it('shows the settings without their secrets', async () => {
    const { out } = await cli('config');
    expect(out).toContain('PUBLIC_URL=');
    expect(out).not.toContain(SECRET);
  });
});

describe('npm start', () => {
  it.each([
    [{ PUBLIC_URL: 'https://comments.example', SECRET: '' }, /SECRET .*missing/],
    [{ PUBLIC_URL: 'https://comments.example', SECRET: 'short' }, /SECRET .*32 bytes/],
    [{ PUBLIC_URL: 'https://comments.example', SECRET: 'changeme-changeme-changeme-changeme' }, /SECRET/],
    [{ PUBLIC_URL: 'http://comments.example' }, /PUBLIC_URL/],
    [{ GOOGLE_CLIENT_ID: 'id' }, /GOOGLE_CLIENT_SECRET/],
  ])('refuses to start with %j and says why', async (extra, why) => {
    const { code, err } = await run('src/main.ts', [], environment(extra as Record<string, string>));
    expect(code).toBe(1);
    expect(err).toMatch(why);
  });

  it('names every fault at once', async () => {
    const { err } = await run('src/main.ts', [], environment({ PORT: 'x', SECRET: 'y', LOG_LEVEL: 'loud' }));
    for (const name of ['PORT', 'SECRET', 'LOG_LEVEL']) expect(err).toContain(name);
  });

  it('ends when npm is told to end, although npm does not pass it on', async () => {
    const port = await freePort();
    const npm = spawn('npm', ['start'], {
      cwd: ROOT,
      env: environment({ PORT: String(port) }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await saysIn(npm, 'Parley answers at');
    const isUp = () =>
      fetch(`http://localhost:${port}/healthz`).then(
        () => true,
        () => false,
      );
    expect(await isUp()).toBe(true);
    npm.kill('SIGTERM');
    await expect.poll(isUp, { timeout: 10_000 }).toBe(false);
  });

  describe('with four providers’ variables pointed at a simulator', () => {
    let simulators: Simulators;
    let service: ChildProcess;
    let url: string;

    beforeAll(async () => {
      simulators = await startSimulators();
      const port = await freePort();
      url = `http://localhost:${port}`;
      service = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
        env: environment({ ...simulators.env(url), PORT: String(port), PUBLIC_URL: url }),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await saysIn(service, 'Parley answers at');
    });
    afterAll(async () => {
      if (service.exitCode === null) {
        service.kill('SIGTERM');
        await once(service, 'exit');
      }
      await simulators.stop();
    });

    it.each(['wordpress', 'google', 'twitter', 'facebook'])(
      'sends a reader to %s and knows who comes back',
      async (provider) => {
        const form = new URLSearchParams({
          site: 'gazette',
          return: 'https://gazette.example/one',
          challenge: newSecret(),
          provider,
          mode: 'popup',
        });
        const headers = { Origin: 'https://gazette.example' };
        const started = await fetch(`${url}/login/start`, {
          method: 'POST',
          body: form,
          headers,
          redirect: 'manual',
        });
        const cookie = started.headers.getSetCookie()[0]?.split(';')[0] ?? '';
        const page = started.headers.get('Location') ?? '';
        const sent = await fetch(`${url}${page}/to/${provider}`, { headers: { cookie }, redirect: 'manual' });
        const callback = await signIn(sent.headers.get('Location') ?? '', { account: 'Ada' });
        await fetch(callback, { headers: { cookie }, redirect: 'manual' });
        const shown = await fetch(`${url}${page}`, { headers: { cookie } });
        expect(await shown.text()).toContain('Continue as Ada');
      },
    );

    it('finishes and ends on SIGTERM', async () => {
      service.kill('SIGTERM');
      const [code] = await once(service, 'exit');
      expect(code).toBe(0);
    });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function saysIn(child: ChildProcess, words: string): Promise<void> {
  let said = '';
  for await (const chunk of child.stdout!) {
    said += chunk;
    if (said.includes(words)) return;
  }
  throw new Error(`It ended without saying "${words}": ${said}`);
}

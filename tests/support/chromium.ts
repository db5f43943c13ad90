/**
 * Finds and starts a Chromium for tests: `CHROMIUM_PATH`, else one that is installed, else the headless one inside
 * `@sparticuz/chromium`, unpacked once for each user below the temporary directory. Knows nothing of pages or of the
 * test runner (`browser.ts` does), and downloads nothing.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, lstat, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const run = promisify(execFile);

/** Where the package lies; its `exports` hide all but the entry point. */
const PACKAGE = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..');

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** A program to start, and what its environment must have beyond ours. */
export interface Executable {
  path: string;
  env: Record<string, string>;
}

/** Throws one sentence when there is no Chromium for this machine. */
export async function findChromium(): Promise<Executable> {
  const named = process.env.CHROMIUM_PATH;
  if (named) return { path: named, env: {} };
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const places = [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...APPLICATIONS];
  for (const path of places) {
    if (await isExecutable(path)) return { path, env: {} };
  }
  if (process.platform === 'linux' && process.arch === 'x64') return bundled();
  throw new Error('No Chromium or Chrome was found: install one, or name it in CHROMIUM_PATH.');
}

/**
 * Starts it. Other hosts than loopback do not resolve, so that a page under test reaches nothing else. As root there
 * is no sandbox (Chromium refuses to have one); for other users there is, unless the kernel forbids it.
 */
export async function launchChromium(): Promise<Browser> {
  const { path, env } = await findChromium();
  const options = {
    executablePath: path,
    env: { ...process.env, ...env } as Record<string, string>,
    args: [
      '--disable-background-networking',
      '--no-default-browser-check',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
    ],
  };
  if (process.getuid?.() === 0) return chromium.launch({ ...options, chromiumSandbox: false });
  try {
    return await chromium.launch({ ...options, chromiumSandbox: true });
  } catch (cause) {
    // Unprivileged user namespaces are switched off in many containers and on recent Ubuntu.
    if (!/sandbox/i.test(String(cause))) throw cause;
    console.warn('This kernel gives Chromium no sandbox; the tests run without it.');
    return chromium.launch({ ...options, chromiumSandbox: false });
  }
}

async function bundled(): Promise<Executable> {
  const home = await unpacked();
  const path = join(home, 'chromium');
  const env: Record<string, string> = { FONTCONFIG_FILE: join(home, 'fonts.conf') };
  const fault = await loaderFault(path, {});
  if (fault === undefined) return { path, env };
  // A bare Debian has neither libnss3 nor libnspr4; the package brings both for Amazon Linux, and they serve here.
  env.LD_LIBRARY_PATH = join(home, 'al2023', 'lib');
  const rest = await loaderFault(path, env);
  if (rest === undefined) return { path, env };
  throw new Error(
    `The bundled Chromium does not start here (${rest}). Install Chromium, or name one in CHROMIUM_PATH.`,
  );
}

/** What the dynamic loader misses, `undefined` when the program starts. */
async function loaderFault(path: string, env: Record<string, string>): Promise<string | undefined> {
  try {
    await run(path, ['--version'], { env: { ...process.env, ...env } });
    return undefined;
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    return stderr.trim().split('\n')[0] || message;
  }
}

/** The folder with program, libraries and fonts; made at the first call, whole or not at all. About 200 MB. */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8')) as {
    version: string;
  };
  const home = join(tmpdir(), `parley-chromium-${version}-${process.getuid?.() ?? 'user'}`);
  if (await isOurs(home)) return home;
  const draft = await mkdtemp(`${home}-`);
  try {
    // The package unpacks into the temporary directory of its process, whoever it shares that with.
    const script =
      "import { inflate } from '@sparticuz/chromium'; for (const f of process.argv.slice(1)) await inflate(f);";
    const archives = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) =>
      join(PACKAGE, 'bin', name),
    );
    await run(process.execPath, ['--input-type=module', '-e', script, ...archives], {
      cwd: dirname(fileURLToPath(import.meta.url)),
      env: { ...process.env, TMPDIR: draft },
    });
    await writeFile(join(draft, 'fonts.conf'), fontSettings(home));
    await rename(draft, home);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was first.
    if (!(await isOurs(home))) throw error;
  }
  return home;
}

/** Also guards against a folder that somebody else laid in the shared temporary directory. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  if (!found) return false;
  if (found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid())) return true;
  throw new Error(`${folder} belongs to somebody else; remove it.`);
}

/** The machine's fonts where it has some, and the bundled one. */
function fontSettings(home: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
  <dir>${home}/fonts</dir>
  <cachedir>${home}/fonts-cache</cachedir>
</fontconfig>
`;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

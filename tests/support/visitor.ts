/**
 * A visitor's browser, as far as HTTP goes: cookies that the service set, the headers that a browser sends of its own
 * accord, the embed's side of a sign-in. Every step is a method, so that a test can leave one out, repeat it or do it
 * with somebody else's browser.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Simulators } from '../simulators/index.ts';
import { signIn } from '../simulators/index.ts';
import { ARTICLE, GAZETTE, type World } from './world.ts';

export interface Started {
  /** Path of the attempt's page. */
  page: string;
  attempt: string;
  verifier: string;
  challenge: string;
}

export interface Handed {
  attempt: string;
  code: string | undefined;
  error: string | undefined;
  relay: string;
  origin: string;
}

export interface StartFields {
  site?: string;
  return?: string;
  challenge?: string;
  provider?: string;
  mode?: string;
  switch?: string;
}

export class Visitor {
  /** Cookies for the service. */
  readonly cookies = new Map<string, string>();
  /** Cookies at the providers. */
  readonly accounts = new Map<string, string>();
  readonly #world: World;
  readonly #publicUrl: string;

  constructor(world: World, publicUrl: string) {
    this.#world = world;
    this.#publicUrl = publicUrl;
  }

  /** A navigation or form of this browser to the service; redirects are not followed. */
  async go(
    path: string,
    init: { method?: string; form?: Record<string, string>; headers?: Record<string, string> } = {},
  ) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await this.#world.app.request(new URL(path, this.#publicUrl).href, {
      method: init.method ?? (init.form ? 'POST' : 'GET'),
      headers: {
        ...(cookie ? { Cookie: cookie } : {}),
        ...(init.form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
        ...init.headers,
      },
      ...(init.form ? { body: new URLSearchParams(init.form).toString() } : {}),
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** POST /login/start as the article's embed sends it. */
  async start(
    fields: StartFields = {},
    headers: Record<string, string> = { Origin: GAZETTE },
  ): Promise<Started & { response: Response }> {
    const verifier = randomBytes(32).toString('base64url');
    const challenge = fields.challenge ?? createHash('sha256').update(verifier).digest('base64url');
    const form = {
      site: 'gazette',
      return: ARTICLE,
      challenge,
      provider: '',
      mode: 'popup',
      switch: '',
      ...fields,
    };
    const response = await this.go('/login/start', { form, headers });
    const page = response.headers.get('Location') ?? '';
    return { page, attempt: page.split('/').at(-1) ?? '', verifier, challenge, response };
  }

  /** From the attempt's page through the provider to its callback address, which is not opened yet. */
  async visitProvider(
    started: Started,
    provider: string,
    choice: { account?: string; allow?: boolean; isSwitching?: boolean } = {},
  ): Promise<URL> {
    const { isSwitching, ...rest } = choice;
    const response = await this.go(`${started.page}/to/${provider}${isSwitching ? '?switch' : ''}`);
    const location = response.headers.get('Location');
    if (response.status !== 303 || !location) throw new Error(`Not sent to ${provider}: ${response.status}`);
    return signIn(location, { ...rest, cookies: this.accounts });
  }

  /** The attempt's page as text. */
  async look(started: Started, query = ''): Promise<string> {
    const response = await this.go(started.page + query);
    return response.text();
  }

  /** Presses Continue on the page as it is drawn now. */
  async continue(started: Started, headers: Record<string, string> = { 'Sec-Fetch-Site': 'same-origin' }) {
    const drawn = await this.look(started);
    const shown = /name="shown" value="([^"]+)"/.exec(drawn)?.[1] ?? '';
    return this.go(`${started.page}/continue`, { form: { shown }, headers });
  }

  /** Everything up to the hand-over page. */
  async signInWith(provider: string, account: string, fields: StartFields = {}): Promise<Started & Handed> {
    const started = await this.start({ provider, ...fields });
    const callback = await this.visitProvider(started, provider, { account });
    await this.go(callback.pathname + callback.search);
    const response = await this.continue(started);
    return { ...started, ...handedOver(await response.text()) };
  }

  /** POST /session as the embed sends it. */
  redeem(
    handed: Handed & { verifier: string },
    over: { site?: string; origin?: string | null; verifier?: string; code?: string } = {},
  ) {
    const { site = 'gazette', origin = GAZETTE, verifier = handed.verifier, code = handed.code ?? '' } = over;
    return this.#world.call('POST', `${site}/session`, {
      body: { attempt: handed.attempt, code, proof: { verifier } },
      headers: origin === null ? {} : { Origin: origin },
    });
  }
}

/** What a hand-over page tells its script. */
export function handedOver(page: string): Handed {
  const data = (name: string) =>
    new RegExp(` data-${name}="([^"]*)"`).exec(page)?.[1]?.replaceAll('&amp;', '&');
  return {
    attempt: data('attempt') ?? '',
    code: data('code'),
    error: data('error'),
    relay: data('relay') ?? '',
    origin: data('origin') ?? '',
  };
}

/** The slug that a refusing page names. */
export async function slugOf(response: Response): Promise<string | undefined> {
  return /<p class="quiet">([a-z-]+) · /.exec(await response.text())?.[1];
}

export type { Simulators };

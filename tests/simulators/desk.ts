/**
 * The part that every simulated provider shares: one registered client, the questions that are open, codes that are
 * good once, tokens, faults. It judges and remembers; the words, keys and status codes of a refusal are the
 * provider's own, so a method here returns *why* something is refused and never an answer of the token endpoint.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { Fault } from './faults.ts';
import { SHARED_FAULTS } from './faults.ts';
import { askPage, type PageLook, refusalPage } from './pages.ts';
import { PEOPLE, type Person, personOf } from './people.ts';

/** `form` is the body of a form post; empty for other requests. */
export type SimulatorEnv = { Variables: { form: URLSearchParams } };
export type Request = Context<SimulatorEnv>;

/** What sets one provider apart for the desk. The routes are in the provider's file. */
export interface Habits {
  id: string;
  look: PageLook;
  clientId: string;
  clientSecret: string;
  /** How long a code can be redeemed. */
  codeSeconds: number;
  subjectDigits: number;
  /** Beyond the shared ones. */
  faults: readonly Fault[];
  /** What the callback says when the reader presses Deny; `state` is added by the desk. */
  denial: Record<string, string>;
  /** On every callback, good or bad. */
  callbackExtras?: (desk: Desk) => Record<string, string>;
  callbackFragment?: string;
  /** X does this: the popup loses its opener there. */
  severs?: boolean;
  /** Paths below the simulator's base, by the name of the service's setting. */
  endpoints: Endpoints;
  routes(desk: Desk): Hono<SimulatorEnv>;
}

export interface Endpoints {
  issuer?: string;
  authorizationUrl?: string;
  tokenUrl?: string;
  profileUrl?: string;
}

/** An authorization request that passed the provider's checks and waits for the reader. */
export interface Ask {
  redirectUri: string;
  state: string | undefined;
  scope: string[];
  wishes: string[];
  /** The reader asked for another account. */
  chooseAccount: boolean;
  nonce?: string | undefined;
  challenge?: string | undefined;
  challengeMethod?: string | undefined;
}

export interface Grant extends Ask {
  person: Person;
  issuedAt: number;
  isUsed: boolean;
  tokens: string[];
}

export type Refusal = 'unknown' | 'used' | 'expired' | 'redirect' | 'verifier';

const TOKEN_SECONDS = 7200;

export class Desk {
  readonly habits: Habits;
  /** Address of this simulator without a slash at its end; also the issuer, where there is one. */
  readonly base: string;
  readonly redirectUris = new Set<string>();
  #faults = new Set<Fault>();
  #asks = new Map<string, Ask>();
  #grants = new Map<string, Grant>();
  #tokens = new Map<string, { grant: Grant; issuedAt: number }>();
  #now: () => number;

  constructor(habits: Habits, base: string, now: () => number) {
    this.habits = habits;
    this.base = base;
    this.#now = now;
  }

  /** Milliseconds. */
  now(): number {
    return this.#now();
  }

  /** Replaces what the provider does wrong. Throws for a fault that this provider would not carry out. */
  misbehave(faults: Fault[]): void {
    for (const fault of faults) {
      if (!SHARED_FAULTS.includes(fault) && !this.habits.faults.includes(fault)) {
        throw new Error(`The simulated ${this.habits.id} has no fault "${fault}".`);
      }
    }
    this.#faults = new Set(faults);
  }

  has(fault: Fault): boolean {
    return this.#faults.has(fault);
  }

  /** The consent page for an authorization request that is in order. */
  ask(c: Request, ask: Ask, complaint?: string): Response | Promise<Response> {
    const id = randomBytes(16).toString('hex');
    this.#asks.set(id, ask);
    return this.#show(c, id, ask, complaint);
  }

  /** "Use another account": the same question, without the account that this browser remembers. */
  switchAccount(c: Request): Response | Promise<Response> {
    const id = c.req.query('ask') ?? '';
    const ask = this.#asks.get(id);
    if (!ask) return this.refuse(c, 'This request is over', 'Start again from the article.', 410);
    return this.#show(c, id, { ...ask, chooseAccount: true });
  }

  /** What Allow and Deny lead to: back to the client, once for each question. */
  decide(c: Request): Response | Promise<Response> {
    const form = c.get('form');
    const id = form.get('ask') ?? '';
    const ask = this.#asks.get(id);
    if (!ask) return this.refuse(c, 'This request is over', 'Start again from the article.', 410);
    if (form.get('decision') !== 'allow') {
      this.#asks.delete(id);
      return this.callback(c, ask, this.habits.denial);
    }
    const name = this.#chosenName(c, form);
    if (!name) return this.#show(c, id, { ...ask, chooseAccount: true }, 'Type the name of the account.');
    this.#asks.delete(id);
    setCookie(c, this.#cookie, Buffer.from(name).toString('base64url'), {
      path: new URL(this.base).pathname,
      httpOnly: true,
      sameSite: 'Lax',
      maxAge: 30 * 86_400,
    });
    const code = randomBytes(24).toString('base64url');
    const account = this.has('same-subject') ? 'everybody' : name;
    const person = { ...personOf(this.habits.id, account, this.habits.subjectDigits), name };
    if (this.has('picture-new')) person.seed = `${person.seed}0`;
    this.#grants.set(code, { ...ask, person, issuedAt: this.now(), isUsed: false, tokens: [] });
    return this.callback(c, ask, this.has('callback-empty') ? {} : { code });
  }

  /** Sends the browser back to the client with these parameters, the state, and what the provider always adds. */
  callback(
    c: Request,
    ask: Pick<Ask, 'redirectUri' | 'state'>,
    parameters: Record<string, string>,
  ): Response {
    const url = new URL(ask.redirectUri);
    const state = this.has('state-wrong') ? randomBytes(32).toString('base64url') : ask.state;
    const all = { ...parameters, ...this.habits.callbackExtras?.(this) };
    for (const [key, value] of Object.entries(all)) url.searchParams.append(key, value);
    if (state !== undefined && !this.has('state-missing')) url.searchParams.append('state', state);
    if (this.habits.callbackFragment) url.hash = this.habits.callbackFragment;
    this.#sever(c);
    c.header('Cache-Control', 'no-store');
    return c.redirect(url.href, 302);
  }

  /** A page that keeps the reader at the provider. */
  refuse(c: Request, title: string, detail: string, status: 400 | 403 | 404 | 410 = 400) {
    this.#headers(c);
    return c.html(refusalPage(this.habits.look, title, detail), status);
  }

  /**
   * Takes a code out of use and says whose it was, or why it is worth nothing. Any try uses the code up, also a
   * failed one; a second try takes back the tokens of the first (RFC 6749 §4.1.2).
   */
  redeem(code: string, redirectUri: string | null, verifier: string | null): Grant | Refusal {
    const grant = this.#grants.get(code);
    if (!grant) return 'unknown';
    if (grant.isUsed) {
      for (const token of grant.tokens) this.#tokens.delete(token);
      return 'used';
    }
    grant.isUsed = true;
    if (this.has('code-expired') || this.now() - grant.issuedAt > this.habits.codeSeconds * 1000)
      return 'expired';
    if (redirectUri !== grant.redirectUri) return 'redirect';
    return proves(grant, verifier) ? grant : 'verifier';
  }

  /** Remembers a token for a grant. */
  issue(grant: Grant, token: string): string {
    grant.tokens.push(token);
    this.#tokens.set(token, { grant, issuedAt: this.now() });
    return token;
  }

  /** Whose token this is; `undefined` when nobody's or too old. */
  grantOf(token: string | undefined): Grant | undefined {
    const held = token === undefined ? undefined : this.#tokens.get(token);
    return held && this.now() - held.issuedAt <= TOKEN_SECONDS * 1000 ? held.grant : undefined;
  }

  /** Removes, empties or keeps the id in a profile, as told. */
  withSubject(profile: Record<string, unknown>, key: string, nameKey?: string): Record<string, unknown> {
    const shown = { ...profile };
    if (this.has('no-subject')) delete shown[key];
    if (this.has('empty-subject')) shown[key] = '';
    if (nameKey && this.has('name-null')) shown[nameKey] = null;
    return shown;
  }

  get #cookie(): string {
    return `simulated_${this.habits.id}`;
  }

  #chosenName(c: Request, form: URLSearchParams): string | undefined {
    const who = form.get('who') ?? '';
    if (who === 'continue') return this.#returning(c);
    if (who === 'other') return form.get('name')?.trim() || undefined;
    return PEOPLE[Number(who)];
  }

  #returning(c: Request): string | undefined {
    const value = getCookie(c, this.#cookie);
    return value ? Buffer.from(value, 'base64url').toString() || undefined : undefined;
  }

  #show(c: Request, id: string, ask: Ask, complaint?: string): Response | Promise<Response> {
    this.#headers(c);
    const returning = ask.chooseAccount ? undefined : this.#returning(c);
    const base = new URL(this.base).pathname;
    const client = new URL(ask.redirectUri).origin;
    const question = { look: this.habits.look, base, ask: id, client, wishes: ask.wishes, returning };
    return c.html(askPage(complaint ? { ...question, complaint } : question), complaint ? 400 : 200);
  }

  #headers(c: Request): void {
    c.header(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
    );
    c.header('X-Frame-Options', 'DENY');
    c.header('Cache-Control', 'no-store');
    this.#sever(c);
  }

  #sever(c: Request): void {
    if (this.habits.severs || this.has('coop')) c.header('Cross-Origin-Opener-Policy', 'same-origin');
  }
}

/** RFC 7636 §4.6. A verifier for a code that was asked for without a challenge is refused too (RFC 9700 §2.1.1). */
function proves(grant: Grant, verifier: string | null): boolean {
  if (grant.challenge === undefined) return verifier === null;
  if (verifier === null || !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false;
  if (grant.challengeMethod === 'plain') return verifier === grant.challenge;
  return createHash('sha256').update(verifier).digest('base64url') === grant.challenge;
}

/**
 * The embed's side of signing in. Holds the verifier, the window that is opened at a provider's name, the two ways in
 * which a code comes back (a message from that window; the fragment of a page of this origin) and its redemption.
 * It shows nothing: login.ts is told, and does.
 *
 * The code is worthless without the verifier, which never leaves this browser before it is redeemed; so a code that
 * somebody else began (by a link, by a message) finds no verifier here and signs nobody in. `window.closed` is never
 * asked: a provider's page that severs the window from its opener makes it look closed at once.
 */

import type { Kept } from './session.ts';
import { keepSession } from './session-keeping.ts';
import type { Tools } from './tools.ts';
import type { Grant, Me, Widget } from './types.ts';

/** How the reply box is told. */
export interface Report {
  /** Somebody is being waited for: at this provider, if it is known. */
  waiting(provider: string | undefined): void;
  /** It ended without a session, for the reason that `slug` names. */
  failed(slug: string): void;
}

/** What is kept for the page that the code may come back to. */
interface Entry {
  verifier: string;
  site: string;
  mode: 'popup' | 'redirect';
  provider: string;
  /** The page's own fragment, given back after a redirect. */
  fragment: string;
  thread: string;
  t: number;
}

/** An attempt lives ten minutes on the service. */
const ATTEMPT_MS = 600_000;
/** How long an arriving page lets another tab claim the code before it redeems, and before it gives up. */
const CLAIM_MS = 300;
const GIVE_UP_MS = 5_000;
const TRIES = 3;
/** When a picture that a sign-in did not bring is asked for: after the service's jobs ran, and after a slow provider. */
const PICTURE_PAUSES = [3_000, 10_000];
const ENTRY = 'parley.login.';
const SWITCH = 'parley.switch';

interface Outcome {
  attempt: string;
  code?: string | undefined;
  error?: string | undefined;
}

const encode = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export function createSignIn(w: Widget, tools: Tools, report: Report) {
  const { answer, channel, isDown, keep, recall, sessionOf, slugOf } = tools;
  const { origin } = new URL(w.service);
  let pair: { verifier: string; c: string } | undefined;
  let preparing: Promise<void> | undefined;
  /** The attempts begun in this tab, by challenge: what localStorage would say were it not denied. One that has ended
   *  stays, to answer a window that comes late. */
  const begun = new Map<string, Entry & { popup: Window | null }>();
  /** The challenges whose code this tab has redeemed or is redeeming: one code is redeemed once. */
  const redeemed = new Set<string>();
  /** The challenge that the box is waiting for. */
  let current = '';

  /** Has a pair ready: the click must open the window at once, and hashing is asynchronous. */
  async function prepare(): Promise<void> {
    if (pair) return;
    preparing ??= (async () => {
      const verifier = encode(crypto.getRandomValues(new Uint8Array(32)).buffer);
      const c = encode(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
      pair = { verifier, c };
      preparing = undefined;
    })();
    return preparing;
  }

  /** Begins at `provider`. To be called in the reader's click, when `isReady`. A pair serves one click. */
  function start(provider: string, isSwitch: boolean): void {
    // A sandboxed frame has no origin, so the service would send it no code, and it may write into no window.
    if (self.origin === 'null') {
      report.failed('origin-foreign');
      return;
    }
    const { verifier, c } = pair!;
    pair = undefined;
    void prepare();
    sweep();
    const popup = open(
      'about:blank',
      '',
      `popup,width=600,height=720,left=${screenX + 80},top=${screenY + 60}`,
    );
    const mode = popup ? 'popup' : 'redirect';
    const { hash, href } = location;
    const entry: Entry = {
      verifier,
      site: w.siteId,
      mode,
      provider,
      fragment: hash,
      thread: w.key,
      t: Date.now(),
    };
    const isKept = keep(ENTRY + c, entry);
    current = c;
    begun.set(c, { ...entry, popup });
    report.waiting(provider);
    if (!popup && !isKept) {
      fail(c, 'popup-blocked');
      return;
    }

    const fields = {
      site: w.siteId,
      return: href.split('#')[0]!,
      challenge: c,
      provider,
      mode,
      switch: isSwitch || recall(SWITCH) ? '1' : '',
    };
    const target = `${w.service}login/start`;
    const frame = popup ? undefined : document.createElement('iframe');
    if (frame) {
      frame.hidden = true;
      document.body.append(frame);
    }
    const page = (popup ?? frame!.contentWindow!).document;
    page.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      if (effectiveDirective !== 'form-action') return;
      // The article lets nobody post a form. A start by GET can come from anywhere, so its code never goes through
      // an address: only the message to this very window remains.
      if (popup) popup.location.replace(`${target}?${new URLSearchParams(fields)}`);
      else fail(c, 'popup-blocked');
      frame?.remove();
    });
    post(page, target, fields, frame && '_top');
    setTimeout(() => fail(c, 'login-expired'), ATTEMPT_MS);
  }

  /** Sends `fields` as a form of `page`, with an Origin: an article that sends no referrer would send `null`. */
  function post(page: Document, action: string, fields: Record<string, string>, target = ''): void {
    const referrer = page.createElement('meta');
    referrer.name = 'referrer';
    referrer.content = 'origin';
    page.head.append(referrer);
    const form = page.createElement('form');
    Object.assign(form, { method: 'post', action, target });
    for (const [name, value] of Object.entries(fields)) {
      form.append(Object.assign(page.createElement('input'), { type: 'hidden', name, value }));
    }
    page.body.append(form);
    form.submit();
  }

  addEventListener(
    'message',
    ({ data, origin: from, source }) => {
      const own = begun.get(data?.c);
      if (from !== origin || !own?.popup || source !== own.popup) return;
      if (data.v !== 1 || data.type !== 'parley:login' || typeof data.attempt !== 'string') return;
      own.popup.postMessage({ type: 'parley:ack', c: data.c }, origin);
      void finish(data.c, own, data);
    },
    { signal: w.signal },
  );

  channel?.addEventListener(
    'message',
    ({ data }) => {
      const own = begun.get(data?.c);
      if (data?.type !== 'offer' || !own) return;
      channel!.postMessage({ type: 'taken', c: data.c, mode: own.mode });
      void finish(data.c, own, data);
    },
    { signal: w.signal },
  );

  /** Ends an attempt: with a session, or with what the box says. */
  async function finish(c: string, entry: Entry, { attempt, code, error }: Outcome): Promise<void> {
    if (code && redeemed.has(c)) return;
    if (code) redeemed.add(c);
    const slug = code ? await redeem(c, entry, attempt, code) : (error ?? 'login-failed');
    keep(ENTRY + c, undefined);
    if (slug) fail(c, slug);
  }

  /** Redeems once for all tabs of this browser. Returns the slug of what went wrong, if something did. */
  async function redeem(c: string, entry: Entry, attempt: string, code: string): Promise<string | undefined> {
    const session = sessionOf(entry.site);
    const exchange = async (): Promise<string | undefined> => {
      if (session.get()?.c === c) {
        session.changed();
        return;
      }
      const grant = await ask(entry, attempt, code);
      if (typeof grant === 'string') return grant;
      const kept: Kept = { ...grant, c };
      keep(SWITCH, undefined);
      w.loaded?.keepGuest();
      keepSession(tools, session, kept);
      if (session === w.session && !kept.person.picture) awaitPicture(kept).catch(() => {});
    };
    let held: Promise<string | undefined> | undefined;
    try {
      return await navigator.locks.request(`parley.${c}`, () => (held = exchange()));
    } catch {
      // No locks, or refused because storage is denied: then there is no other tab to wait for.
      return held ?? exchange();
    }
  }

  /** A first picture is copied to the service after its reader came, within seconds: shows it when nothing else is
   *  being said. */
  async function awaitPicture(kept: Kept): Promise<void> {
    for (const milliseconds of PICTURE_PAUSES) {
      await pause(milliseconds);
      const isOurs = () => !w.signal.aborted && w.session.get()?.token === kept.token;
      if (!isOurs()) return;
      const { person } = await w.api.call<Me>('GET', '/me');
      if (!person.picture || !isOurs() || w.host.dataset.state !== 'logged-in') continue;
      keepSession(tools, w.session, { ...kept, person });
      return;
    }
  }

  async function ask({ site, verifier }: Entry, attempt: string, code: string): Promise<Grant | string> {
    for (let tries = 1; ; tries++) {
      try {
        return await answer<Grant>(
          fetch(`${w.service}api/v1/sites/${encodeURIComponent(site)}/session`, {
            method: 'POST',
            credentials: 'omit',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ attempt, code, proof: { verifier } }),
          }),
        );
      } catch (cause) {
        if (!isDown(cause) || tries === TRIES) return slugOf(cause);
        await pause(tries * 500);
      }
    }
  }

  /** Takes the code that stands in this page's address, which `arrive` cleans first: for this tab, or for the tab that
   *  began. Never silent: five seconds without anybody who knows the challenge are an expired sign-in. */
  async function arrive(): Promise<void> {
    const [attempt = '', second = '', c = ''] = location.hash.slice('#parley-login='.length).split('.');
    const outcome: Outcome =
      second[0] === '~' ? { attempt, error: second.slice(1) } : { attempt, code: second };
    const page = location.href.split('#')[0]!;
    history.replaceState(history.state, '', page);
    const entry = recall<Entry>(ENTRY + c);
    const isFresh = entry && Date.now() - entry.t < ATTEMPT_MS;
    // Whatever was kept leads to this page alone: no scheme, and not the base that a page may give its links.
    if (entry?.mode === 'redirect' && /^#/.test(entry.fragment)) location.replace(page + entry.fragment);
    current = c;
    report.waiting(entry?.provider);

    let isTaken = false;
    channel?.addEventListener(
      'message',
      ({ data }) => {
        if (data?.type !== 'taken' || data.c !== c) return;
        isTaken = true;
        if (data.mode === 'popup') close();
        w.box.rest();
      },
      { signal: w.signal },
    );
    channel?.postMessage({ type: 'offer', c, ...outcome });
    await pause(CLAIM_MS);
    if (!isTaken && isFresh) {
      await finish(c, entry, outcome);
      if (entry.mode === 'redirect') w.box.text.focus();
      return;
    }
    await pause(GIVE_UP_MS - CLAIM_MS);
    if (!isTaken) fail(c, 'login-expired');
  }

  /** Tells the box, if it is still this attempt that it waits for. */
  function fail(c: string, slug: string): void {
    if (c !== current || w.signal.aborted) return;
    current = '';
    report.failed(slug);
  }

  /** Forgets the attempts that nobody came back from. */
  function sweep(): void {
    try {
      for (const name of Object.keys(localStorage)) {
        if (name.startsWith(ENTRY) && Date.now() - (recall<Entry>(name)?.t ?? 0) > ATTEMPT_MS)
          keep(name, undefined);
      }
    } catch {
      // Storage is denied: nothing was kept.
    }
  }

  return {
    prepare,
    isReady: () => Boolean(pair),
    start,
    /** Gives up the attempt under way; should its code still come, nobody takes it. */
    cancel(): void {
      begun.get(current)?.popup?.close();
      begun.delete(current);
      keep(ENTRY + current, undefined);
      current = '';
    },
    arrive,
    /** After a log-out the next sign-in asks which account. */
    switchNext: () => keep(SWITCH, 1),
  };
}

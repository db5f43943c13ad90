/**
 * Who the reader is, in the reply box: the account they comment with, the providers to choose from, and that one of
 * them is being waited for. Holds those views and log-out; the protocol is signin.ts's affair.
 */

import { createGuest } from './guest.ts';
import { sentenceFor } from './refusals.ts';
import type { State } from './reply-box.ts';
import { keepSession } from './session-keeping.ts';
import { createSignIn } from './signin.ts';
import type { Tools } from './tools.ts';
import type { Person, Provider, RareWidget } from './types.ts';

export type Login = ReturnType<typeof createLogin>;

const STATES: Record<string, State> = {
  'popup-blocked': 'popup-blocked',
  'login-denied': 'login-denied',
  'login-expired': 'login-timeout',
  'attempt-expired': 'login-timeout',
  'code-invalid': 'login-timeout',
};

export function createLogin(w: RareWidget, tools: Tools) {
  const { t, box } = w;
  const { avatar, button, h, icon, slugOf } = tools;
  const providers = w.site.providers.filter(({ kind }) => kind === 'redirect');
  let guest = w.site.providers.some(({ kind }) => kind === 'form') ? createGuest(w, tools) : undefined;
  let name = '';

  function failed(slug: string): void {
    // Own names alone: the slug may come out of an address, and say `constructor`.
    const state = (Object.hasOwn(STATES, slug) && STATES[slug]) || 'login-failed';
    box.enter(state, sentenceFor(t, slug) ?? t[state as 'login-failed']);
  }

  const client = createSignIn(w, tools, {
    waiting(id) {
      name = providers.find((one) => one.id === id)?.name ?? w.site.name;
      box.enter('connecting');
    },
    failed,
  });

  const connecting = () => [
    h('p', { class: 'connecting' }, t.connecting(name)),
    h('p', { class: 'hint' }, t.finishThere),
    button(
      t.cancel,
      () => {
        client.cancel();
        box.want(false);
        box.rest();
      },
      { class: 'plain' },
    ),
  ];

  function says(isChanging: boolean): string {
    if (guest) return t.fillIn;
    if (!providers.length) return t.noProvider;
    return isChanging ? t.chooseOther : t.choose;
  }

  function chooser(isChanging: boolean): Node[] {
    const prepared = client.prepare();
    // Whoever clicks is told; a chooser that is only looked at fails in silence.
    prepared.catch(() => {});
    const offer = (one: Provider) => {
      const start = () => client.start(one.id, isChanging);
      const node = button(
        icon(one.brand.icon),
        // The window must open in the click itself; only a click within the first moments finds nothing prepared.
        () => (client.isReady() ? start() : prepared.then(start, () => failed('login-failed'))),
        { part: 'provider' },
        one.name,
      );
      node.style.setProperty('--brand', one.brand.color);
      node.style.setProperty('--on', one.brand.onColor);
      return node;
    };
    const fixed = providers.filter((one) => isChanging && !one.canSwitch).map((one) => one.name);
    const names = new Intl.ListFormat(t.lang, { type: 'disjunction' }).format(fixed);
    return [
      h('p', { id: 'choose' }, says(isChanging)),
      h('div', { class: 'providers', role: 'group', 'aria-labelledby': 'choose' }, ...providers.map(offer)),
      ...(names ? [h('p', { class: 'hint' }, t.switchThere(names))] : []),
      ...(guest ? [guest.fields] : []),
      ...(isChanging ? [button(t.cancel, () => box.change(false), { class: 'plain' })] : []),
    ];
  }

  const focusFirst = () => w.root.querySelector<HTMLElement>('.provider')?.focus();

  /** The words come first, which are said aloud. */
  const identity = (person: Person): Node[] => [
    h(
      'p',
      { part: 'identity' },
      h('b', {}, h('bdi', {}, person.name || t.anonymous)),
      ': ',
      w.isGuest(person) ? t.commentingAsGuest : t.commentingAs(w.providerName(person.provider)),
      ' ',
      h(
        'span',
        {},
        '(',
        button(t.logOut, logOut, { class: 'link' }),
        ' / ',
        button(t.change, () => box.change(true), { class: 'link' }),
        ')',
      ),
    ),
    avatar(person),
  ];

  /** Ends the session on the service first: on a shared computer a log-out that did not happen must not look done. */
  async function logOut(): Promise<void> {
    try {
      await w.api.call('DELETE', '/session');
    } catch (cause) {
      if (!slugOf(cause).startsWith('session-')) return box.enter('server-error', t.unavailable);
    }
    client.switchNext();
    box.want(false);
    guest?.forget();
    keepSession(tools, w.session);
    box.rest(t.loggedOut);
  }

  return {
    /** Who will have written it: the reader's account, or the accounts to choose from. */
    view(state: State, isChanging: boolean): Node[] {
      const kept = w.session.get();
      if (state === 'connecting') return connecting();
      return kept && !isChanging ? identity(kept.person) : chooser(isChanging);
    },
    arrive: client.arrive,
    /** The site takes none any more. */
    noGuests(): void {
      guest = undefined;
    },
    /** The reader pressed Post: as whom? */
    ask(): void {
      if (guest) return void guest.enter();
      box.enter('pending-auto-post', t['pending-auto-post']);
      focusFirst();
    },
    askToVote(): void {
      box.want(false);
      box.rest(t.chooseToVote);
      focusFirst();
    },
  };
}

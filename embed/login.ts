/**
 * What the reply box shows about signing in: the providers to choose from, and that one of them is being waited for.
 * Holds those views and log-out; the protocol is signin.ts's affair. Loads when a reader who is not signed in uses the
 * box.
 */

import { sentenceFor } from './refusals.ts';
import type { State } from './reply-box.ts';
import { createSignIn } from './signin.ts';
import type { Tools } from './tools.ts';
import type { Provider, RareWidget } from './types.ts';

export type Login = ReturnType<typeof createLogin>;

const STATES: Record<string, State> = {
  'popup-blocked': 'popup-blocked',
  'login-denied': 'login-denied',
  'login-expired': 'login-expired',
  'attempt-expired': 'login-expired',
  'code-invalid': 'login-expired',
};

export function createLogin(w: RareWidget, tools: Tools) {
  const { t, box } = w;
  const { button, h, icon, slugOf } = tools;
  const { providers } = w.site;
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
        box.rest();
      },
      { class: 'plain' },
    ),
  ];

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
      h('p', { id: 'choose' }, !providers.length ? t.noProvider : isChanging ? t.chooseOther : t.choose),
      h('div', { class: 'providers', role: 'group', 'aria-labelledby': 'choose' }, ...providers.map(offer)),
      ...(names ? [h('p', { class: 'hint' }, t.switchThere(names))] : []),
      ...(isChanging ? [button(t.cancel, () => box.change(false), { class: 'plain' })] : []),
    ];
  }

  return {
    view: (state: State, isChanging: boolean) =>
      state === 'connecting' ? connecting() : chooser(isChanging),
    arrive: client.arrive,
    /** Ends the session on the service first: on a shared computer a log-out that did not happen must not look done. */
    async logOut(): Promise<void> {
      try {
        await w.api.call('DELETE', '/session');
      } catch (cause) {
        if (!slugOf(cause).startsWith('session-')) return box.enter('server-error', t.unavailable);
      }
      client.switchNext();
      w.session.set();
      w.announce(t.loggedOut);
    },
  };
}

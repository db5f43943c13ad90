/**
 * What a reader wrote here as a guest, before signing in. Holds the offer to make it theirs: a list that shows each
 * comment, and nothing happens before they have pressed. The proof is the guest's own session, which this browser kept.
 */

import type { Tools } from './tools.ts';
import type { List, Own, RareWidget } from './types.ts';

const nameOf = ({ siteId }: RareWidget) => `parley.claim.${siteId}`;

/** Keeps a guest's session when another one takes its place. */
export function keepGuest(w: RareWidget, { keep }: Tools): void {
  const before = w.session.get();
  if (before && w.isGuest(before.person)) keep(nameOf(w), before.token);
}

/** Shows the offer, if there is something to claim for somebody. */
export async function offerClaim(w: RareWidget, tools: Tools): Promise<void> {
  const { t } = w;
  const { button, h, keep, recall } = tools;
  const guest = recall<string>(nameOf(w));
  const person = w.session.get()?.person;
  w.root.querySelector('.claim')?.remove();
  if (!guest || !person || w.isGuest(person)) return;
  const forget = () => keep(nameOf(w), undefined);
  const asGuest = { authorization: `Bearer ${guest}` };
  const { items } = await w.api.call<List<Own>>('GET', '/me/comments', undefined, asGuest).catch((cause) => {
    // Over, or of another time; nobody to tell.
    if (tools.slugOf(cause).startsWith('session-')) forget();
    return { items: [] };
  });
  if (!items.length || w.session.get()?.person.id !== person.id) return;
  const end = (said: string) => {
    forget();
    panel.remove();
    w.box.text.focus();
    w.announce(said);
  };
  const message = h('p', { class: 'message' });
  const panel = h(
    'section',
    { class: 'claim', 'aria-labelledby': 'claim' },
    h('p', { id: 'claim' }, t.claimOffer),
    h('ul', {}, ...items.map((own) => h('li', { dir: 'auto' }, own.raw.slice(0, 200)))),
    message,
    h(
      'div',
      { class: 'ways' },
      button(
        t.claim,
        async () => {
          try {
            await w.api.call('POST', '/claims', { guest });
            await w.list.reload();
            end(t.claimed);
          } catch (cause) {
            message.textContent = w.explain(cause);
          }
        },
        { class: 'plain' },
      ),
      button(t.notMine, () => end(''), { class: 'plain' }),
    ),
  );
  w.root.querySelector('.root')!.prepend(panel);
  w.announce(t.claimOffer);
}

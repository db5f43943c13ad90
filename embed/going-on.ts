/**
 * What the reader wanted posted and is not yet: goes on when somebody is signed in, and when the service answers again.
 * Holds when that is still what they meant: for ten minutes, and for the one who pressed Post.
 */

import type { Tools } from './tools.ts';
import type { RareWidget } from './types.ts';

/** As long as a sign-in may take. */
const WANTED_MS = 600_000;
/** After so long it is tried whether the service answers again, then after twice that, up to the last. */
const PAUSES_MS = [4_000, 60_000] as const;

/** The pause that comes next. Grows over one failure after the other: what blocks posting alone is there to stay. */
const pauses = new WeakMap<RareWidget, number>();

function isWanted({ box: { draft }, session }: RareWidget): boolean {
  const { text, wanted } = draft;
  if (!text || !wanted || !(Math.abs(Date.now() - wanted.at) < WANTED_MS)) return false;
  return !wanted.by || wanted.by === session.get()?.person.id;
}

/** There is a session, another one, or none. */
export function goOn(w: RareWidget): void {
  if (w.session.get() && isWanted(w)) void w.box.submit(true);
}

/** Nobody answers: the comment is sent by itself, once, when somebody does. */
export function wait(w: RareWidget, tools: Tools): void {
  const { box, host, t } = w;
  const waiting = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  // A key that no header can carry is another script's, and never leaves this browser.
  if (!/^[!-~]{8,128}$/.test(box.draft.sent?.key ?? '')) box.draft.sent = undefined;
  const again = tools.button(t.retry, () => box.submit(), { class: 'plain' });

  function later(): void {
    const pause = pauses.get(w) ?? PAUSES_MS[0];
    pauses.set(w, Math.min(pause * 2, PAUSES_MS[1]));
    timer = setTimeout(ask, pause);
  }

  async function ask(): Promise<void> {
    clearTimeout(timer);
    const isOver = () => w.signal.aborted || waiting.signal.aborted || host.dataset.state !== 'offline-retry';
    if (isOver()) return waiting.abort();
    if (!isWanted(w)) {
      waiting.abort();
      return box.enter('server-error', t.unavailable, again);
    }
    const isUp = await w.api.read(`/counts?${new URLSearchParams({ key: w.key })}`).then(
      () => true,
      (cause) => !tools.isDown(cause),
    );
    if (isOver()) return;
    if (!isUp) return later();
    waiting.abort();
    void box.submit(true);
  }
  addEventListener('online', () => void ask(), { signal: waiting.signal });
  box.enter('offline-retry', t['offline-retry'], again);
  later();
}

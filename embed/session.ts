/**
 * Who is signed in on this site, in this browser. Holds the token and tells all embeds of this page when it changes,
 * also in another tab (BroadcastChannel); how it is obtained and kept is the sign-in's affair (session-keeping.ts). The
 * token is bound by the service to this site and this origin and gives a reader's rights only.
 */

import { recall } from './store.ts';
import type { Grant } from './types.ts';

/** A session as kept: `c` is the challenge of the sign-in that made it, by which a second tab knows it again. */
export interface Kept extends Grant {
  c: string;
}

export type Session = ReturnType<typeof createSession>;

/** Absent where a browser has none: tabs then learn of each other at the next load. */
export const channel = window.BroadcastChannel && new BroadcastChannel('parley');

const sessions = new Map<string, Session>();

/** The one session of a site on this page. */
export function sessionOf(site: string): Session {
  const session = sessions.get(site) ?? createSession(site);
  sessions.set(site, session);
  return session;
}

channel?.addEventListener('message', ({ data }) => {
  if (data?.type === 'session') for (const session of sessions.values()) session.changed();
});

function createSession(site: string) {
  const name = `parley.session.${site}`;
  const changes = new EventTarget();
  return Object.assign(changes, {
    /** What it is kept under. */
    name,
    /** The session kept, unless its time is over. */
    get(): Kept | undefined {
      const kept = recall<Kept>(name);
      return kept && Date.parse(kept.expiresAt) > Date.now() ? kept : undefined;
    },
    /** Tells this page that what is kept is another one now. */
    changed(): void {
      changes.dispatchEvent(new Event('change'));
    },
  });
}

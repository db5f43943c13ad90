/** Keeping a session, or none: the half of session.ts that only signing in and out need. */

import type { Kept, Session } from './session.ts';
import type { Tools } from './tools.ts';
import type { Person } from './types.ts';

/** Keeps a new session, or none, and tells everybody. */
export function keepSession({ channel, keep }: Tools, session: Session, kept?: Kept): void {
  keep(session.name, kept);
  session.changed();
  channel?.postMessage({ type: 'session', c: kept?.c });
}

/** Keeps what the service says by now of the person behind `kept`, if that is still the session: a picture comes after
 *  its reader. */
export function keepPerson({ keep }: Tools, session: Session, kept: Kept, person: Person): void {
  if (session.get()?.token === kept.token) keep(session.name, { ...kept, person });
}

/**
 * What is done outside the request. A job holds ids and nothing else: what it needs it reads when it runs, so that it
 * never works with a text, a name or an address that has changed or been erased since. How jobs are kept, retried and
 * scheduled is the business of `edge/jobs.ts`.
 */

export type Job =
  /** Copy the picture of an identity to our own origin. */
  | { kind: 'picture'; identityId: number }
  /** Remove what time has made obsolete. Comes by itself, every minute. */
  | { kind: 'sweep' };

export type JobKind = Job['kind'];

export type JobOf<Kind extends JobKind> = Extract<Job, { kind: Kind }>;

/** Puts a job in the writer's transaction: it is there when the change is, and gone with it. `Tx` is the domain's. */
export type Enqueue<Tx> = (tx: Tx, job: Job) => Promise<void>;

/** Thrown by a job that the outside world hinders: no defect, and worth trying again. The message is a short reason,
 *  for the log and for the row of the job; it names no person and no address. */
export class TryAgain extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'TryAgain';
  }
}

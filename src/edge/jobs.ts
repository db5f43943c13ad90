/**
 * pg-boss behind the port of `core/job.ts`: jobs are rows, put there in the writer's transaction, done by whichever
 * process fetches them, tried again with growing pauses, and scheduled by the minute. What a job does is handed in; this
 * file knows how often, how many at once and for how long.
 *
 * It sends its statements through the service's own pool, so a database that comes back needs nothing done here, and
 * it asks for work every other second instead of listening: a `NOTIFY` in a transaction orders all commits of the
 * database. Its tables are made by `migrate`. Loaded by `main` alone: a command has no use for it, and it is not small.
 */
import { fromKysely, PgBoss, type QueueOptions, type QueuePolicy } from 'pg-boss';
import { type Enqueue, type Job, type JobKind, type JobOf, TryAgain } from '../core/job.ts';
import type { Database, Tx } from '../domain/database.ts';
import { JOBS_SCHEMA } from '../domain/jobs-schema.ts';
import type { Log } from './log.ts';

/** What each kind of job does. `signal` ends it when its time is up or the service stops. Throws `TryAgain` for what
 *  is nobody's fault here; any other error counts as a defect, and is tried again as well. */
export type Work = { [Kind in JobKind]: (job: JobOf<Kind>, signal: AbortSignal) => Promise<void> };

export interface Jobs {
  enqueue: Enqueue<Tx>;
  /** Fetches no more, tells what runs to end, and waits for it. Does not fail, and takes `STOP_MS` at most. */
  stop(): Promise<void>;
}

interface Habits {
  policy: QueuePolicy;
  limits: QueueOptions;
  /** How many at once in this process. */
  localConcurrency: number;
  keyOf?(job: Job): string;
  /** Makes one by itself. */
  cron?: string;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const QUEUES: Record<JobKind, Habits> = {
  picture: {
    policy: 'short', // of one key, one waits at most
    keyOf: (job) => (job.kind === 'picture' ? String(job.identityId) : ''),
    localConcurrency: 2,
    limits: {
      expireInSeconds: MINUTE,
      retryLimit: 4, // over about an hour: a host that is away longer is asked again at a later sign-in
      retryDelay: 2 * MINUTE,
      retryBackoff: true,
      retentionSeconds: 24 * HOUR,
      deleteAfterSeconds: HOUR,
    },
  },
  sweep: {
    policy: 'exclusive', // one waits or runs, of all processes
    cron: '* * * * *',
    localConcurrency: 1,
    limits: {
      expireInSeconds: 10 * MINUTE,
      retryLimit: 0, // the next one is a minute away
      retentionSeconds: HOUR,
      deleteAfterSeconds: HOUR,
    },
  },
};

/** A picture may come two seconds after its reader. */
const POLL_SECONDS = 2;
const STOP_MS = 5_000;
/** A database that is away fails every statement of every worker. */
const COMPLAINT_MS = 60_000;

/** Starts fetching and doing jobs, asking for some every `pollSeconds`. Throws when the database does not answer, or its
 *  tables are another version's. */
export async function startJobs(
  database: Pick<Database, 'pool'>,
  work: Work,
  log: Log,
  { pollSeconds = POLL_SECONDS } = {},
): Promise<Jobs> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => database.pool.query(text, values) },
    schema: JOBS_SCHEMA,
    migrate: false,
    reindex: false, // would outlast the pool's limit for a statement, and these tables stay small
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  // Unheard, an 'error' would end the process. Some are plain objects with the members of an error.
  const complain = atMostEvery(COMPLAINT_MS, ({ message }: Error) =>
    log.warn({ reason: message }, 'jobs are held up'),
  );
  boss.on('error', complain);
  boss.on('warning', ({ message }) => log.warn({ warning: message }, 'jobs'));
  await boss.start();

  const stopping = new AbortController();
  const start = async <Kind extends JobKind>(kind: Kind) => {
    const { policy, limits, localConcurrency, cron } = QUEUES[kind];
    await boss.createQueue(kind, { policy, ...limits });
    await boss.updateQueue(kind, limits); // an earlier version may have made it otherwise
    await boss.work<Omit<Job, 'kind'>, void>(
      kind,
      { localConcurrency, pollingIntervalSeconds: pollSeconds },
      async ([row]) => {
        const { data, retryCount, signal } = row!;
        const job = { ...data, kind } as JobOf<Kind>;
        try {
          await work[kind](job, AbortSignal.any([signal, stopping.signal]));
        } catch (error) {
          if (error instanceof TryAgain) log.info({ job, retryCount, reason: error.message }, 'job put off');
          else log.error({ job, retryCount, err: error }, 'a job broke');
          // What is thrown here is written into the job's row: a reason belongs there, and nothing of a stranger.
          throw error instanceof TryAgain ? error : new Error('broke; see the log');
        }
      },
    );
    if (cron) await boss.schedule(kind, cron);
  };
  for (const kind of Object.keys(QUEUES) as JobKind[]) await start(kind);

  return {
    async enqueue(tx, { kind, ...data }) {
      const { keyOf } = QUEUES[kind];
      const singletonKey = keyOf?.({ kind, ...data } as Job);
      await boss.send(kind, data, {
        db: fromKysely(tx),
        ...(singletonKey === undefined ? {} : { singletonKey }),
      });
    },
    async stop() {
      stopping.abort();
      await boss.stop({ close: false, timeout: STOP_MS }).catch(complain);
    },
  };
}

function atMostEvery<Value>(milliseconds: number, say: (value: Value) => void): (value: Value) => void {
  let silentUntil = Number.NEGATIVE_INFINITY;
  return (value) => {
    if (performance.now() < silentUntil) return;
    silentUntil = performance.now() + milliseconds;
    say(value);
  };
}

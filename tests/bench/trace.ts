/**
 * What the main thread of a page did, read from a trace of Chromium: how long script ran, and how long its longest task
 * was. Pure. Times are CPU times of that thread: on a machine that does nothing else they are those of the clock, and
 * on any other they leave out what else it does. (A slowed down processor wastes its time in the thread, so that is in.)
 */

/** Source: Google Docs, "Trace Event Format". Times in microseconds. */
export interface TraceEvent {
  name: string;
  /** `X` for what has a duration. */
  ph: string;
  ts: number;
  dur?: number;
  /** CPU time of the thread. */
  tdur?: number;
  pid: number;
  tid: number;
  args?: { data?: { url?: string } };
}

/** In ms of CPU, but for `clockMs`. */
export interface Task {
  ms: number;
  clockMs: number;
  scriptMs: number;
  styleMs: number;
  layoutMs: number;
}

export interface Work {
  /** Script of the embed until the first comments were painted. */
  scriptMs: number;
  /** The longest task from the loader's first instruction until all comments were painted; of a page without a loader,
   *  from the beginning. */
  longest: Task;
  /** The longest of those that were script of the embed for the most part. */
  longestScriptMs: number;
  /** All tasks of the page until all comments were painted. */
  totalMs: number;
}

/** The marks that the page left. */
export const VISIBLE = 'parley-visible';
export const COMPLETE = 'parley-complete';

/** What runs script and has no address; a checkpoint is where promises go on. */
const SCRIPT = new Set([
  'v8.evaluateModule',
  'v8.compile',
  'v8.compileModule',
  'BlinkScheduler_PerformMicrotaskCheckpoint',
]);
/** The same with one. Those without an address are the benchmark's own. */
const ADDRESSED = new Set(['EvaluateScript', 'FunctionCall']);

type Span = TraceEvent & { dur: number };

/** Throws when the page left no marks. `service`: the origin that the embed comes from. */
export function workOf(events: readonly TraceEvent[], service: string): Work {
  const complete = events.find(({ name }) => name === COMPLETE);
  const visible = events.find(({ name, pid }) => name === VISIBLE && pid === complete?.pid);
  if (!visible || !complete) throw new Error('The trace does not say when the comments were there.');
  const spans = events
    .filter(
      (event): event is Span => event.ph === 'X' && event.dur !== undefined && event.tid === complete.tid,
    )
    .filter(({ pid, ts }) => pid === complete.pid && ts < complete.ts)
    .toSorted((a, b) => a.ts - b.ts || b.dur - a.dur);
  const isOurs = ({ name, args }: Span) =>
    SCRIPT.has(name) || (ADDRESSED.has(name) && Boolean(args?.data?.url?.startsWith(`${service}/`)));
  const begun = spans.find(
    ({ name, args }) => name === 'EvaluateScript' && args?.data?.url === `${service}/embed.js`,
  );
  const tasks = outermost(spans.filter(({ name }) => name === 'RunTask'));
  const scripts = outermost(spans.filter(isOurs));
  const within = (task: Span, some: readonly Span[]) =>
    sum(some.filter(({ ts }) => ts >= task.ts && ts < task.ts + task.dur));
  const [longest] = tasks
    .filter(({ ts, dur }) => ts + dur > (begun?.ts ?? 0))
    .toSorted((a, b) => cpuMs(b) - cpuMs(a));
  if (!longest) throw new Error('The trace has no tasks.');
  const scripted = tasks.filter((task) => within(task, scripts) > cpuMs(task) / 2);
  return {
    scriptMs: sum(scripts.filter(({ ts }) => ts < visible.ts && ts >= (begun?.ts ?? 0))),
    longest: {
      ms: cpuMs(longest),
      clockMs: longest.dur / 1000,
      scriptMs: within(longest, scripts),
      styleMs: within(longest, outermost(spans.filter(({ name }) => name === 'UpdateLayoutTree'))),
      layoutMs: within(longest, outermost(spans.filter(({ name }) => name === 'Layout'))),
    },
    longestScriptMs: Math.max(0, ...scripted.map(cpuMs)),
    totalMs: sum(tasks),
  };
}

const cpuMs = ({ dur, tdur = dur }: Span) => tdur / 1000;
const sum = (spans: readonly Span[]) => spans.reduce((all, span) => all + cpuMs(span), 0);

/** Without those inside others; `spans` are in order. */
function outermost(spans: readonly Span[]): Span[] {
  let end = 0;
  return spans.filter(({ ts, dur }) => {
    if (ts < end) return false;
    end = ts + dur;
    return true;
  });
}

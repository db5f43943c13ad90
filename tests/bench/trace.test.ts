/** What is read from a trace, on one made up here. Each test tells one thing that would make the figures wrong. */
import { expect, test } from 'vitest';
import { COMPLETE, type TraceEvent, VISIBLE, workOf } from './trace.ts';

const SERVICE = 'http://localhost:1';
const MAIN = { pid: 1, tid: 1 };

/** From `start` on, in ms, with half of its time on the CPU. */
const span = (name: string, start: number, ms: number, url?: string, thread = MAIN): TraceEvent => ({
  ...thread,
  name,
  ph: 'X',
  ts: start * 1000,
  dur: ms * 1000,
  tdur: ms * 500,
  ...(url ? { args: { data: { url } } } : {}),
});
const mark = (name: string, at: number): TraceEvent => ({ ...MAIN, name, ph: 'I', ts: at * 1000 });

const TRACE = [
  span('RunTask', 0, 90), // the article's own, before there was a loader
  span('RunTask', 100, 10),
  span('EvaluateScript', 101, 8, `${SERVICE}/embed.js`),
  span('RunTask', 200, 40),
  span('BlinkScheduler_PerformMicrotaskCheckpoint', 201, 30),
  span('FunctionCall', 205, 20, `${SERVICE}/embed/comments.A.js`), // inside
  span('FunctionCall', 232, 6), // the benchmark's
  span('FunctionCall', 232, 6, 'http://elsewhere/x.js'),
  span('RunTask', 300, 60),
  span('UpdateLayoutTree', 301, 10),
  span('Layout', 311, 40),
  span('Layout', 320, 10), // inside
  span('RunTask', 300, 500, undefined, { pid: 1, tid: 2 }),
  span('RunTask', 300, 600, undefined, { pid: 2, tid: 1 }),
  mark(VISIBLE, 400),
  span('RunTask', 410, 20),
  span('FunctionCall', 411, 18, `${SERVICE}/embed/comments.A.js`), // goes on with the rest
  mark(COMPLETE, 500),
  span('RunTask', 510, 400),
];

test('the longest task is of the main thread, from the loader on and until all comments are there', () => {
  const { longest } = workOf(TRACE.toReversed(), SERVICE);
  expect(longest).toEqual({ ms: 30, clockMs: 60, scriptMs: 0, styleMs: 5, layoutMs: 20 });
});

test('script counts once, until the first comments are visible, and only that of the service', () => {
  const { scriptMs, longestScriptMs } = workOf(TRACE, SERVICE);
  expect(scriptMs).toBe(4 + 15);
  expect(longestScriptMs).toBe(20);
});

test('the sum is of all tasks of the page', () => {
  expect(workOf(TRACE, SERVICE).totalMs).toBe((90 + 10 + 40 + 60 + 20) / 2);
});

test('a page without a loader is measured from its beginning', () => {
  expect(workOf(TRACE, 'http://nobody').longest.ms).toBe(45);
});

test('a trace without marks is refused', () => {
  const unmarked = TRACE.filter(({ ph }) => ph === 'X');
  expect(() => workOf(unmarked, SERVICE)).toThrow('does not say');
});

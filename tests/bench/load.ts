/**
 * The two kinds of load. Reading over HTTP by autocannon, in an open window: it is counted only while all connections
 * are busy, because with slow answers those under way at the edges are a good part of all. Everything else by lanes in
 * this process, each of which waits for its answer before it asks again, and finishes what it began. Both count only
 * whole answers and refuse wrong ones; neither knows what is asked.
 */
import { Agent, request } from 'node:http';
import autocannon, { type Client } from 'autocannon';
import type { Reading } from './measure.ts';
import type { Served } from './processes.ts';

const SAMPLE_MS = 50; // autocannon looks this often at whether it should end
const RAMP_MS = 150; // until every connection has had its first answer or waits for it
/** When the server no longer says how it is. */
const STUCK_MS = 10_000;

export interface ReadLoad {
  /** The process that answers; its CPU time is what is read. */
  served: Served;
  path: string;
  connections: number;
  milliseconds: number;
  /** What each answer has on the wire. */
  answerBytes: number;
}

/**
 * GETs one path. Rejects when one answer was not 200, or when the bytes that came in are not exactly `answerBytes` each;
 * the bytes themselves the caller compares before and after, because comparing each of them here would slow the faster
 * side down more.
 */
export async function loadReads(load: ReadLoad): Promise<Reading> {
  const { served, path, connections, milliseconds, answerBytes } = load;
  let answers = 0;
  const duration = (RAMP_MS + milliseconds + STUCK_MS) / 1000;
  const url = served.url + path;
  const run = autocannon({ url, connections, duration, sampleInt: SAMPLE_MS, setupClient: keepNoBody });
  run.on('response', () => {
    answers += 1;
  });
  const look = async () => {
    const cpuSeconds = await served.cpuSeconds();
    return { answers, cpuSeconds, now: performance.now() };
  };
  try {
    await sleep(RAMP_MS);
    const from = await look();
    await sleep(milliseconds);
    const to = await look();
    run.stop();
    const outcome = await run;
    const { requests, throughput, statusCodeStats, errors, timeouts } = outcome;
    if (statusCodeStats[200]?.count !== requests.total || errors > 0 || timeouts > 0) {
      const seen = JSON.stringify(statusCodeStats);
      throw new Error(`${path} answered ${seen} and ${errors} errors, where all should be 200.`);
    }
    if (throughput.total !== requests.total * answerBytes) {
      const average = throughput.total / requests.total;
      throw new Error(`${path} answered ${average} bytes on average, where each should have ${answerBytes}.`);
    }
    return {
      done: to.answers - from.answers,
      seconds: (to.now - from.now) / 1000,
      cpuSeconds: to.cpuSeconds - from.cpuSeconds,
    };
  } finally {
    run.stop();
  }
}

/** Autocannon makes a string of every body, which at 58 kB an answer held bare `node:http` back by a third. */
function keepNoBody(client: Client): void {
  client.pipelinedRequests.addBody = () => {};
}

/** How many bytes one answer has on the wire, headers and framing included. */
export async function weigh(url: string): Promise<number> {
  const { throughput } = await autocannon({ url, connections: 1, amount: 1, sampleInt: SAMPLE_MS });
  return throughput.total;
}

/**
 * Runs `work` over and over in so many lanes at once; what was begun in time is finished and counted. `cpuSeconds` reads
 * the CPU time of the process that does the work; absent: this one.
 */
export async function loop(
  lanes: number,
  milliseconds: number,
  work: () => Promise<void>,
  cpuSeconds: () => Promise<number> = ownCpuSeconds,
): Promise<Reading> {
  const cpuBefore = await cpuSeconds();
  const start = performance.now();
  const end = start + milliseconds;
  let done = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - start) / 1000;
  return { done, seconds, cpuSeconds: (await cpuSeconds()) - cpuBefore };
}

async function ownCpuSeconds(): Promise<number> {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Comes back with a function that POSTs JSON on kept connections, and rejects for any status but 201. */
export function poster(url: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const send = (headers: Record<string, string>, body: string) =>
    new Promise<void>((resolve, reject) => {
      const length = Buffer.byteLength(body);
      const contents = { 'Content-Type': 'application/json', 'Content-Length': length };
      const sent = request(url, { method: 'POST', agent, headers: { ...headers, ...contents } });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          answer += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 201) resolve();
          else reject(new Error(`${url} answered ${response.statusCode}: ${answer}`));
        });
      });
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

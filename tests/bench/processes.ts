/**
 * Servers under load, each in a process of its own: Node has one thread for JavaScript, and one that also made the load
 * would measure that instead. Both ends of the pipe are here; a child ends with its parent, however that ends.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/** A server in a child process. */
export interface Served {
  /** Its origin, on loopback. */
  url: string;
  /** CPU time it has used since it started. */
  cpuSeconds(): Promise<number>;
  /** Lets what it is answering finish, then ends it. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Ends at once whatever still runs, for a run that was broken off. */
export function endProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

type Answer = { port: number } | { cpuSeconds: number };

/** Starts `file` of this folder with an order. `profiles`: a folder for its CPU profile, written when it stops. */
export async function startProcess(file: string, order: object, profiles?: string): Promise<Served> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    execArgv: profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [],
    serialization: 'advanced', // bytes stay bytes
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ask = async (question: object | string): Promise<Answer> => {
    const gone = new AbortController();
    const fail = (code: number | null) => gone.abort(new Error(`${file} ended with ${code}.`));
    child.once('exit', fail);
    try {
      child.send(question);
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
      const [answer] = await once(child, 'message', { signal });
      return answer as Answer;
    } catch (error) {
      throw gone.signal.aborted ? gone.signal.reason : error;
    } finally {
      child.off('exit', fail);
    }
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.send('stop');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(force);
  };
  try {
    const { port } = (await ask(order)) as { port: number };
    return {
      url: `http://127.0.0.1:${port}`,
      cpuSeconds: async () => ((await ask('cpu')) as { cpuSeconds: number }).cpuSeconds,
      stop,
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

/** The child's side: starts on the first message, then answers until told to stop. */
export function serveOrders<Order>(
  start: (order: Order) => Promise<{ port: number; close: () => Promise<void> }>,
): void {
  const tell = (answer: Answer) => process.send!(answer);
  process.on('disconnect', () => process.exit(1));
  process.once('message', async (order) => {
    const { port, close } = await start(order as Order);
    process.on('message', async (question) => {
      const { user, system } = process.cpuUsage();
      if (question === 'cpu') return tell({ cpuSeconds: (user + system) / 1e6 });
      await close();
      process.removeAllListeners('disconnect');
      process.disconnect!();
      return true;
    });
    tell({ port });
  });
}

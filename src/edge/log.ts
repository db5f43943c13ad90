/**
 * The log: pino, JSON lines on standard output. Requests are logged when they failed or were slow (a line for each
 * would cost a third of the throughput of a cached read); nothing that is logged holds a token, a code or an address.
 */
import { pino } from 'pino';

export type Log = pino.Logger;

/** A request slower than this is logged. */
export const SLOW_MS = 1_000;

export function createLog(level: string): Log {
  return pino({
    level,
    base: null,
    serializers: { err: describeError },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

/**
 * What a line says of an error: its name, code, message and stack, and the same of its cause. An allow-list, because
 * errors carry more than they say: pg's hold the whole connection, its cancel key included.
 */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? String(error.code) : undefined;
  return { name, code, message, stack, ...(cause === undefined ? {} : { cause: describeError(cause) }) };
}

/**
 * The log: pino, JSON lines on standard output. Requests are logged when they failed or were slow (a line for each
 * would cost a third of the throughput of a cached read); nothing that is logged holds a token, a code or an address.
 */
import { pino } from 'pino';

export type Log = pino.Logger;

/** A request slower than this is logged. */
export const SLOW_MS = 1_000;

export function createLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

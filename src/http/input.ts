/**
 * Input at the border: a JSON body of a stated shape, ids and limits from the URL. Unknown fields are refused; every
 * fault of a body is named at once, by JSON pointer. Nothing here decides what the input may do.
 */
import type { z } from 'zod';
import { parseId } from '../core/id.ts';
import { problem } from '../core/problem.ts';
import type { Order } from '../core/site.ts';
import type { Ctx } from './env.ts';

/** The longest body: a comment of the highest limit in four-byte characters, JSON-escaped, fits. */
export const MAX_BODY_BYTES = 256 * 1024;

/**
 * The request's JSON body. Throws `unsupported-media-type` (also the shield against forms from other sites),
 * `malformed-json`, `invalid-input`.
 */
export async function readBody<S extends z.ZodType>(c: Ctx, schema: S): Promise<z.output<S>> {
  const type = c.req.header('Content-Type') ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw problem('unsupported-media-type');
  let value: unknown;
  try {
    value = JSON.parse(await c.req.text());
  } catch {
    throw problem('malformed-json');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, 20).map((issue) => ({
    pointer: `/${issue.path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`,
    detail: issue.message.slice(0, 200),
  }));
  throw problem('invalid-input', { errors });
}

/** The comment id of the path. Throws `comment-unknown`: what is no id names no comment. */
export function commentIdOf(c: Ctx): number {
  const id = parseId(c.req.param('id') ?? '');
  if (id === undefined) throw problem('comment-unknown');
  return id;
}

/** The query's `limit`, 1–100. Throws `invalid-input`. */
export function limitOf(c: Ctx, fallback: number): number {
  const text = c.req.query('limit');
  if (text === undefined) return fallback;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 100) throw badQuery('limit', 'must be a whole number from 1 to 100');
  return limit;
}

/** A fault of the query string, shaped like those of a body. */
export function badQuery(name: string, detail: string) {
  return problem('invalid-input', { errors: [{ pointer: `?${name}`, detail }] });
}

/** The query's thread key. Throws `thread-key-invalid` when there is none. */
export function keyOf(c: Ctx): string {
  const key = c.req.query('key');
  if (!key) throw problem('thread-key-invalid');
  return key;
}

/** The query's `order`. Throws `invalid-input`. */
export function orderOf(c: Ctx, fallback: Order): Order {
  const order = c.req.query('order') ?? fallback;
  if (order !== 'oldest' && order !== 'newest' && order !== 'best') {
    throw badQuery('order', 'must be oldest, newest or best');
  }
  return order;
}

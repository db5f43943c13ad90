/**
 * Talking to the service. Holds the call, its refusals and its one silent retry; it knows no route. No cookie is ever
 * sent: what a reader may do stands in the token, and what anyone may read is asked for without it, so that a shared
 * cache can answer.
 */

import { FETCH } from './address.ts';

/** How long to wait before the one retry that the reader is not told of: longer than a restart of a proxy. */
const RETRY_MS = 800;

/** Why a call failed: `slug` is the last part of the problem's type, or `unreachable` when no answer came. */
export class Refusal extends Error {
  readonly slug: string;
  /** With which it was asked. */
  declare token?: string | undefined;
  readonly problem: {
    title?: string;
    detail?: string;
    retryAfter?: number;
    until?: string | null;
    commentId?: number;
  };

  constructor(slug: string, problem = {}) {
    super(slug);
    this.slug = slug;
    this.problem = problem;
  }
}

export const slugOf = (cause: unknown): string => (cause instanceof Refusal ? cause.slug : 'internal');

/** Whether asking again may help: nobody answered, or somebody who could not. */
export const isDown = (cause: unknown): boolean => /^un(reachable|available)$/.test(slugOf(cause));

/** The JSON of an answer. Throws a `Refusal`, also for an answer that is no JSON. */
export async function answer<T>(asked: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await asked;
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  } catch {
    throw new Refusal('unreachable');
  }
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(`${problem.type ?? ''}`.split('/').pop() || 'unavailable', problem);
}

export type Api = ReturnType<typeof createApi>;

/** The calls below `base`. Every call of the embed may be made twice (a comment carries its key), so one that meets
 *  nobody is made once more. `token` is read for each call. */
export function createApi(base: string, token: () => string | undefined) {
  async function twice<T>(path: string, init?: RequestInit): Promise<T> {
    const ask = () => answer<T>(fetch(base + path, { ...FETCH, ...init }));
    try {
      return await ask();
    } catch (cause) {
      if (!isDown(cause)) throw cause;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return ask();
    }
  }

  return {
    /** What anyone may read. */
    read: <T>(path: string): Promise<T> => twice(path),
    /** What the reader does, or what only the reader may see. */
    call: <T>(method: string, path: string, body?: unknown, headers = {}): Promise<T> => {
      const bearer = token();
      return twice<T>(path, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(bearer && { authorization: `Bearer ${bearer}` }),
          ...headers,
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      }).catch((cause: Refusal) => {
        cause.token = bearer;
        throw cause;
      });
    },
  };
}

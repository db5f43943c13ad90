/**
 * How a route tells `/openapi.json` about itself, beside its handler. Each slug a route may refuse with is in the
 * document, by status as the catalogue has them; a route names those that are its own.
 */
import { describeRoute, resolver } from 'hono-openapi';
import type { z } from 'zod';
import { PROBLEMS, type ProblemSlug } from '../core/problem.ts';
import { PROBLEM } from './present.ts';

interface Description {
  summary: string;
  tag: string;
  /** Status and shape of success; without a shape the body is empty. */
  answers: { status: number; body?: z.ZodType; description?: string };
  body?: z.ZodType;
  query?: Record<string, { description: string; required?: boolean; enum?: readonly string[] }>;
  headers?: Record<string, string>;
  /** What this route alone refuses with; what its body, its bearer and its site bring along is added. */
  problems: readonly ProblemSlug[];
  /** Behind the guard `reader`. */
  isReader?: boolean;
}

/** Of `readBody` and the limit on every body. */
const BODY_REFUSALS = [
  'malformed-json',
  'invalid-input',
  'unsupported-media-type',
  'body-too-large',
] as const;
/** Of the guards `registeredOrigin` and `reader`. */
const READER_REFUSALS = ['session-missing', 'session-expired', 'session-foreign', 'origin-foreign'] as const;
/** Every route is a site's and stands on the database. */
const ALL_REFUSALS = ['site-unknown', 'site-suspended', 'unavailable'] as const;

/** Middleware that only documents. */
export function describe(what: Description) {
  const byStatus = new Map<number, ProblemSlug[]>();
  const slugs = new Set<ProblemSlug>([
    ...(what.body ? BODY_REFUSALS : []),
    ...(what.isReader ? READER_REFUSALS : []),
    ...what.problems,
    ...ALL_REFUSALS,
  ]);
  for (const slug of slugs) {
    const { status } = PROBLEMS[slug];
    byStatus.set(status, [...(byStatus.get(status) ?? []), slug]);
  }
  const refusals = [...byStatus].map(([status, slugs]) => [
    status,
    {
      description: slugs.map((slug) => `\`${slug}\`: ${PROBLEMS[slug].title}`).join('\n\n'),
      content: { 'application/problem+json': { schema: resolver(PROBLEM) } },
    },
  ]);
  const { status, body, description } = what.answers;
  const success = {
    description: description ?? 'Success',
    ...(body ? { content: { 'application/json': { schema: resolver(body) } } } : {}),
  };
  return describeRoute({
    summary: what.summary,
    tags: [what.tag],
    ...(what.isReader ? { security: [{ bearer: [] }] } : {}),
    parameters: [
      ...Object.entries(what.query ?? {}).map(([name, query]) => ({
        name,
        in: 'query' as const,
        required: query.required ?? false,
        description: query.description,
        schema: { type: 'string' as const, ...(query.enum ? { enum: [...query.enum] } : {}) },
      })),
      ...Object.entries(what.headers ?? {}).map(([name, text]) => ({
        name,
        in: 'header' as const,
        required: true,
        description: text,
        schema: { type: 'string' as const },
      })),
    ],
    ...(what.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: resolver(what.body) } } } }
      : {}),
    responses: { [status]: success, ...Object.fromEntries(refusals) },
  });
}

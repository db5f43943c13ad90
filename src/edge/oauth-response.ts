/**
 * Answers of identity providers: what makes one a failure, what kind of failure, and how an answer that is only odd is
 * made to conform. It sends nothing and knows no provider's name: oddities arrive as fields of the provider's value.
 * Nothing that a provider wrote gets into a failure but an error code and a trace id, both bounded and checked, so
 * neither a reader nor a log ever sees a token, a secret or the provider's prose.
 */

import * as oauth from 'oauth4webapi';
import { at, type FailureKind, type OAuthProvider, type Raw, text } from '../../providers/provider.ts';

/** Where in a sign-in it failed. */
export type Stage = 'discovery' | 'callback' | 'token' | 'id-token' | 'profile';

export interface FailureDetails {
  kind: FailureKind;
  /** The HTTP status of the provider's answer. */
  status?: number | undefined;
  /** An error code: the provider's, oauth4webapi's, or one of ours (`timeout`, `not-json`, `subject-missing` …). */
  code?: string | undefined;
  /** What the provider's support asks for. */
  traceId?: string | undefined;
}

/** A sign-in that did not succeed. All its fields may be logged; it has no `cause`, because the causes hold tokens. */
export class SignInFailure extends Error {
  readonly kind: FailureKind;
  readonly provider: string;
  readonly stage: Stage;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly traceId: string | undefined;

  constructor(provider: string, stage: Stage, details: FailureDetails) {
    const { kind, status } = details;
    const code = loggable(details.code);
    super(`Sign-in with ${provider} failed (${[kind, stage, status, code].filter(Boolean).join(', ')})`);
    this.name = 'SignInFailure';
    this.kind = kind;
    this.provider = provider;
    this.stage = stage;
    this.status = status;
    this.code = code;
    this.traceId = loggable(details.traceId);
  }
}

/** Codes of RFC 6749 §4.1.2.1 and §5.2, and one that several providers share. */
const STANDARD: Readonly<Record<string, FailureKind>> = {
  access_denied: 'denied',
  invalid_grant: 'expired',
  invalid_client: 'config',
  invalid_request: 'config',
  invalid_scope: 'config',
  redirect_uri_mismatch: 'config',
  unauthorized_client: 'config',
  unsupported_grant_type: 'config',
  unsupported_response_type: 'config',
  server_error: 'network',
  temporarily_unavailable: 'network',
};

/** What a refusal means. The provider's own table comes first, then the standard's codes, then the status. */
function kindOf(
  provider: OAuthProvider,
  stage: Stage,
  status: number | undefined,
  code: string | undefined,
): FailureKind {
  for (const [kind, codes] of Object.entries(provider.failures ?? {}) as [FailureKind, readonly string[]][]) {
    // Only a code can expire, and only the token endpoint takes one; elsewhere its codes mean something else.
    if (codes.includes(code ?? '') && !(kind === 'expired' && stage !== 'token')) return kind;
  }
  if (code !== undefined && Object.hasOwn(STANDARD, code)) return STANDARD[code]!;
  if (status === undefined) return 'provider';
  // 402: the operator's balance there is used up, which stops everybody until it is filled.
  if (status >= 500 || [402, 408, 425, 429].includes(status)) return 'network';
  return status === 401 && stage === 'token' ? 'config' : 'provider';
}

/** The failure of a callback that says `error`. */
export function refusedCallback(provider: OAuthProvider, code: string): SignInFailure {
  return new SignInFailure(provider.id, 'callback', {
    kind: kindOf(provider, 'callback', undefined, code),
    code,
  });
}

/** The failure of a callback that carries neither a code nor an `error` but an `error_code`: the provider's way to say
 *  that the application is not set up. */
export function refusedApplication(provider: OAuthProvider, code: string): SignInFailure {
  return new SignInFailure(provider.id, 'callback', { kind: 'config', code });
}

/** The failure that an error answer describes; `otherwise` is the code when the body names none. */
export function refusedAnswer(
  provider: OAuthProvider,
  stage: Stage,
  answer: { status: number; body: Raw | undefined },
  otherwise?: string,
): SignInFailure {
  const found = (provider.errorFields?.code ?? ['error'])
    .map((path) => at(answer.body, path))
    .filter((value) => typeof value === 'string' || typeof value === 'number');
  const code = found.join('/') || text(answer.body?.error) || otherwise;
  return new SignInFailure(provider.id, stage, {
    kind: kindOf(provider, stage, answer.status, code),
    status: answer.status,
    code,
    traceId: text(provider.errorFields?.trace && at(answer.body, provider.errorFields.trace)),
  });
}

/** Reads an answer that must be 200 and a JSON object without `error`, whatever its content type claims.
 *  Throws SignInFailure otherwise; some providers send errors with status 200. */
export async function readAnswer(
  provider: OAuthProvider,
  stage: Stage,
  response: Response,
): Promise<{ source: string; body: Raw }> {
  const source = await response.text();
  const body = parseObject(source);
  const status = response.status;
  if (status !== 200) throw refusedAnswer(provider, stage, { status, body }, 'unexpected-status');
  if (!body) throw new SignInFailure(provider.id, stage, { kind: 'provider', status, code: 'not-json' });
  if (body.error) throw refusedAnswer(provider, stage, { status, body }, 'error-with-200');
  return { source, body };
}

/** Makes a token answer conform to RFC 6749 §5.1 for oauth4webapi. Only what a sign-in needs is kept: a refresh token,
 *  an expiry or a scope of an odd type is neither wanted nor a reason to fail. `null` counts as absent. */
export async function conformToken(provider: OAuthProvider, response: Response): Promise<Response> {
  const { body } = await readAnswer(provider, 'token', response);
  const kept: Record<string, unknown> = { ...provider.tokenDefaults };
  for (const name of ['access_token', 'token_type', ...(provider.kind === 'openid' ? ['id_token'] : [])]) {
    if (body[name] !== undefined && body[name] !== null) kept[name] = body[name];
  }
  // Else the header would be refused with an error that quotes the token.
  if (!/^[\x21-\x7e]{1,8192}$/.test(text(kept.access_token))) {
    throw new SignInFailure(provider.id, 'token', {
      kind: 'provider',
      status: 200,
      code: 'access-token-missing',
    });
  }
  return Response.json(kept);
}

/** Any error thrown during `stage` as a SignInFailure. Of errors that are not ours only codes survive. */
export function asFailure(provider: OAuthProvider, stage: Stage, error: unknown): SignInFailure {
  if (error instanceof SignInFailure) return error;
  if (error instanceof oauth.AuthorizationResponseError) return refusedCallback(provider, error.error);
  const { code, cause, name } = error as { code?: unknown; cause?: unknown; name?: unknown };
  const status = cause instanceof Response ? cause.status : undefined;
  return new SignInFailure(provider.id, stage, {
    kind: kindOf(provider, stage, status, undefined),
    status,
    code: [text(code) || text(name), text(at(cause, 'claim'))].filter(Boolean).join('/'),
  });
}

/** The same failure, its code and trace id withheld when one of them repeats the beginning of a secret. */
export function withoutSecrets(
  failure: SignInFailure,
  secrets: readonly (string | null | undefined)[],
): SignInFailure {
  const { provider, stage, kind, status, code = '', traceId = '' } = failure;
  const isRepeated = (secret: string) =>
    `${code} ${traceId}`.includes(loggable(secret.slice(0, 12)) ?? secret);
  // Below eight characters a secret is a word, and words are what codes are made of.
  if (!secrets.some((secret) => secret && secret.length >= 8 && isRepeated(secret))) return failure;
  return new SignInFailure(provider, stage, { kind, status, code: 'withheld' });
}

function parseObject(source: string): Raw | undefined {
  try {
    const value: unknown = JSON.parse(source);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : undefined;
  } catch {
    return undefined;
  }
}

/** A code as it may stand in a log line: visible, of a few letters and signs, at most 80 characters. */
function loggable(value: string | undefined): string | undefined {
  return value?.replace(/[^\w.:/+-]+/g, '_').slice(0, 80) || undefined;
}

/**
 * How the service calls identity providers: one place for time, size, redirects, plain http and the client's
 * credentials. It reads no answer beyond its size and decides nothing about a sign-in. Every call of oauth4webapi gets
 * its options from `httpOptions`, so none can be made without these limits.
 */

import * as oauth from 'oauth4webapi';
import type { OAuthProvider } from '../../providers/provider.ts';
import { SignInFailure, type Stage } from './oauth-response.ts';

const MAX_BODY_BYTES = 64 * 1024; // a token answer has 2 kB, a discovery document 5 kB
export const TIMEOUT_SECONDS = 10; // a reader waits in a popup; one code lives only 30 s

/** What a call needs to know of the connection it is made for. */
export interface Caller {
  provider: OAuthProvider;
  /** Whether an operator pointed this provider at the machine itself, with http: simulators. */
  isLocal: boolean;
  userAgent: string;
  timeoutSeconds: number;
}

/** Whether the address is on this very machine. Names are not resolved: only `localhost` counts. */
export function isLoopback(url: URL): boolean {
  return (
    url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
  );
}

/** Whether an address may be called or sent to: https, or http on loopback for a provider that an operator put
 *  there. A provider elsewhere cannot make the service call its own machine. */
export function isAllowed(url: URL, isLocal: boolean): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal && isLoopback(url));
}

/** Options for any request of oauth4webapi on behalf of `caller`. The body is read here, at most 64 KiB of it, so the
 *  time limit covers it too. Requests fail with SignInFailure of kind `network`, too large ones with `provider`. */
export function httpOptions(caller: Caller, stage: Stage) {
  return {
    [oauth.customFetch]: (url: string, init: Init) => boundedFetch(caller, stage, url, init),
    // Deprecated only to stand out. The border stays closed: boundedFetch refuses http anywhere but on loopback.
    [oauth.allowInsecureRequests]: caller.isLocal,
  };
}

/** What all requests of oauth4webapi have in common. */
interface Init {
  method: string;
  headers: Record<string, string>;
  body?: unknown;
}

async function boundedFetch(caller: Caller, stage: Stage, url: string, init: Init): Promise<Response> {
  const fail = (kind: 'network' | 'provider', code: string) =>
    new SignInFailure(caller.provider.id, stage, { kind, code });
  if (!isAllowed(new URL(url), caller.isLocal)) throw fail('provider', 'insecure-address');
  const headers = new Headers(init.headers);
  headers.set('user-agent', caller.userAgent);
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  const signal = AbortSignal.timeout(caller.timeoutSeconds * 1000);
  try {
    // Redirects are never followed: they would carry the secret or the token elsewhere.
    const response = await fetch(url, {
      method: init.method,
      body: init.body as BodyInit,
      headers,
      signal,
      redirect: 'manual',
    });
    const body = await readAtMost(response, MAX_BODY_BYTES);
    if (body === undefined) throw fail('provider', 'body-too-large');
    const { status, statusText } = response;
    return new Response(body.length > 0 ? body : null, { status, statusText, headers: response.headers });
  } catch (error) {
    if (error instanceof SignInFailure) throw error;
    const { name, cause } = error as { name?: string; cause?: { code?: string } };
    throw fail('network', name === 'TimeoutError' ? 'timeout' : (cause?.code ?? 'unreachable'));
  }
}

/** The body, or undefined as soon as it is known to be longer. Counts what compression unpacks to. */
async function readAtMost(response: Response, maxBytes: number): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Adds the client's id and secret to a token request, as the provider wants them.
 *  Basic without percent-encoding: RFC 6749 §2.3.1 asks for it, but servers that do not decode are more common than
 *  secrets with a colon, and secrets with `-` and `_` are everyday (panva/oauth4webapi#69, #148, #199). */
export function clientAuthentication(
  provider: OAuthProvider,
  clientId: string,
  clientSecret: string,
): oauth.ClientAuth {
  if (provider.clientAuth === 'post') return oauth.ClientSecretPost(clientSecret);
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${credentials}`);
}

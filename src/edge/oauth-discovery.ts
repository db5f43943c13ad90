/**
 * What an OpenID Connect issuer publishes about itself, asked once and kept. It holds one document per issuer in memory
 * and no keys: oauth4webapi caches those, for five minutes, by the object that is handed out here.
 */

import * as oauth from 'oauth4webapi';
import { type Caller, httpOptions, isAllowed } from './oauth-http.ts';
import { asFailure, SignInFailure } from './oauth-response.ts';

export const FRESH_SECONDS = 3600; // endpoints move rarely, and then for months
export const KEPT_SECONDS = 24 * 3600; // while the issuer does not answer, the old document is better than no sign-in
export const RETRY_SECONDS = 5; // after a failure: spares an issuer that is down, and a reader hardly notices

/** A function that answers with the issuer's metadata, complete for a sign-in. Calls at the same time share one
 *  request. A failure is repeated for five seconds without asking again. `now` in milliseconds. Throws SignInFailure. */
export function createDiscovery(
  issuer: string,
  caller: Caller,
  now: () => number,
): () => Promise<oauth.AuthorizationServer> {
  let known: { server: oauth.AuthorizationServer; at: number } | undefined;
  let failed: { failure: SignInFailure; at: number } | undefined;
  let pending: Promise<oauth.AuthorizationServer> | undefined;

  async function ask(): Promise<oauth.AuthorizationServer> {
    try {
      const server = await discover(new URL(issuer), caller);
      known = { server, at: now() };
      failed = undefined;
      return server;
    } catch (error) {
      const failure = asFailure(caller.provider, 'discovery', error);
      failed = { failure, at: now() };
      return fallBack(failure);
    }
  }

  function fallBack(failure: SignInFailure): oauth.AuthorizationServer {
    if (known && now() - known.at < KEPT_SECONDS * 1000) return known.server;
    throw failure;
  }

  return async () => {
    if (known && now() - known.at < FRESH_SECONDS * 1000) return known.server;
    if (failed && now() - failed.at < RETRY_SECONDS * 1000) return fallBack(failed.failure);
    pending ??= ask().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

async function discover(issuer: URL, caller: Caller): Promise<oauth.AuthorizationServer> {
  const response = await oauth.discoveryRequest(issuer, {
    algorithm: 'oidc',
    ...httpOptions(caller, 'discovery'),
  });
  const server = await oauth.processDiscoveryResponse(issuer, response);
  for (const address of [server.authorization_endpoint, server.token_endpoint, server.jwks_uri]) {
    const url = URL.parse(address ?? '');
    if (!url || !isAllowed(url, caller.isLocal)) {
      throw new SignInFailure(caller.provider.id, 'discovery', {
        kind: 'provider',
        code: 'metadata-incomplete',
      });
    }
  }
  return server;
}

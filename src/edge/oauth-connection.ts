/**
 * A provider's value joined with one registration at it: which addresses count, who the client is, and where the server's
 * metadata comes from. It opens nothing and keeps no state but the discovery's; `oauth.ts` does the signing in.
 */

import type * as oauth from 'oauth4webapi';
import type { OAuthProvider } from '../../providers/provider.ts';
import { createDiscovery } from './oauth-discovery.ts';
import { type Caller, clientAuthentication, isAllowed, isLoopback, TIMEOUT_SECONDS } from './oauth-http.ts';

/** One registration at a provider, with any endpoint replaced. `http:` is for loopback only. */
export interface ProviderSettings {
  clientId: string;
  clientSecret: string;
  issuer?: string;
  authorizationUrl?: string;
  tokenUrl?: string;
  profileUrl?: string;
}

/** A provider with its registration: everything a step of a sign-in needs. */
export interface Connection extends Caller {
  client: oauth.Client;
  clientSecret: string;
  authentication: oauth.ClientAuth;
  redirectUri: string;
  /** The server's metadata, discovered or fixed. */
  server(): Promise<oauth.AuthorizationServer>;
}

export interface ConnectOptions {
  /** Milliseconds; for the age of discovered metadata. */
  now?: () => number;
  /** For one request to a provider. */
  timeoutSeconds?: number;
}

/** The connection of one provider. Asks nobody yet. Throws a TypeError that names the setting when an endpoint is no
 *  address, or plain http anywhere but on loopback. `publicUrl` has no trailing slash. */
export function connect(
  provider: OAuthProvider,
  settings: ProviderSettings,
  publicUrl: string,
  options: ConnectOptions,
): Connection {
  const replaced = (['issuer', 'authorizationUrl', 'tokenUrl', 'profileUrl'] as const).flatMap((name) => {
    const url = settings[name] ? URL.parse(settings[name]) : undefined;
    if (url === null || (url && !isAllowed(url, true))) {
      throw new TypeError(`${name} of ${provider.id} must be an https address; http is for loopback only`);
    }
    return url ? [url] : [];
  });
  const caller: Caller = {
    provider,
    isLocal: replaced.some((url) => url.protocol === 'http:' && isLoopback(url)),
    userAgent: `Parley (+${publicUrl})`,
    timeoutSeconds: options.timeoutSeconds ?? TIMEOUT_SECONDS,
  };
  return {
    ...caller,
    client: { client_id: settings.clientId },
    clientSecret: settings.clientSecret,
    authentication: clientAuthentication(provider, settings.clientId, settings.clientSecret),
    redirectUri: `${publicUrl}/login/callback/${provider.id}`,
    server: metadata(provider, settings, caller, options.now ?? Date.now),
  };
}

function metadata(provider: OAuthProvider, settings: ProviderSettings, caller: Caller, now: () => number) {
  const overrides = {
    ...(settings.authorizationUrl && { authorization_endpoint: settings.authorizationUrl }),
    ...(settings.tokenUrl && { token_endpoint: settings.tokenUrl }),
    ...(settings.profileUrl && { userinfo_endpoint: settings.profileUrl }),
  };
  if (provider.kind === 'openid') {
    const discovery = createDiscovery(settings.issuer ?? provider.endpoints.issuer, caller, now);
    // Changed in place, once: oauth4webapi finds the cached keys by this object.
    return async () => Object.assign(await discovery(), overrides);
  }
  const { authorizationUrl, tokenUrl, profileUrl, issuer } = provider.endpoints;
  const ownIssuer = settings.authorizationUrl ? new URL(settings.authorizationUrl).origin : undefined;
  const server: oauth.AuthorizationServer = {
    // Only compared with the callback's `iss`, if one comes.
    issuer: settings.issuer ?? ownIssuer ?? issuer ?? new URL(authorizationUrl).origin,
    authorization_endpoint: authorizationUrl,
    token_endpoint: tokenUrl,
    userinfo_endpoint: profileUrl,
    ...overrides,
  };
  return async () => server;
}

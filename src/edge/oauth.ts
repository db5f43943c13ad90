/**
 * Signing in with an identity provider: where to send the reader, and what the callback is worth. One engine for every
 * provider; it knows none by name and asks the provider's value instead (`providers/`, a test greps for names). It
 * keeps nothing: state, verifier and nonce belong to the caller's attempt, which must be taken before `exchange` is
 * called, and the access token is gone when `exchange` returns.
 */

import { createHmac } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import { PROVIDERS } from '../../providers/index.ts';
import { problem } from '../core/problem.ts';
import { type Connection, type ConnectOptions, connect, type ProviderSettings } from './oauth-connection.ts';
import { httpOptions } from './oauth-http.ts';
import { cleanProfile, countMember, type Profile, readSubject } from './oauth-profile.ts';
import {
  asFailure,
  conformToken,
  readAnswer,
  refusedApplication,
  SignInFailure,
  type Stage,
  withoutSecrets,
} from './oauth-response.ts';

export type { ProviderSettings } from './oauth-connection.ts';
export type { Profile } from './oauth-profile.ts';
export { SignInFailure } from './oauth-response.ts';

/** The ids of all providers that take credentials, configured or not: what settings may be named after. */
export const PROVIDER_IDS: readonly string[] = PROVIDERS.flatMap(({ id, kind }) =>
  kind === 'guest' ? [] : [id],
);

/** What the rest of the service may know of a provider. */
export interface ProviderDescription {
  id: string;
  name: string;
  /** CSS colours, and path data for a view box of 24 × 24. */
  brand: { color: string; onColor: string; icon: string };
  /** Whether it can be asked for another account; else the reader has to change the account there. */
  canSwitch: boolean;
  /** `redirect`: the reader is sent there. `form`: the reader is asked in the article, where the site's mode allows it;
   *  nobody can be sent there. */
  kind: 'redirect' | 'form';
}

/** What the attempt remembers between the two steps. Each 32 random bytes, base64url, never used twice. */
export interface AttemptSecrets {
  state: string;
  verifier: string;
  nonce: string;
}

export interface SignIn {
  /** The providers that have credentials or need none, in the order in which readers see them. */
  describeProviders(): readonly ProviderDescription[];
  /** Where to send the reader. Throws SignInFailure when the issuer's metadata cannot be had, and the problem
   *  `provider-unknown`. */
  authorizationUrl(providerId: string, attempt: AttemptSecrets & { switchAccount: boolean }): Promise<URL>;
  /** The person that a callback vouches for, with every check of RFC 6749, 7636, 9207 and OpenID Connect Core §3.1.3.7
   *  that the provider takes part in. `callback` is its query, or its form. Asks the provider once: a code is spent even
   *  when this throws. Throws SignInFailure, and the problem `provider-unknown`. */
  exchange(providerId: string, callback: URLSearchParams, attempt: AttemptSecrets): Promise<Profile>;
}

/** Connects the providers that `settings` has credentials for, by id; others are off. `publicUrl` is where readers
 *  reach the service: the callback is `<publicUrl>/login/callback/<id>`. Asks nobody yet. Throws a TypeError that names
 *  the setting when an endpoint is no address, or plain http anywhere but on loopback. */
export function connectProviders(
  settings: Record<string, ProviderSettings>,
  publicUrl: string,
  options: ConnectOptions = {},
): SignIn {
  const connections = new Map<string, Connection>();
  for (const provider of PROVIDERS) {
    if (provider.kind === 'guest') continue;
    const own = Object.hasOwn(settings, provider.id) ? settings[provider.id] : undefined;
    if (!own?.clientId || !own.clientSecret) continue;
    connections.set(provider.id, connect(provider, own, publicUrl.replace(/\/+$/, ''), options));
  }

  function find(providerId: string): Connection {
    const connection = connections.get(providerId);
    if (!connection) throw problem('provider-unknown');
    return connection;
  }

  // Once: every read of a thread shows them.
  const descriptions = PROVIDERS.flatMap((provider): ProviderDescription[] => {
    const { id, name, brand } = provider;
    if (provider.kind === 'guest') return [{ id, name, brand, canSwitch: false, kind: 'form' }];
    const canSwitch = provider.switchParameters !== undefined;
    return connections.has(id) ? [{ id, name, brand, canSwitch, kind: 'redirect' }] : [];
  });

  return {
    describeProviders: () => descriptions,
    authorizationUrl: (providerId, attempt) => buildAuthorizationUrl(find(providerId), attempt),
    exchange: async (providerId, callback, attempt) => {
      const connection = find(providerId);
      const secrets = [connection.clientSecret, attempt.verifier, attempt.nonce, ...callback.getAll('code')];
      try {
        return await exchange(connection, callback, attempt, secrets);
      } catch (error) {
        throw error instanceof SignInFailure ? withoutSecrets(error, secrets) : error;
      }
    },
  };
}

async function buildAuthorizationUrl(
  connection: Connection,
  attempt: AttemptSecrets & { switchAccount: boolean },
): Promise<URL> {
  const { provider, client, redirectUri } = connection;
  const server = await connection.server();
  const url = new URL(server.authorization_endpoint!);
  const parameters: Record<string, string> = {
    ...provider.authorizationParameters,
    ...(attempt.switchAccount && provider.switchParameters),
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    state: attempt.state,
    ...(provider.scope && { scope: provider.scope }),
    ...(provider.kind === 'openid' && { nonce: attempt.nonce }),
    ...(provider.pkce && {
      code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

async function exchange(
  connection: Connection,
  callback: URLSearchParams,
  attempt: AttemptSecrets,
  secrets: (string | undefined)[],
): Promise<Profile> {
  const { provider, client } = connection;
  const server = await connection.server();
  const step = async <T>(stage: Stage, run: () => T | Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw asFailure(provider, stage, error);
    }
  };

  const parameters = await step('callback', () => {
    const lone = callback.has('error') || callback.has('code') ? null : callback.get('error_code');
    if (lone) throw refusedApplication(provider, lone);
    return oauth.validateAuthResponse(server, client, callback, attempt.state);
  });

  const response = await step('token', async () => {
    const verifier = provider.pkce ? attempt.verifier : oauth.nopkce;
    const options = httpOptions(connection, 'token');
    const { authentication, redirectUri } = connection;
    return conformToken(
      provider,
      await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        parameters,
        redirectUri,
        verifier,
        options,
      ),
    );
  });

  const tokens = await step(provider.kind === 'openid' ? 'id-token' : 'token', () =>
    oauth.processAuthorizationCodeResponse(
      server,
      client,
      response,
      provider.kind === 'openid' ? { expectedNonce: attempt.nonce, requireIdToken: true } : {},
    ),
  );
  secrets.push(tokens.access_token, tokens.id_token);

  if (provider.kind === 'plain')
    return step('profile', () => readProfile(connection, server, tokens.access_token));
  await step('id-token', () =>
    oauth.validateApplicationLevelSignature(server, response, httpOptions(connection, 'id-token')),
  );
  return step('id-token', () => readClaims(connection, server, tokens));
}

/** The profile of a plain OAuth 2 provider, by a request of its own. */
async function readProfile(
  connection: Connection,
  server: oauth.AuthorizationServer,
  accessToken: string,
): Promise<Profile> {
  const { provider, clientSecret, isLocal } = connection;
  const url = new URL(server.userinfo_endpoint!);
  for (const [name, value] of Object.entries(provider.profileParameters ?? {}))
    url.searchParams.set(name, value);
  if (provider.appProof) {
    const proof = createHmac('sha256', clientSecret).update(accessToken).digest('hex');
    url.searchParams.set(provider.appProof, proof);
  }
  const headers = new Headers({ accept: 'application/json' });
  const options = httpOptions(connection, 'profile');
  const response = await oauth.protectedResourceRequest(accessToken, 'GET', url, headers, null, options);
  const answer = await readAnswer(provider, 'profile', response);
  const subject = readSubject(provider, answer);
  return { subject, issuer: '', ...cleanProfile(provider, provider.profile(answer.body), isLocal) };
}

/** The profile of an OpenID Connect provider, from its verified ID token. Userinfo is asked only for what the token
 *  lacks, must be about the same subject, and never overrides the token. */
async function readClaims(
  connection: Connection,
  server: oauth.AuthorizationServer,
  tokens: oauth.TokenEndpointResponse,
): Promise<Profile> {
  const { provider, client, isLocal } = connection;
  const claims = oauth.getValidatedIdTokenClaims(tokens)!;
  const source = Buffer.from(tokens.id_token!.split('.')[1]!, 'base64url').toString();
  const subject = readSubject(provider, { source, body: claims });
  let body: Record<string, unknown> = claims;
  const isShort =
    provider.kind === 'openid' &&
    provider.claims.some((claim) => claims[claim] === undefined || claims[claim] === null);
  if (isShort && server.userinfo_endpoint) {
    const options = httpOptions(connection, 'profile');
    const response = await oauth.userInfoRequest(server, client, tokens.access_token, options);
    const answer = await readAnswer(provider, 'profile', response);
    if (answer.body.sub !== claims.sub || countMember(answer.source, 'sub') !== 1) {
      throw new SignInFailure(provider.id, 'profile', {
        kind: 'provider',
        status: 200,
        code: 'subject-differs',
      });
    }
    body = {
      ...answer.body,
      ...Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null)),
    };
  }
  return { subject, issuer: server.issuer, ...cleanProfile(provider, provider.profile(body), isLocal) };
}

/**
 * `oidc-provider`, a certified OpenID Provider, as the other side of a sign-in, and a browser of a few lines that logs in
 * there. It is strict by itself: PKCE is required, codes work once, redirect addresses and secrets are exact. It has its
 * own login pages; nothing here knows how the service is built.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';
import { after } from './failures.ts';

export const CLIENT = { clientId: 'parley', clientSecret: 'a-secret_with.signs-of-32-bytes-and-more' };

interface Options {
  redirectUri: string;
  auth: 'client_secret_post' | 'client_secret_basic';
  /** Whether the ID token leaves the profile to userinfo, as the standard allows; Google puts it into the token. */
  isShort?: boolean;
}

/** Starts it on 127.0.0.1 and stops it when the test ends. Every login name is an account. */
export async function startOpenId({
  redirectUri,
  auth,
  isShort = false,
}: Options): Promise<{ issuer: string }> {
  // The package brings no types.
  const { default: Provider } = await import('oidc-provider' as string);
  // It warns that its keys, store and pages are for development, which is what they are here.
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: auth,
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name', 'picture'] },
    conformIdTokenClaims: isShort,
    findAccount: (_ctx: unknown, id: string) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: `Reader ${id}`,
        picture: 'https://lh3.googleusercontent.com/a/x=s96-c',
      }),
    }),
    cookies: { keys: ['only for this test'] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 60, Session: 60, Grant: 60 },
  });
  server.on('request', provider.callback());
  after(() => {
    warn.mockRestore();
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { issuer };
}

/** Goes to the authorization address, logs in as `login` and consents, or turns away. Returns the callback address. */
export async function logIn(start: URL, login: string, choice: 'allow' | 'deny' = 'allow'): Promise<URL> {
  const jar = new Map<string, { path: string; value: string }>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let steps = 0; steps < 20; steps++) {
    const sent = [...jar].filter(([, { path }]) => url.pathname.startsWith(path));
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form ?? null,
      redirect: 'manual',
      headers: { cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const path = attributes.find((one) => one.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
      jar.set(pair.slice(0, pair.indexOf('=')), { path, value: pair.slice(pair.indexOf('=') + 1) });
    }
    form = undefined;
    const location = response.headers.get('location');
    if (location) {
      url = new URL(location, url);
      if (url.origin !== start.origin) return url;
      continue;
    }
    const page = await response.text();
    if (response.status !== 200) throw new Error(`${url.pathname} answered ${response.status}: ${page}`);
    if (choice === 'deny') {
      url = new URL(/href="([^"]*\/abort)"/.exec(page)![1]!, url);
      continue;
    }
    const prompt = /name="prompt" value="(\w+)"/.exec(page)![1]!;
    form = new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'any' } : { prompt });
    url = new URL(/action="([^"]*)"/.exec(page)![1]!, url);
  }
  throw new Error('The login did not come to an end.');
}

/**
 * A client that does everything right, for the tests of the simulated providers: each test bends one step. It is not
 * the service's engine, so that the simulators are judged by something else than what they are there to judge.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type ProviderId, type Simulators, signIn } from './index.ts';

export const SERVICE = 'http://localhost:8080';

const PATIENCE_MS = 10_000;

/** A parsed answer that a test looks into. */
// biome-ignore lint/suspicious/noExplicitAny: what is expected stands in the assertion, in a provider's own shape
export type Answer = any;

export async function read(response: Response | Promise<Response>): Promise<Answer> {
  return (await response).json();
}

/** One sign-in as a correct client plays it; a test bends one step. */
export class Client {
  readonly id: ProviderId;
  readonly verifier = randomBytes(32).toString('base64url');
  readonly redirectUri: string;
  readonly settings: ReturnType<Simulators['settings']>[ProviderId];
  readonly habits: (typeof CLIENTS)[ProviderId];

  constructor(simulators: Simulators, id: ProviderId) {
    this.id = id;
    this.redirectUri = `${SERVICE}/login/callback/${id}`;
    this.settings = simulators.settings(SERVICE)[id];
    this.habits = CLIENTS[id];
  }

  authorizationUrl(changes: Record<string, string | null> = {}): URL {
    const { issuer, authorizationUrl } = this.settings;
    const url = new URL(authorizationUrl ?? `${issuer}/o/oauth2/v2/auth`);
    const pkce = this.habits.pkce && {
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    };
    const parameters = {
      response_type: 'code',
      client_id: this.settings.clientId,
      redirect_uri: this.redirectUri,
      scope: this.habits.scope,
      state: 'a-state',
      ...pkce,
      ...changes,
    };
    for (const [name, value] of Object.entries(parameters))
      if (value !== null) url.searchParams.set(name, value);
    return url;
  }

  async code(changes: Record<string, string | null> = {}): Promise<string> {
    const callback = await signIn(this.authorizationUrl(changes), { account: 'Ada Marlow' });
    return callback.searchParams.get('code')!;
  }

  /** `auth` replaces the way the client authenticates. */
  redeem(
    code: string,
    {
      auth = this.habits.auth as 'basic' | 'post',
      secret = this.settings.clientSecret,
      patienceMs = PATIENCE_MS,
      ...changes
    }: Redemption = {},
  ): Promise<Response> {
    const { issuer, tokenUrl, clientId } = this.settings;
    const sent = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.redirectUri,
      ...(this.habits.pkce ? { code_verifier: this.verifier } : {}),
      ...(auth === 'post' ? { client_id: clientId, client_secret: secret } : {}),
      ...changes.form,
    };
    const body = new URLSearchParams(
      Object.entries(sent).filter(([, value]) => value !== null) as [string, string][],
    );
    for (const [name, value] of changes.extra ?? []) body.append(name, value);
    const basic = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
    const headers = { accept: 'application/json', ...(auth === 'basic' ? { authorization: basic } : {}) };
    const signal = AbortSignal.timeout(patienceMs);
    return fetch(tokenUrl ?? `${issuer}/token`, {
      method: 'POST',
      body,
      headers,
      redirect: 'manual',
      signal,
    });
  }

  async token(): Promise<string> {
    return (await read(this.redeem(await this.code()))).access_token;
  }

  profile(
    token: string,
    query: Record<string, string> = {},
    {
      headers = {},
      patienceMs = PATIENCE_MS,
    }: { headers?: Record<string, string>; patienceMs?: number } = {},
  ): Promise<Response> {
    const { issuer, profileUrl, clientSecret } = this.settings;
    const url = new URL(profileUrl ?? `${issuer}/v1/userinfo`);
    const own = this.habits.profileQuery?.(token, clientSecret);
    for (const [name, value] of Object.entries({ ...own, ...query })) url.searchParams.set(name, value);
    const signal = AbortSignal.timeout(patienceMs);
    return fetch(url, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      redirect: 'manual',
      signal,
    });
  }
}

interface Redemption {
  auth?: 'basic' | 'post';
  secret?: string;
  form?: Record<string, string | null>;
  extra?: [string, string][];
  patienceMs?: number;
}

/** How a correct client treats each provider, and how the provider words its refusals. */
export const CLIENTS = {
  wordpress: {
    scope: 'auth',
    auth: 'post',
    otherAuth: 'basic',
    pkce: false,
    codeSeconds: 600,
    badClient: [400, 'invalid_client'],
    badCode: [400, 'invalid_grant'],
    badRedirect: [400, 'invalid_grant'],
    badToken: [400, 'invalid_token'],
    subject: (profile: Answer) => profile.ID,
    profileQuery: undefined,
  },
  google: {
    scope: 'openid profile email',
    auth: 'post',
    otherAuth: undefined, // takes both
    pkce: true,
    codeSeconds: 600,
    badClient: [401, 'invalid_client'],
    badCode: [400, 'invalid_grant'],
    badRedirect: [400, 'redirect_uri_mismatch'],
    badToken: [401, 'invalid_request'],
    subject: (profile: Answer) => profile.sub,
    profileQuery: undefined,
  },
  twitter: {
    scope: 'users.read tweet.read',
    auth: 'basic',
    otherAuth: 'post',
    pkce: true,
    codeSeconds: 30,
    badClient: [401, 'unauthorized_client'],
    badCode: [400, 'invalid_request'],
    badRedirect: [400, 'invalid_request'],
    badToken: [401, 'about:blank'],
    subject: (profile: Answer) => profile.data.id,
    profileQuery: () => ({ 'user.fields': 'profile_image_url' }),
  },
  facebook: {
    scope: 'public_profile',
    auth: 'post',
    otherAuth: 'basic',
    pkce: false,
    codeSeconds: 600,
    badClient: [400, 1],
    badCode: [400, 100],
    badRedirect: [400, 191],
    badToken: [400, 190],
    subject: (profile: Answer) => profile.id,
    profileQuery: (token: string, secret: string) => ({
      fields: 'id,name,picture.width(200).height(200),email',
      appsecret_proof: createHmac('sha256', secret).update(token).digest('hex'),
    }),
  },
  github: {
    scope: '',
    auth: 'post',
    otherAuth: undefined, // takes both
    pkce: true,
    codeSeconds: 600,
    badClient: [200, 'incorrect_client_credentials'],
    badCode: [200, 'bad_verification_code'],
    badRedirect: [200, 'redirect_uri_mismatch'],
    badToken: [401, 'Bad credentials'],
    subject: (profile: Answer) => profile.id,
    profileQuery: undefined,
  },
} as const;

/** Status and the code by which a client tells the refusal, wherever the provider puts it. */
export async function refusal(response: Response): Promise<[number, unknown]> {
  const body = await read(response);
  return [response.status, body.error?.code ?? body.error ?? body.type ?? body.message];
}

/** The ID token of a new sign-in with the nonce `a-nonce`. */
export async function idToken(client: Client): Promise<string> {
  const code = await client.code({ nonce: 'a-nonce' });
  return (await read(client.redeem(code))).id_token;
}

/** Against the provider's own key set, as a careful client does. */
export function verify(client: Client, token: string) {
  const issuer = client.settings.issuer!;
  const keys = createRemoteJWKSet(new URL(`${issuer}/oauth2/v3/certs`));
  return jwtVerify(token, keys, { issuer, audience: client.settings.clientId, algorithms: ['RS256'] });
}

export const IDS = Object.keys(CLIENTS) as ProviderId[];

/**
 * Simulated Facebook Login, the stable flow: no PKCE, no ID token. Its habits: versioned paths, error objects of its
 * own shape, scopes by comma or space, an answer without `scope`, `appsecret_proof` on every Graph call, `#_=_` on
 * the way back, pictures that expire, a profile of `id` and `name` unless more is asked for, and no `email` where the
 * reader did not grant it.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import * as answers from './answers.ts';
import type { Desk, Grant, Habits, Request, SimulatorEnv } from './desk.ts';

const VERSION = ':version{v2[2-6]\\.0}'; // the versions that answer in 2026
const SCOPES = ['public_profile', 'email'];
const PICTURE_SECONDS = 3600; // at Facebook days; short, so that a stored address is found out

export function facebook(): Habits {
  return {
    id: 'facebook',
    look: { name: 'Facebook', color: '#0866ff' },
    clientId: `10${randomBytes(6).readUIntBE(0, 6).toString().padStart(15, '0').slice(0, 13)}`,
    clientSecret: randomBytes(16).toString('hex'),
    codeSeconds: 600,
    subjectDigits: 17,
    faults: ['callback-error-code', 'token-error-as-script'],
    denial: {
      error: 'access_denied',
      error_code: '200',
      error_description: 'Permissions error',
      error_reason: 'user_denied',
    },
    callbackFragment: '_=_',
    endpoints: {
      authorizationUrl: '/v26.0/dialog/oauth',
      tokenUrl: '/v26.0/oauth/access_token',
      profileUrl: '/v26.0/me',
    },
    routes,
  };
}

function routes(desk: Desk): Hono<SimulatorEnv> {
  return new Hono<SimulatorEnv>()
    .get(`/${VERSION}/dialog/oauth`, (c) => authorize(desk, c))
    .post(
      `/${VERSION}/oauth/access_token`,
      (c) => answers.brokenToken(desk, c) ?? token(desk, c, c.get('form')),
    )
    .get(
      `/${VERSION}/oauth/access_token`,
      (c) => answers.brokenToken(desk, c) ?? token(desk, c, answers.queryOf(c)),
    )
    .get(`/${VERSION}/me`, (c) => answers.brokenProfile(desk, c) ?? profile(desk, c))
    .get('/lookaside/profilepic', (c) => picture(desk, c));
}

function authorize(desk: Desk, c: Request) {
  const query = answers.queryOf(c);
  const redirectUri = query.get('redirect_uri') ?? '';
  const state = query.get('state') ?? undefined;
  const scope = (query.get('scope') ?? 'public_profile').split(/[ ,]+/).filter(Boolean);
  const refused = (title: string, detail: string) => desk.refuse(c, title, detail);
  if (answers.repeated(query).length > 0) return refused('Invalid parameter', 'A parameter came twice.');
  if (query.get('client_id') !== desk.habits.clientId)
    return refused('Invalid App ID', 'This app is unknown.');
  if (!desk.redirectUris.has(redirectUri)) {
    return refused('URL blocked', 'The redirect URI is not among the Valid OAuth Redirect URIs of the app.');
  }
  if ((query.get('response_type') ?? 'code') !== 'code')
    return refused('Invalid parameter', 'response_type is not code.');
  if (scope.some((one) => !SCOPES.includes(one)))
    return refused('Invalid scopes', 'The app asks for an unknown scope.');
  if (desk.has('callback-error-code')) {
    const error_message = 'App Not Setup: this app is still in development mode.';
    return desk.callback(c, { redirectUri, state }, { error_code: '1349126', error_message });
  }
  return desk.ask(c, {
    redirectUri,
    state,
    scope,
    wishes: scope.includes('email')
      ? ['your name and picture', 'your e-mail address']
      : ['your name and picture'],
    chooseAccount: query.get('auth_type') === 'reauthenticate',
  });
}

function token(desk: Desk, c: Request, sent: URLSearchParams) {
  if (desk.has('error-with-200'))
    return graphError(desk, c, 'This authorization code has been used.', 100, 36009);
  if (answers.repeated(sent).length > 0) return graphError(desk, c, 'Invalid parameter', 100);
  if (sent.get('client_id') !== desk.habits.clientId) {
    return graphError(desk, c, 'Error validating application. Cannot get application info.', 101);
  }
  if (sent.get('client_secret') !== desk.habits.clientSecret) {
    return graphError(desk, c, 'Error validating client secret.', 1);
  }
  const grant = desk.redeem(sent.get('code') ?? '', sent.get('redirect_uri'), null);
  if (grant === 'expired' || desk.has('token-error-as-script')) {
    return graphError(desk, c, 'This authorization code has expired.', 100, 36007);
  }
  if (grant === 'used') return graphError(desk, c, 'This authorization code has been used.', 100, 36009);
  if (grant === 'redirect')
    return graphError(desk, c, 'Error validating verification code: redirect_uri differs.', 191);
  if (typeof grant === 'string') return graphError(desk, c, 'Invalid verification code format.', 100);
  const access_token = desk.issue(
    grant,
    `EAAG${randomBytes(60).toString('base64url').replace(/[-_]/g, 'Z')}`,
  );
  return c.json(answers.bendToken(desk, { access_token, token_type: 'bearer', expires_in: 5183944 }));
}

function profile(desk: Desk, c: Request) {
  const token = answers.bearerOf(c) ?? c.req.query('access_token');
  if (token === undefined) {
    return graphError(desk, c, 'An active access token must be used to query the current user.', 2500);
  }
  const grant = desk.grantOf(token);
  if (!grant) return graphError(desk, c, 'Error validating access token: the session is invalid.', 190, 463);
  const proof = c.req.query('appsecret_proof');
  if (proof === undefined) {
    return graphError(desk, c, 'API calls from the server require an appsecret_proof argument', 100);
  }
  if (proof !== createHmac('sha256', desk.habits.clientSecret).update(token).digest('hex')) {
    return graphError(desk, c, 'Invalid appsecret_proof provided in the API argument', 100);
  }
  if (desk.has('profile-error-with-200')) {
    return c.json({
      error: errorObject('An unexpected error has occurred. Please retry your request later.', 2),
    });
  }
  const fields = (c.req.query('fields') ?? 'id,name').split(',');
  const shown: Record<string, unknown> = {};
  for (const field of fields) {
    const value = fieldOf(desk, grant, field.trim());
    if (value === undefined) return graphError(desk, c, `Tried accessing nonexisting field (${field})`, 100);
    Object.assign(shown, value);
  }
  return c.json(desk.withSubject(shown, 'id', 'name'));
}

/** One field of the person; `id` always comes along. `undefined` for a field that does not exist. */
function fieldOf(desk: Desk, grant: Grant, field: string): Record<string, unknown> | undefined {
  const { person } = grant;
  const id = { id: person.subject };
  const pixels = Number(/^picture\.(?:width|height)\((\d+)\)/.exec(field)?.[1] ?? 50);
  if (field === 'id') return id;
  if (field === 'name') return { ...id, name: person.name };
  if (field === 'email') return grant.scope.includes('email') ? { ...id, email: person.email } : id;
  if (!/^picture(\.(width|height|type)\(\w+\))*$/.test(field)) return undefined;
  const ext = String(Math.trunc(desk.now() / 1000) + PICTURE_SECONDS);
  const query = new URLSearchParams({ asid: person.seed, width: String(pixels), ext });
  query.set('hash', pictureHash(desk, person.seed, ext));
  const url = `${desk.base}/lookaside/profilepic?${query}`;
  return { ...id, picture: { data: { height: pixels, is_silhouette: false, url, width: pixels } } };
}

function picture(desk: Desk, c: Request) {
  const { asid = '', ext = '', hash = '' } = c.req.query();
  const isFresh = hash === pictureHash(desk, asid, ext) && Number(ext) * 1000 > desk.now();
  return isFresh ? answers.picture(desk, c, asid) : c.text('URL signature expired', 403);
}

function pictureHash(desk: Desk, seed: string, ext: string): string {
  return createHmac('sha256', desk.habits.clientSecret)
    .update(`${seed}\n${ext}`)
    .digest('base64url')
    .slice(0, 16);
}

function errorObject(message: string, code: number, error_subcode?: number) {
  const fbtrace_id = randomBytes(8).toString('base64url');
  return { message, type: 'OAuthException', code, ...(error_subcode ? { error_subcode } : {}), fbtrace_id };
}

function graphError(desk: Desk, c: Request, message: string, code: number, subcode?: number): Response {
  const error = errorObject(message, code, subcode);
  const status = desk.has('error-with-200') ? 200 : 400;
  if (!desk.has('token-error-as-script')) return c.json({ error }, status);
  return c.body(JSON.stringify({ error }), status, {
    'Content-Type': 'text/javascript; charset=UTF-8',
    'WWW-Authenticate': `OAuth "Facebook Platform" "invalid_code" "${message}"`,
  });
}

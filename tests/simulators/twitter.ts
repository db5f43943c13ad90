/**
 * Simulated X (Twitter), OAuth 2.0 for a confidential client. What is strict here and lax elsewhere: PKCE and
 * `state` are required, the client authenticates by Basic alone with the pair as it stands, a code lives for thirty
 * seconds, and the person lies in a `data` envelope with the fields that were asked for. There is no parameter to
 * switch accounts, and the pages sever the opener.
 */
import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import * as answers from './answers.ts';
import type { Desk, Habits, Request, SimulatorEnv } from './desk.ts';

const MAX_STATE = 500; // characters, as X documents it
const SCOPES = ['users.read', 'tweet.read', 'users.email', 'offline.access'];
const NEEDED = ['users.read', 'tweet.read']; // GET /2/users/me wants both
const INVALID_CODE = 'Value passed for the authorization code was invalid.';

export function twitter(): Habits {
  return {
    id: 'twitter',
    look: { name: 'Twitter', color: '#0f1419' },
    clientId: Buffer.from(`${randomBytes(15).toString('base64url')}:1:ci`).toString('base64url'),
    // Real secrets hold "-" and "_", which a client that percent-encodes them gets wrong.
    clientSecret: `${randomBytes(18).toString('base64url')}-_${randomBytes(18).toString('base64url')}`,
    codeSeconds: 30,
    subjectDigits: 19,
    faults: [],
    denial: { error: 'access_denied' },
    severs: true,
    endpoints: {
      authorizationUrl: '/i/oauth2/authorize',
      tokenUrl: '/2/oauth2/token',
      profileUrl: '/2/users/me',
    },
    routes,
  };
}

function routes(desk: Desk): Hono<SimulatorEnv> {
  return new Hono<SimulatorEnv>()
    .get('/i/oauth2/authorize', (c) => authorize(desk, c))
    .post('/2/oauth2/token', (c) => answers.brokenToken(desk, c) ?? token(desk, c))
    .get('/2/users/me', (c) => answers.brokenProfile(desk, c) ?? profile(desk, c));
}

function authorize(desk: Desk, c: Request) {
  const query = answers.queryOf(c);
  const scope = (query.get('scope') ?? '').split(' ').filter(Boolean);
  const state = query.get('state') ?? '';
  const method = query.get('code_challenge_method');
  const redirectUri = query.get('redirect_uri') ?? '';
  const challenge = query.get('code_challenge') ?? '';
  const faults = [
    answers.repeated(query).length > 0 && 'a parameter came twice',
    query.get('client_id') !== desk.habits.clientId && 'client_id is unknown',
    !desk.redirectUris.has(redirectUri) && 'redirect_uri is not registered for this app',
    query.get('response_type') !== 'code' && 'response_type must be code',
    (state === '' || state.length > MAX_STATE) && `state must have 1 to ${MAX_STATE} characters`,
    challenge === '' && 'code_challenge is missing',
    method !== 'S256' && method !== 'plain' && 'code_challenge_method must be S256 or plain',
    (scope.length === 0 || scope.some((one) => !SCOPES.includes(one))) && 'scope is empty or unknown',
  ].filter((fault) => fault !== false);
  // X answers none of these through the redirect address; the reader is told and stays.
  if (faults.length > 0) {
    return desk.refuse(
      c,
      'Something went wrong',
      `You weren't able to give access to the app: ${faults.join('; ')}.`,
    );
  }
  const wishes = ['your name, handle and picture', 'the posts that you can see'];
  return desk.ask(c, {
    redirectUri,
    state,
    scope,
    wishes: scope.includes('users.email') ? [...wishes, 'your e-mail address'] : wishes,
    chooseAccount: false,
    challenge,
    challengeMethod: method ?? undefined,
  });
}

function token(desk: Desk, c: Request) {
  const form = c.get('form');
  const credentials = answers.credentialsOf(c);
  if (credentials.method !== 'basic' || !answers.isClient(desk, credentials)) {
    const error_description = 'Missing valid authorization header';
    return c.json({ error: 'unauthorized_client', error_description }, 401);
  }
  const refused = (error_description: string) =>
    c.json({ error: 'invalid_request', error_description }, desk.has('error-with-200') ? 200 : 400);
  if (desk.has('error-with-200')) return refused(INVALID_CODE);
  if (answers.repeated(form).length > 0) return refused('A parameter came twice.');
  if (form.get('grant_type') !== 'authorization_code')
    return refused('Value passed for the grant type was invalid.');
  const grant = desk.redeem(form.get('code') ?? '', form.get('redirect_uri'), form.get('code_verifier'));
  if (grant === 'redirect')
    return refused('Value passed for the redirect uri did not match the uri of the code.');
  if (grant === 'verifier')
    return refused('Value passed for the code verifier did not match the code challenge.');
  if (typeof grant === 'string') return refused(INVALID_CODE);
  const answer = {
    token_type: 'bearer',
    expires_in: 7200,
    access_token: desk.issue(grant, randomBytes(48).toString('base64url')),
    scope: grant.scope.join(' '),
  };
  return c.json(answers.bendToken(desk, answer));
}

function profile(desk: Desk, c: Request) {
  c.header('x-rate-limit-limit', '75');
  c.header('x-rate-limit-remaining', '74');
  const grant = desk.grantOf(answers.bearerOf(c));
  if (!grant) return problem(c, 401, 'about:blank', 'Unauthorized', 'Unauthorized');
  if (!NEEDED.every((one) => grant.scope.includes(one))) {
    const detail =
      'Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.';
    return problem(c, 403, 'https://api.x.com/2/problems/client-forbidden', 'Forbidden', detail);
  }
  if (desk.has('profile-error-with-200')) {
    const type = 'https://api.x.com/2/problems/resource-not-found';
    return c.json({ errors: [{ title: 'Not Found Error', detail: 'Could not find user.', type }] });
  }
  const { person } = grant;
  const fields = (c.req.query('user.fields') ?? '').split(',');
  const picture = fields.includes('profile_image_url') && {
    profile_image_url: `${desk.base}/pictures/${person.seed}_normal.png`,
  };
  const email = fields.includes('confirmed_email') &&
    grant.scope.includes('users.email') && { confirmed_email: person.email };
  const data = { id: person.subject, name: person.name, username: person.username, ...picture, ...email };
  return c.json({ data: desk.withSubject(data, 'id', 'name') });
}

function problem(c: Request, status: 401 | 403, type: string, title: string, detail: string) {
  return c.json({ title, type, status, detail }, status, { 'Content-Type': 'application/problem+json' });
}

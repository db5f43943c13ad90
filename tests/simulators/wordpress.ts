/**
 * Simulated WordPress.com, the older "Connect" endpoints. Its habits: credentials in the body only, no PKCE, no
 * `expires_in`, a `blog_id` that is a string, tokens full of punctuation, keys in odd case (`ID`, `avatar_URL`), a
 * `verified` that does not mean the e-mail, and 403 for a missing token. A reader who has no blog is stuck unless the
 * scope is `auth`.
 */
import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import * as answers from './answers.ts';
import type { Desk, Habits, Request, SimulatorEnv } from './desk.ts';

export function wordpress(): Habits {
  return {
    id: 'wordpress',
    look: { name: 'WordPress.com', color: '#3858e9' },
    clientId: String(10_000 + randomBytes(2).readUInt16BE()),
    clientSecret: randomBytes(48).toString('base64url'),
    codeSeconds: 600,
    subjectDigits: 9,
    faults: [],
    denial: {
      error: 'access_denied',
      error_description: 'You need to log in to and authorize this application.',
    },
    endpoints: {
      authorizationUrl: '/oauth2/authenticate',
      tokenUrl: '/oauth2/token',
      profileUrl: '/rest/v1.1/me',
    },
    routes,
  };
}

function routes(desk: Desk): Hono<SimulatorEnv> {
  return new Hono<SimulatorEnv>()
    .get('/oauth2/authenticate', (c) => authorize(desk, c))
    .get('/oauth2/authorize', (c) => authorize(desk, c))
    .post('/oauth2/token', (c) => answers.brokenToken(desk, c) ?? token(desk, c))
    .get('/rest/:version{v1|v1\\.1}/me', (c) => answers.brokenProfile(desk, c) ?? profile(desk, c));
}

function authorize(desk: Desk, c: Request) {
  const query = answers.queryOf(c);
  const redirectUri = query.get('redirect_uri') ?? '';
  const scope = (query.get('scope') ?? '').split(' ').filter(Boolean);
  const refused = (detail: string) => desk.refuse(c, 'This application has a problem', detail);
  if (answers.repeated(query).length > 0) return refused('A parameter came twice.');
  if (query.get('client_id') !== desk.habits.clientId) return refused('Unknown client_id.');
  if (!desk.redirectUris.has(redirectUri)) return refused('Mismatched redirect_uri.');
  if (query.get('response_type') !== 'code') return refused('The response_type must be code.');
  if (scope.some((one) => one !== 'auth' && one !== 'global')) return refused('Unknown scope.');
  if (scope.length === 0) return refused('Choose the blog to connect. You have no blog.');
  return desk.ask(c, {
    redirectUri,
    state: query.get('state') ?? undefined,
    scope,
    wishes: ['your name', 'e-mail address', 'picture'],
    chooseAccount: false,
  });
}

function token(desk: Desk, c: Request) {
  const form = c.get('form');
  const credentials = answers.credentialsOf(c);
  const refused = (error: string, error_description: string) =>
    c.json({ error, error_description }, desk.has('error-with-200') ? 200 : 400);
  // Basic is documented for the newer endpoints only.
  if (credentials.method !== 'post' || !answers.isClient(desk, credentials)) {
    return refused('invalid_client', 'Unknown client_id or wrong client_secret in the request body.');
  }
  if (desk.has('error-with-200')) return refused('invalid_grant', 'Invalid authorization_code.');
  if (answers.repeated(form).length > 0) return refused('invalid_request', 'A parameter came twice.');
  if (form.get('grant_type') !== 'authorization_code')
    return refused('unsupported_grant_type', 'Unknown grant_type.');
  const grant = desk.redeem(form.get('code') ?? '', form.get('redirect_uri'), null);
  if (grant === 'redirect') return refused('invalid_grant', 'Mismatched redirect_uri.');
  if (typeof grant === 'string') return refused('invalid_grant', 'Invalid authorization_code.');
  const answer = {
    access_token: desk.issue(
      grant,
      `${randomBytes(18).toString('base64')}$%&)(@^${randomBytes(12).toString('base64')}`,
    ),
    token_type: 'bearer',
    blog_id: '0',
    blog_url: desk.base,
    scope: grant.scope.join(' '),
  };
  return c.json(answers.bendToken(desk, answer));
}

function profile(desk: Desk, c: Request) {
  const token = answers.bearerOf(c);
  const grant = desk.grantOf(token);
  if (!token) {
    const message = 'An active access token must be used to query information about the current user.';
    return c.json({ error: 'authorization_required', message }, 403);
  }
  if (!grant) return c.json({ error: 'invalid_token', message: 'The OAuth2 token is invalid.' }, 400);
  if (desk.has('profile-error-with-200')) {
    return c.json({ error: 'authorization_required', message: 'That user cannot be read.' });
  }
  const { person } = grant;
  const profile = {
    ID: Number(person.subject),
    display_name: person.name,
    username: person.username,
    email: person.email,
    primary_blog: null,
    language: 'en',
    token_site_id: false,
    token_scope: grant.scope,
    token_client_id: Number(desk.habits.clientId),
    avatar_URL: `${desk.base}/pictures/${person.seed}.png?s=96&d=identicon&r=G`,
    profile_URL: `https://gravatar.com/${person.username}`,
    verified: false,
    email_verified: true,
    date: '2012-01-01T00:00:00+00:00',
    phone_account: false,
  };
  return c.json(desk.withSubject(profile, 'ID', 'display_name'));
}

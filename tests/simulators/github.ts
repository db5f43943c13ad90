/**
 * Simulated GitHub. Its habits: a refused token request is answered with status 200, answers are form-encoded unless
 * JSON is asked for, scopes are joined by commas, a wrong redirect address is reported *to the registered one*, the
 * id is a number, the name may be null, and the API turns away requests without a User-Agent.
 */
import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import * as answers from './answers.ts';
import type { Desk, Habits, Request, SimulatorEnv } from './desk.ts';

const DOCUMENTATION =
  'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/';
const BAD_CODE = 'The code passed is incorrect or expired.';

export function github(): Habits {
  return {
    id: 'github',
    look: { name: 'GitHub', color: '#1f883d' },
    clientId: `Ov23li${randomBytes(10).toString('hex').slice(0, 14)}`,
    clientSecret: randomBytes(20).toString('hex'),
    codeSeconds: 600,
    subjectDigits: 8,
    faults: [],
    denial: {
      error: 'access_denied',
      error_description: 'The user has denied your application access.',
      error_uri: 'https://docs.github.com/apps/troubleshooting-authorization-request-errors/#access-denied',
    },
    endpoints: {
      authorizationUrl: '/login/oauth/authorize',
      tokenUrl: '/login/oauth/access_token',
      profileUrl: '/user',
    },
    routes,
  };
}

function routes(desk: Desk): Hono<SimulatorEnv> {
  return new Hono<SimulatorEnv>()
    .get('/login/oauth/authorize', (c) => authorize(desk, c))
    .post('/login/oauth/access_token', (c) => answers.brokenToken(desk, c) ?? token(desk, c))
    .get('/user', (c) => answers.brokenProfile(desk, c) ?? profile(desk, c))
    .get('/user/emails', (c) => answers.brokenProfile(desk, c) ?? emails(desk, c));
}

function authorize(desk: Desk, c: Request) {
  const query = answers.queryOf(c);
  if (query.get('client_id') !== desk.habits.clientId) {
    return desk.refuse(c, '404', 'This is not the web page you are looking for.', 404);
  }
  const state = query.get('state') ?? undefined;
  const redirectUri = query.get('redirect_uri') ?? '';
  const registered = [...desk.redirectUris].at(-1) ?? '';
  if (answers.repeated(query).length > 0 || !desk.redirectUris.has(redirectUri)) {
    const error_description = 'The redirect_uri is not associated with this application.';
    return desk.callback(
      c,
      { redirectUri: registered, state },
      { error: 'redirect_uri_mismatch', error_description },
    );
  }
  const scope = (query.get('scope') ?? '').split(/[ ,]+/).filter(Boolean);
  const wishes = ['your public profile'];
  return desk.ask(c, {
    redirectUri,
    state,
    scope,
    wishes: scope.includes('user:email') ? [...wishes, 'your e-mail addresses'] : wishes,
    chooseAccount: query.get('prompt') === 'select_account',
    challenge: query.get('code_challenge') ?? undefined,
    challengeMethod: query.get('code_challenge_method') ?? undefined,
  });
}

function token(desk: Desk, c: Request) {
  const form = c.get('form');
  const credentials = answers.credentialsOf(c);
  const refused = (error: string, error_description: string) =>
    encode(c, { error, error_description, error_uri: `${DOCUMENTATION}#${error.replaceAll('_', '-')}` });
  if (credentials.method === 'both' || !answers.isClient(desk, credentials)) {
    return refused(
      'incorrect_client_credentials',
      'The client_id and/or client_secret passed are incorrect.',
    );
  }
  if (desk.has('error-with-200') || answers.repeated(form).length > 0) {
    return refused('bad_verification_code', BAD_CODE);
  }
  const code = form.get('code') ?? '';
  const grant = desk.redeem(code, form.get('redirect_uri'), form.get('code_verifier'));
  if (grant === 'redirect') {
    return refused('redirect_uri_mismatch', 'The redirect_uri MUST match the registered callback URL.');
  }
  if (typeof grant === 'string') return refused('bad_verification_code', BAD_CODE);
  const access_token = desk.issue(
    grant,
    `gho_${randomBytes(27).toString('base64url').replace(/[-_]/g, 'q')}`,
  );
  return encode(
    c,
    answers.bendToken(desk, { access_token, scope: grant.scope.join(','), token_type: 'bearer' }),
  );
}

/** JSON for those who ask for it, a form for the rest; the status is 200 whatever happened. */
function encode(c: Request, answer: Record<string, unknown>) {
  if (/json/.test(c.req.header('accept') ?? '')) return c.json(answer);
  const form = new URLSearchParams(Object.entries(answer).map(([key, value]) => [key, String(value ?? '')]));
  return c.body(form.toString(), 200, { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' });
}

function profile(desk: Desk, c: Request) {
  const grant = allowed(desk, c);
  if (grant instanceof Response) return grant;
  if (desk.has('profile-error-with-200')) return c.json({ message: 'Something went wrong', status: '500' });
  const { person } = grant;
  const profile = {
    login: person.username,
    id: Number(person.subject),
    avatar_url: `${desk.base}/pictures/${person.seed}.png?v=4`,
    html_url: `https://github.com/${person.username}`,
    type: 'User',
    name: person.name,
    email: null,
  };
  return c.json(desk.withSubject(profile, 'id', 'name'));
}

function emails(desk: Desk, c: Request) {
  const grant = allowed(desk, c);
  if (grant instanceof Response) return grant;
  if (!grant.scope.includes('user:email')) return c.json({ message: 'Not Found', status: '404' }, 404);
  const { person } = grant;
  return c.json([
    { email: `old.${person.email}`, verified: false, primary: false, visibility: null },
    { email: person.email, verified: true, primary: true, visibility: 'private' },
  ]);
}

function allowed(desk: Desk, c: Request) {
  if (!c.req.header('user-agent')) {
    return c.text('Request forbidden by administrative rules. Send a User-Agent header.', 403);
  }
  const token = answers.bearerOf(c) ?? /^token (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return (
    desk.grantOf(token) ?? c.json({ message: token ? 'Bad credentials' : 'Requires authentication' }, 401)
  );
}

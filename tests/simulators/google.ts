/**
 * Simulated Google, OpenID Connect with discovery. What is strict here: the callback names the issuer as the metadata
 * promises (RFC 9207), ID tokens are signed (RS256) with a key from the JWKS and carry nonce, `azp` and `at_hash`,
 * only three values of `prompt` are known, configuration faults stay on the provider's page, and scopes come back in
 * their long form. All ID token faults live here.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import * as answers from './answers.ts';
import type { Desk, Grant, Habits, Request, SimulatorEnv } from './desk.ts';

const ID_TOKEN_SECONDS = 3600;
const PROMPTS = ['none', 'consent', 'select_account'];
const LONG_SCOPE = 'https://www.googleapis.com/auth/userinfo.'; // as the token answer spells profile and email

export function google(): Habits {
  return {
    id: 'google',
    look: { name: 'Google', color: '#1a73e8' },
    clientId: `${randomBytes(5).readUIntBE(0, 5)}-${randomBytes(16).toString('hex')}.apps.googleusercontent.com`,
    clientSecret: `GOCSPX-${randomBytes(21).toString('base64url')}`,
    codeSeconds: 600,
    subjectDigits: 21,
    faults: [
      'callback-issuer-wrong',
      'callback-issuer-missing',
      'id-token-missing',
      'claims-missing',
      'wrong-nonce',
      'nonce-missing',
      'wrong-issuer',
      'wrong-audience',
      'wrong-signature',
      'unsigned-id-token',
      'expired-id-token',
      'subject-mismatch',
    ],
    denial: { error: 'access_denied' },
    callbackExtras,
    endpoints: { issuer: '' },
    routes,
  };
}

function callbackExtras(desk: Desk): Record<string, string> {
  if (desk.has('callback-issuer-missing')) return {};
  return { iss: desk.has('callback-issuer-wrong') ? 'https://accounts.elsewhere.example' : desk.base };
}

type Keys = Awaited<ReturnType<typeof makeKeys>>;

/** The key that signs, its public half for the JWKS, and a stranger's key that claims the same id. */
async function makeKeys() {
  const [own, stranger] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  const kid = randomBytes(20).toString('hex');
  const jwk = { ...(await exportJWK(own.publicKey)), kid, use: 'sig', alg: 'RS256' };
  return { kid, jwk, own: own.privateKey, stranger: stranger.privateKey };
}

function routes(desk: Desk): Hono<SimulatorEnv> {
  let made: Promise<Keys> | undefined; // two RSA pairs take half a second, and not every run needs them
  const keys = () => {
    made ??= makeKeys();
    return made;
  };
  return new Hono<SimulatorEnv>()
    .get('/.well-known/openid-configuration', (c) =>
      c.json(metadata(desk.base), 200, { 'Cache-Control': 'max-age=3600' }),
    )
    .get('/oauth2/v3/certs', async (c) => c.json({ keys: [(await keys()).jwk] }))
    .get('/o/oauth2/v2/auth', (c) => authorize(desk, c))
    .post('/token', async (c) => (await answers.brokenToken(desk, c)) ?? token(desk, c, await keys()))
    .get('/v1/userinfo', (c) => answers.brokenProfile(desk, c) ?? userinfo(desk, c));
}

function metadata(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/o/oauth2/v2/auth`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/v1/userinfo`,
    jwks_uri: `${issuer}/oauth2/v3/certs`,
    response_types_supported: ['code', 'token', 'id_token', 'none'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    claims_supported: [
      'aud',
      'email',
      'email_verified',
      'exp',
      'given_name',
      'iat',
      'iss',
      'name',
      'picture',
      'sub',
    ],
    code_challenge_methods_supported: ['plain', 'S256'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    authorization_response_iss_parameter_supported: true,
  };
}

function authorize(desk: Desk, c: Request) {
  const query = answers.queryOf(c);
  const redirectUri = query.get('redirect_uri') ?? '';
  const scope = (query.get('scope') ?? '').split(' ').filter(Boolean);
  const prompts = (query.get('prompt') ?? '').split(' ').filter(Boolean);
  const method = query.get('code_challenge_method') ?? undefined;
  const refused = (error: string, detail: string) =>
    desk.refuse(c, 'Access blocked', `Error 400: ${error}. ${detail}`);
  const twice = answers.repeated(query);
  if (twice.length > 0) return refused('invalid_request', `${twice[0]} came twice.`);
  if (query.get('client_id') !== desk.habits.clientId)
    return refused('invalid_client', 'The client was not found.');
  if (!desk.redirectUris.has(redirectUri))
    return refused('redirect_uri_mismatch', 'The address is not registered.');
  if (query.get('response_type') !== 'code') return refused('unsupported_response_type', 'Use code.');
  if (scope.length === 0) return refused('invalid_request', 'Missing required parameter: scope.');
  if (scope.some((one) => !['openid', 'profile', 'email'].includes(one)))
    return refused('invalid_scope', 'Unknown.');
  if (prompts.some((one) => !PROMPTS.includes(one)))
    return refused('invalid_request', 'Invalid parameter value for prompt.');
  if (method !== undefined && !['S256', 'plain'].includes(method))
    return refused('invalid_request', 'code_challenge_method.');
  const state = query.get('state') ?? undefined;
  if (prompts.includes('none'))
    return desk.callback(c, { redirectUri, state }, { error: 'interaction_required' });
  return desk.ask(c, {
    redirectUri,
    state,
    scope,
    wishes: scope.includes('email')
      ? ['your name', 'e-mail address', 'profile picture']
      : ['your name', 'profile picture'],
    chooseAccount: prompts.includes('select_account'),
    nonce: query.get('nonce') ?? undefined,
    challenge: query.get('code_challenge') ?? undefined,
    challengeMethod: method,
  });
}

async function token(desk: Desk, c: Request, keys: Keys) {
  const form = c.get('form');
  const credentials = answers.credentialsOf(c);
  const refused = (error: string, error_description: string, status: 400 | 401 = 400) =>
    c.json({ error, error_description }, desk.has('error-with-200') ? 200 : status);
  if (credentials.method === 'both') return refused('invalid_request', 'Send the credentials once.');
  if (!answers.isClient(desk, credentials))
    return refused('invalid_client', 'The provided client secret is invalid.', 401);
  if (desk.has('error-with-200')) return refused('invalid_grant', 'Bad Request');
  if (answers.repeated(form).length > 0) return refused('invalid_request', 'A parameter came twice.');
  if (form.get('grant_type') !== 'authorization_code')
    return refused('unsupported_grant_type', 'Invalid grant_type.');
  const grant = desk.redeem(form.get('code') ?? '', form.get('redirect_uri'), form.get('code_verifier'));
  if (grant === 'unknown') return refused('invalid_grant', 'Malformed auth code.');
  if (grant === 'redirect') return refused('redirect_uri_mismatch', 'Bad Request');
  if (grant === 'verifier') return refused('invalid_grant', 'Invalid code verifier.');
  if (typeof grant === 'string') return refused('invalid_grant', 'Bad Request');
  const access_token = desk.issue(grant, `ya29.a0${randomBytes(60).toString('base64url')}`);
  const answer: Record<string, unknown> = {
    access_token,
    expires_in: 3599,
    scope: grant.scope.map((one) => (one === 'openid' ? one : LONG_SCOPE + one)).join(' '),
    token_type: 'Bearer',
  };
  if (grant.scope.includes('openid') && !desk.has('id-token-missing')) {
    answer.id_token = await idToken(desk, grant, access_token, keys);
  }
  return c.json(answers.bendToken(desk, answer));
}

async function idToken(desk: Desk, grant: Grant, accessToken: string, keys: Keys): Promise<string> {
  const { clientId } = desk.habits;
  const seconds = Math.trunc(desk.now() / 1000) - (desk.has('expired-id-token') ? 2 * ID_TOKEN_SECONDS : 0);
  const nonce = desk.has('wrong-nonce') ? randomBytes(32).toString('base64url') : grant.nonce;
  const half = createHash('sha256').update(accessToken).digest().subarray(0, 16); // OpenID Connect Core §3.1.3.6
  const claims: JWTPayload = {
    iss: desk.has('wrong-issuer') ? 'https://accounts.elsewhere.example' : desk.base,
    azp: desk.has('wrong-audience') ? 'another-client' : clientId,
    aud: desk.has('wrong-audience') ? 'another-client' : clientId,
    sub: grant.person.subject,
    at_hash: half.toString('base64url'),
    ...(nonce === undefined || desk.has('nonce-missing') ? {} : { nonce }),
    ...(desk.has('claims-missing') ? {} : claimsOf(desk, grant)),
    iat: seconds,
    exp: seconds + ID_TOKEN_SECONDS,
  };
  const shown = desk.withSubject(claims, 'sub', 'name') as JWTPayload;
  if (desk.has('unsigned-id-token')) return new UnsecuredJWT(shown).encode();
  const signed = new SignJWT(shown).setProtectedHeader({ alg: 'RS256', kid: keys.kid, typ: 'JWT' });
  return signed.sign(desk.has('wrong-signature') ? keys.stranger : keys.own);
}

/** What the scopes let the client know. */
function claimsOf(desk: Desk, { person, scope }: Grant): Record<string, unknown> {
  const [given_name = '', ...rest] = person.name.split(' ');
  const picture = `${desk.base}/pictures/${person.seed}=s96-c`;
  return {
    ...(scope.includes('email') ? { email: person.email, email_verified: true } : {}),
    ...(scope.includes('profile')
      ? { name: person.name, picture, given_name, family_name: rest.join(' ') }
      : {}),
  };
}

function userinfo(desk: Desk, c: Request) {
  const grant = desk.grantOf(answers.bearerOf(c));
  if (!grant) {
    const body = { error: 'invalid_request', error_description: 'Invalid Credentials' };
    return c.json(body, 401, {
      'WWW-Authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
    });
  }
  if (desk.has('profile-error-with-200'))
    return c.json({ error: 'invalid_request', error_description: 'Bad Request' });
  const sub = desk.has('subject-mismatch') ? '1'.repeat(21) : grant.person.subject;
  return c.json(desk.withSubject({ sub, ...claimsOf(desk, grant) }, 'sub', 'name'));
}

/**
 * Reading requests and giving the answers that are alike at every provider: parameters that may come once only,
 * client credentials, pictures, and the faults of token endpoint and profile. It keeps nothing.
 */
import type { Desk, Request } from './desk.ts';
import { drawPicture } from './people.ts';

/** The names that occur more than once; OAuth allows none (RFC 6749 §3.1, §3.2). */
export function repeated(parameters: URLSearchParams): string[] {
  const names = [...parameters.keys()];
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

export function queryOf(c: Request): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

/** Client credentials as sent: by `Authorization: Basic`, in the body, both at once, or not at all. */
export interface Credentials {
  method: 'basic' | 'post' | 'both' | 'none';
  id: string | undefined;
  secret: string | undefined;
}

/** The Basic pair is taken as it stands, not percent-decoded: several live providers compare it so. */
export function credentialsOf(c: Request): Credentials {
  const form = c.get('form');
  const header = /^Basic ([A-Za-z0-9+/=]+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  const secret = form.get('client_secret') ?? undefined;
  if (header === undefined) {
    const method = secret === undefined ? 'none' : 'post';
    return { method, id: form.get('client_id') ?? undefined, secret };
  }
  const pair = Buffer.from(header, 'base64').toString();
  const colon = pair.indexOf(':');
  return {
    method: secret === undefined ? 'basic' : 'both',
    id: pair.slice(0, Math.max(0, colon)),
    secret: pair.slice(colon + 1),
  };
}

export function isClient(desk: Desk, credentials: Credentials): boolean {
  return credentials.id === desk.habits.clientId && credentials.secret === desk.habits.clientSecret;
}

export function bearerOf(c: Request): string | undefined {
  return /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
}

const HUGE_BYTES = 1024 * 1024; // far past any sensible limit of a client, small enough to send

/** What the token endpoint does in place of its work, when told so. */
export function brokenToken(desk: Desk, c: Request): Response | Promise<Response> | undefined {
  if (desk.has('hang')) return never();
  if (desk.has('token-500')) return c.text('Internal Server Error', 500);
  if (desk.has('token-429')) return c.json({ error: 'too_many_requests' }, 429, { 'Retry-After': '30' });
  if (desk.has('html-token')) return c.html('<!doctype html><title>Welcome</title><p>Please sign in.</p>');
  if (desk.has('redirect-token')) return c.redirect(`${desk.base}/elsewhere`, 302);
  if (desk.has('huge-token')) {
    return c.json({ access_token: 'x', token_type: 'bearer', padding: 'x'.repeat(HUGE_BYTES) });
  }
  return undefined;
}

/** What the profile does in place of its work, when told so. */
export function brokenProfile(desk: Desk, c: Request): Response | Promise<Response> | undefined {
  if (desk.has('profile-hang')) return never();
  if (desk.has('profile-500')) return c.text('Internal Server Error', 500);
  if (desk.has('profile-429')) return c.json({ error: 'too_many_requests' }, 429, { 'Retry-After': '30' });
  if (desk.has('profile-html')) return c.html('<!doctype html><title>Welcome</title><p>Please sign in.</p>');
  if (desk.has('profile-redirect')) return c.redirect(`${desk.base}/elsewhere`, 302);
  return undefined;
}

/** The token answer, bent as told. */
export function bendToken(desk: Desk, answer: Record<string, unknown>): Record<string, unknown> {
  const bent = { ...answer };
  if (desk.has('token-type-missing')) delete bent.token_type;
  if (desk.has('token-type-odd')) bent.token_type = 'semaphore';
  if (desk.has('scope-null')) Object.assign(bent, { scope: null, expires_in: null, refresh_token: null });
  return bent;
}

/** Sizes as the providers spell them: `=s96-c` (Google), `_normal` and `_200x200` (X), `s=` and `width=` (the rest). */
export function picture(desk: Desk, c: Request, name: string): Response | Promise<Response> {
  const bent = bentPicture(desk, c);
  if (bent) return bent;
  const named: Record<string, number> = { normal: 48, bigger: 73 };
  const suffix = /=s(\d+)|_(normal|bigger)|_(\d+)x\d+/.exec(name);
  const asked =
    suffix?.[1] ?? named[suffix?.[2] ?? ''] ?? suffix?.[3] ?? c.req.query('s') ?? c.req.query('width');
  const seed = /^[0-9a-f]+/.exec(name)?.[0];
  if (!seed) return c.notFound();
  return c.body(new Uint8Array(drawPicture(seed, Number(asked ?? 96))), 200, { 'Content-Type': 'image/png' });
}

function bentPicture(desk: Desk, c: Request): Response | undefined {
  const script = '<script>alert(document.domain)</script>';
  const send = (type: string, body: string | Uint8Array<ArrayBuffer>) =>
    c.body(body, 200, { 'Content-Type': type });
  if (desk.has('picture-404')) return c.text('No such picture', 404);
  if (desk.has('picture-500')) return c.text('Try later', 500);
  if (desk.has('picture-svg'))
    return send(
      'image/svg+xml',
      `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">${script}</svg>`,
    );
  if (desk.has('picture-html')) return send('image/png', `<!doctype html>${script}`);
  if (desk.has('picture-huge'))
    return send(
      'image/png',
      new Uint8Array(Buffer.concat([drawPicture('00', 96), Buffer.alloc(HUGE_BYTES)])),
    );
  return undefined;
}

function never(): Promise<Response> {
  return new Promise(() => {});
}

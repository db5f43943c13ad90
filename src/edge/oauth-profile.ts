/**
 * From what a provider says about a person to what the service believes: the subject, exact or refused, and name,
 * handle, link and picture, cleaned and bounded. Pure. Everything here is written by strangers (a display name is the
 * cheapest thing to forge), so nothing leaves this file that could break a page, turn its text around or point a
 * browser at a host nobody listed.
 */

import { at, type MappedProfile, type OAuthProvider, type Raw } from '../../providers/provider.ts';
import { isAllowed, isLoopback } from './oauth-http.ts';
import { refusedAnswer } from './oauth-response.ts';

/** Who signed in. `subject` with `issuer` is the identity's key; the rest is for display and changes at any time. */
export interface Profile {
  subject: string;
  /** '' for plain OAuth 2. */
  issuer: string;
  name: string;
  username: string | null;
  link: string | null;
  picture: string | null;
}

const MAX_NAME_POINTS = 80; // code points
const MAX_URL_LENGTH = 2048;
const MAX_MARKS = 4; // combining marks in a row; living scripts need three

/** The subject in `body`, which was parsed from `source`. Refused when it is missing, empty, of another type, not
 *  exact or written twice: comparing such ids once gave all accounts of a provider one user (CVE-2026-42560), and
 *  numbers past 2^53 would do the same by rounding. Throws SignInFailure. */
export function readSubject(provider: OAuthProvider, answer: { source: string; body: Raw }): string {
  const { source, body } = answer;
  const value = at(body, provider.subject);
  const stage = provider.kind === 'openid' ? 'id-token' : 'profile';
  const refuse = (code: string) => refusedAnswer(provider, stage, { status: 200, body }, code);
  if (value === undefined || value === null || value === '') throw refuse('subject-missing');
  const isExact = typeof value === 'string' || (Number.isSafeInteger(value) && (value as number) > 0);
  const subject = String(value);
  // Visible ASCII, at most 255 (OpenID Connect Core §2); inner spaces are allowed there, outer ones invite mix-ups.
  if (!isExact || !/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(subject))
    throw refuse('subject-invalid');
  if (countMember(source, provider.subject) !== 1) throw refuse('subject-doubled');
  return subject;
}

/** The mapped profile with every member checked. `isLocal`: loopback addresses are let through as well, for
 *  simulators. A person without any visible name is called after the provider. */
export function cleanProfile(
  provider: OAuthProvider,
  mapped: MappedProfile,
  isLocal: boolean,
): Omit<Profile, 'subject' | 'issuer'> {
  const username = cleanName(mapped.username) || null;
  return {
    name: cleanName(mapped.name) || username || `${provider.name} user`,
    username,
    link: cleanUrl(mapped.link, isLocal),
    picture: cleanUrl(mapped.picture, isLocal, provider.pictureHosts),
  };
}

/** One line of visible text, at most 80 code points, '' when nothing visible is left. Goes: control characters, line
 *  breaks, lone surrogates, and everything invisible, among it the marks that turn text around. Stays: joiners and the
 *  emoji selector, which Persian, Indic scripts and emoji need. */
export function cleanName(value: unknown): string {
  if (typeof value !== 'string') return '';
  const line = value
    .slice(0, 4000) // enough for 80 of anything, and an end to 10 MB names
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Z}\t\n\v\f\r\u2800]+/gu, ' ')
    .replace(/[[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{DI}\ufffd]--[\u200c\u200d\ufe0f]]/gv, '')
    .replace(new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu'), '$1')
    .replace(/ +/g, ' ')
    .trim();
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(line)) return '';
  return [...line].slice(0, MAX_NAME_POINTS).join('').trim();
}

/** The address in its canonical form when it is absolute, without credentials, https (or local) and, with `hosts`, on
 *  one of them; else null. */
function cleanUrl(value: unknown, isLocal: boolean, hosts?: readonly string[]): string | null {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH) return null;
  const url = URL.parse(value);
  if (!url || url.username || url.password || !isAllowed(url, isLocal)) return null;
  if (isLocal && isLoopback(url)) return url.href;
  if (url.port || (hosts && !hosts.some((host) => matchesHost(url.hostname, host)))) return null;
  return url.href;
}

function matchesHost(hostname: string, host: string): boolean {
  return host.startsWith('.') ? hostname.endsWith(host) : hostname === host;
}

/** How often the member at a dotted path is written in a JSON text that is known to parse; JSON.parse silently keeps
 *  the last. */
export function countMember(json: string, path: string): number {
  const open: { key: string | undefined; isArray: boolean }[] = [];
  let last = '';
  let count = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/g)) {
    if (token === '{' || token === '[') open.push({ key: undefined, isArray: token === '[' });
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      open.at(-1)!.key = JSON.parse(last);
      if (open.every((level) => !level.isArray) && open.map((level) => level.key).join('.') === path) count++;
    } else if (token !== ',') last = token;
  }
  return count;
}

/**
 * What a guest typed, checked and cleaned: the engine of the adapters that ask readers themselves, as `oauth.ts` is of
 * those that send them away. Pure, and nothing here is proof of anything: a name is cleaned like any provider's, the
 * e-mail looks like one, the website leads to a website.
 */
import { PROVIDERS } from '../../providers/index.ts';
import type { GuestProvider } from '../../providers/provider.ts';
import { problem } from '../core/problem.ts';
import { type SiteSettings, takesGuests } from '../core/site.ts';
import { cleanName } from './oauth-profile.ts';

/** Who somebody says they are. */
export interface GuestProfile {
  /** '' when they said none; shown as "Anonymous". */
  name: string;
  /** As typed, for the site's records. Never shown, never believed. */
  email: string | null;
  /** http or https. */
  link: string | null;
}

const MAX_EMAIL_CHARACTERS = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets
const MAX_LOCAL_CHARACTERS = 64; // §4.5.3.1.1
const MAX_URL_CHARACTERS = 2048;

// Plausible, no more: addresses that a person has, in any script, and nothing that could become a second header line,
// a second recipient or a name before the address.
const EMAIL =
  /^[^\p{C}\p{Z}@<>()[\]\\,;:"]+@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}-]{2,}$/u;

const adapter = PROVIDERS.find((provider): provider is GuestProvider => provider.kind === 'guest')!;

/** What the form asks, by field, with a sentence on each. */
export const GUEST_FIELDS = adapter.fields;

/**
 * The person that `typed` makes, by field. Which fields must be filled is the site's `mode`. Throws `guests-off`,
 * `name-missing`, `email-missing`, `email-invalid` and `website-invalid`.
 */
export function readGuest(settings: SiteSettings, typed: Readonly<Record<string, string>>): GuestProfile {
  if (!takesGuests(settings)) throw problem('guests-off');
  const isRequired = settings.mode === 'open-required';
  const profile = adapter.profile(typed);
  const name = cleanName(profile.name);
  if (!name && isRequired) throw problem('name-missing');
  const email = trimmed(profile.email);
  if (!email && isRequired) throw problem('email-missing');
  if (email && !isEmail(email)) throw problem('email-invalid');
  return { name, email: email || null, link: readWebsite(trimmed(profile.link)) };
}

const trimmed = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

function isEmail(text: string): boolean {
  if (text.length > MAX_EMAIL_CHARACTERS || text.indexOf('@') > MAX_LOCAL_CHARACTERS) return false;
  return text.isWellFormed() && EMAIL.test(text);
}

/** The address in its canonical form, which is ASCII; null for ''. */
function readWebsite(text: string): string | null {
  if (!text) return null;
  const refusal = () => problem('website-invalid');
  if (text.length > MAX_URL_CHARACTERS) throw refusal();
  // `localhost:80` and `javascript:0` are read as schemes by URL; only what has `//` names one here.
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refusal();
  if (url.username || url.password || !/[^.]\.[^.]/.test(url.hostname)) throw refusal();
  if (url.href.length > MAX_URL_CHARACTERS) throw refusal();
  return url.href;
}

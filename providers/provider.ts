/**
 * What an identity provider is: a value. This file holds the contract that every file beside it fills in, and four
 * small readers for mapping profiles. It holds no behaviour of signing in: `src/edge/oauth.ts` reads the values that
 * send a reader away, `src/edge/guest.ts` those that ask a reader themselves. Neither knows a provider's name, so
 * whatever is odd about a provider must be a field here that others could use as well.
 * A new provider is one file with one value and its line in `index.ts`. Files here import nothing but this one.
 */

/** Why a sign-in did not succeed.
 *  `denied`: the reader said no. `expired`: the code came too late or was used already.
 *  `config`: our registration at the provider is wrong, the operator must act.
 *  `network`: the provider gave no answer or is serving nobody just now; trying later may help.
 *  `provider`: it answered something that must not be believed. */
export type FailureKind = 'denied' | 'expired' | 'config' | 'provider' | 'network';

/** A parsed JSON object from outside: the claims of an ID token, or the body of a profile answer. */
export type Raw = Readonly<Record<string, unknown>>;

/** What a profile says about a person, before the engine cleans it: any member may be of any type, the engine drops
 *  what is not a string. Text is cut to 80 code points; addresses must be https, pictures also on a listed host. */
export interface MappedProfile {
  /** The name to show. Where it is empty the engine shows `username`. */
  name: unknown;
  /** The handle, for display only: handles are changed and recycled. `null`: there is none. */
  username: unknown;
  /** The person's public page at the provider, or `null`. */
  link: unknown;
  /** A square picture of about 200 pixels, or `null`. */
  picture: unknown;
}

/** Where a plain OAuth 2 provider answers. Every address can be replaced by `<ID>_…_URL` in the environment. */
export interface PlainEndpoints {
  authorizationUrl: string;
  tokenUrl: string;
  profileUrl: string;
  /** The `iss` of its callback (RFC 9207), when it sends one. Another `iss` is refused, a missing one is not. */
  issuer?: string;
}

interface Common {
  /** Lower case letters and digits. Part of every identity's key and of the callback path: never change it. */
  id: string;
  /** As readers know it. */
  name: string;
  /** How its button looks: CSS colours with a contrast of at least 4.5, and path data for a 24 × 24 view box. */
  brand: { color: string; onColor: string; icon: string };
}

interface Redirecting extends Common {
  /** For operators: where an application is registered, and the documentation this file was written from. */
  links: { register: string; documentation: string };

  /** Sent as it stands; '' sends no scope. Ask for identity only, never for offline access. */
  scope: string;
  /** Where the client's secret goes at the token endpoint: the Authorization header or the form. */
  clientAuth: 'basic' | 'post';
  /** Whether S256 code challenges are accepted. Say `true` wherever they are. */
  pkce: boolean;
  /** Added to every authorization request. */
  authorizationParameters?: Readonly<Record<string, string>>;
  /** Added when the reader asked for another account. Absent: the provider has no such parameter, and the reader is
   *  told to change the account there. */
  switchParameters?: Readonly<Record<string, string>>;
  /** Members that its token answer may leave out or send as `null`, with what is then meant. */
  tokenDefaults?: Readonly<Record<string, string>>;
  /** Query of the profile request. */
  profileParameters?: Readonly<Record<string, string>>;
  /** Name of a profile query parameter that proves possession of the secret: hex HMAC-SHA256 of the access token,
   *  keyed with the client secret. */
  appProof?: string;
  /** Dotted paths in an error body. The values found for `code` are joined by '/' and looked up in `failures`; `trace`
   *  is for the log, to show to the provider's support. Without it: `error` and nothing. */
  errorFields?: { code: readonly string[]; trace?: string };
  /** Error codes of this provider beyond those of RFC 6749, by what they mean. */
  failures?: Readonly<Partial<Record<FailureKind, readonly string[]>>>;

  /** Dotted path of the stable id that is the identity's key; never an address, name or handle. Read, and refused
   *  when missing, empty, doubled or not exact, *before* `profile` is called. */
  subject: string;
  /** Maps what is left. Pure; a wrong type in `raw` must not make it throw. */
  profile(raw: Raw): MappedProfile;
  /** Hosts that pictures may come from, exact or with a leading dot for all hosts below. Others are dropped. */
  pictureHosts: readonly string[];
}

/** OpenID Connect: endpoints are discovered from the issuer, and the profile is the verified ID token. When that
 *  lacks one of `claims`, the userinfo endpoint is asked. `<ID>_ISSUER` replaces the issuer. */
export interface OpenIdProvider extends Redirecting {
  kind: 'openid';
  endpoints: { issuer: string };
  claims: readonly string[];
}

/** OAuth 2 with a profile request of its own. */
export interface PlainProvider extends Redirecting {
  kind: 'plain';
  endpoints: PlainEndpoints;
}

/** Nobody vouches: the reader says in a form who they are. Needs no credentials; a site's mode turns it on. */
export interface GuestProvider extends Common {
  kind: 'guest';
  /** What the form asks, by the member of `raw` that the answer becomes, with a sentence on each. Answers are strings. */
  fields: Readonly<Record<string, string>>;
  /** Maps what was typed. Pure; a wrong type in `raw` must not make it throw. `link` may be http, or have no scheme. */
  profile(raw: Raw): MappedProfile & {
    /** An address as it was typed: it proves nothing, and is never shown. */
    email: unknown;
  };
}

/** What `src/edge/oauth.ts` can sign in with. */
export type OAuthProvider = OpenIdProvider | PlainProvider;

export type Provider = OAuthProvider | GuestProvider;

/** The member at a dotted path, or undefined where the path ends early. Inherited members are not seen. */
export function at(raw: unknown, path: string): unknown {
  let value = raw;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Raw)[key];
  }
  return value;
}

/** The string, or '' for anything else. Lone surrogates are replaced: `encodeURIComponent` throws on them. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : '';
}

/** The address below `base` that is named by a handle, or `null` when there is no handle. */
export function below(base: string, handle: unknown): string | null {
  return text(handle) ? base + encodeURIComponent(text(handle)) : null;
}

/** The address with these query parameters set; what is no address stays as it is, for the engine to drop. */
export function withQuery(url: unknown, parameters: Readonly<Record<string, string>>): unknown {
  const parsed = URL.parse(text(url));
  if (!parsed) return url;
  for (const [name, value] of Object.entries(parameters)) parsed.searchParams.set(name, value);
  return parsed.href;
}

/**
 * How the text of each kind of setting is read, and how it is shown. Knows no setting's name and no rule between two
 * of them (`config.ts` does). A fault is the end of a sentence that begins with the name, says what to do instead,
 * and repeats a value only where that kind of value never holds a secret.
 */

import { isIP } from 'node:net';
import { isLoopback, parseOrigin } from './canonical.ts';
import { weakness } from './secret.ts';

/** An address range as `net.BlockList.addSubnet` takes it. */
export interface Subnet {
  address: string;
  prefix: number;
  family: 'ipv4' | 'ipv6';
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const HOW_TO_MAKE_A_SECRET =
  'set it to 32 random bytes or more, for example the output of: openssl rand -base64 48';

/** What is wrong with a value. */
export class Fault extends Error {}

export function parseDatabaseUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'postgres:' && url?.protocol !== 'postgresql:')
    throw new Fault('is no PostgreSQL address. Write postgres://user:password@host:5432/database.');
  return text;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new Fault(`${quote(text)} is no port. Give a number from 1 to 65535.`);
  return port;
}

export function parseHost(text: string): string {
  if (isIP(text) === 0 && !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(text))
    throw new Fault(
      `${quote(text)} is no address to listen on. Give an IP address or a host name, without a port.`,
    );
  return text;
}

export function parsePublicUrl(text: string): string {
  const origin = parseOrigin(text);
  if (origin) return origin;
  const url = URL.parse(text);
  if (url?.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Fault('uses http:, which only loopback addresses may. Put TLS in front and write https:.');
  throw new Fault(
    'is no origin. Write scheme and host alone, as in https://comments.example, without a path.',
  );
}

export function parseSecrets(text: string): string[] {
  const secrets = splitList(text);
  if (secrets.length === 0) throw new Fault(`holds no value. Instead ${HOW_TO_MAKE_A_SECRET}`);
  secrets.forEach((secret, at) => {
    const fault = weakness(secret);
    if (fault)
      throw new Fault(`value ${at + 1} of ${secrets.length} ${fault}. Instead ${HOW_TO_MAKE_A_SECRET}`);
  });
  return secrets;
}

export function parseSubnets(text: string): Subnet[] {
  return splitList(text).map(parseSubnet);
}

function parseSubnet(text: string): Subnet {
  const [address = '', prefixText, ...rest] = text.split('/');
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (version === 0 || rest.length > 0 || prefix < 0 || prefix > bits || address.includes('%'))
    throw new Fault(`${quote(text)} is no address or range. Write 10.0.0.7 or 10.0.0.0/8.`);
  if (prefix === 0)
    throw new Fault(`${quote(text)} trusts everybody, so anybody could claim any address. Name the proxies.`);
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}

export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((each) => each === text.toLowerCase());
  if (!level) throw new Fault(`${quote(text)} is no level. Choose one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}

// Kept as written: an issuer is compared character by character with what the provider says.
export function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:\/\/[^\s\\]+$/i.test(text))
    throw new Fault('is no address. Write https://host/path.');
  if (url.username || url.password || url.hash || text.includes('#'))
    throw new Fault('has a user, a password or a fragment. Leave them out.');
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new Fault('uses http:, which only loopback addresses may. Write https:.');
  return text;
}

function splitList(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** An address with whatever may be a password in it starred out; a text that is no address is not shown at all. */
export function redactUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return 'set, but no address';
  const hidden = [...url.searchParams.keys()].filter((key) => /pass|key|secret|token/i.test(key));
  if (!url.password && hidden.length === 0) return text;
  if (url.password) url.password = '***';
  for (const key of hidden) url.searchParams.set(key, '***');
  return url.href;
}

/** Says how many there are, nothing of what they are. */
export function redactSecrets(text: string): string {
  const { length } = splitList(text);
  return `set (${length} value${length === 1 ? '' : 's'})`;
}

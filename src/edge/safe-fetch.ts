/**
 * The one door to addresses that strangers choose: pictures of profiles today, whatever a reader or a site names
 * tomorrow. An address is taken apart, its host resolved once, *every* answer checked, and the connection made to
 * those very answers, so that a name which answers differently a moment later (DNS rebinding) reaches nothing. Https on
 * port 443 alone; time, bytes and type are bounded while the answer streams; nothing is unpacked, no cookie or
 * credential is sent, and a redirect is a new address with all its checks. It does not go through an HTTP proxy of the
 * environment: a proxy resolves for itself, behind the check.
 *
 * Public means IPv4 unicast, or IPv6 global unicast, by the registries that ipaddr.js follows, whatever form wraps it;
 * a list of what is forbidden would be one range short each year.
 */
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, request } from 'undici';
import { isLoopback } from '../core/canonical.ts';

const MAX_REDIRECTS = 3; // image hosts need one, to their cache
const MAX_URL_LENGTH = 2048;
const MAX_HEADER_BYTES = 16_384;
const TIMEOUT_MS = 10_000; // for all of it, names and redirects included
/** Azure answers its machines' questions, secrets among them, at an address of the public range. */
const METADATA = new Set(['168.63.129.16']);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Why nothing came: `address` not one we call, `private` it leads into a network, `unresolved` no such name, `status`
 *  another than 200, `redirects` too many, `type` not on the list, `encoded` compressed against our
 *  wish, `too-large`, `timeout`, `stopped` by the caller's signal, `unreachable` no or a broken answer. */
export type FetchReason =
  | 'address'
  | 'private'
  | 'unresolved'
  | 'status'
  | 'redirects'
  | 'type'
  | 'encoded'
  | 'too-large'
  | 'timeout'
  | 'stopped'
  | 'unreachable';

/** Says why, and never the address: it may name a person. */
export class FetchFailure extends Error {
  readonly reason: FetchReason;
  /** The HTTP status, where there was one. */
  readonly status: number | undefined;

  constructor(reason: FetchReason, options: { status?: number; cause?: unknown } = {}) {
    super(options.status === undefined ? reason : `${reason} ${options.status}`, { cause: options.cause });
    this.name = 'FetchFailure';
    this.reason = reason;
    this.status = options.status;
  }
}

export interface FetchLimits {
  /** Media types that are taken, in lower case without parameters. */
  types: readonly string[];
  maxBytes: number;
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface Fetched {
  /** Where it came from in the end. */
  url: URL;
  type: string;
  body: Buffer;
}

/** One GET. Throws `FetchFailure` for everything that can go wrong outside. */
export type SafeFetch = (address: string, limits: FetchLimits) => Promise<Fetched>;

/** All addresses of a name, as `getaddrinfo` knows them. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface SafeFetchOptions {
  userAgent: string;
  /**
   * Dangerous but where the service itself is on loopback: lets addresses through whose host is *written* as loopback,
   * with http and any port, for operators whose providers are simulators. A public name that resolves to loopback, or
   * redirects there, is refused all the same.
   */
  allowLoopback?: boolean;
  resolve?: Resolve;
}

export function createSafeFetch(options: SafeFetchOptions): SafeFetch {
  const resolve = options.resolve ?? resolveBySystem;
  return async (address, limits) => {
    const timeout = AbortSignal.timeout(limits.timeoutMs ?? TIMEOUT_MS);
    const signal = limits.signal ? AbortSignal.any([timeout, limits.signal]) : timeout;
    let isLoopbackAllowed = options.allowLoopback === true;
    let next = address;
    try {
      for (let redirects = 0; ; redirects++) {
        const url = readAddress(next, isLoopbackAllowed);
        // What began outside stays outside.
        isLoopbackAllowed &&= isLoopback(url.hostname);
        const addresses = await unlessAborted(signal, checkedAddresses(url, resolve, isLoopbackAllowed));
        const answer = await get(url, addresses, { ...limits, signal, userAgent: options.userAgent });
        if ('body' in answer) return { url, ...answer };
        if (redirects === MAX_REDIRECTS) throw new FetchFailure('redirects');
        next = URL.parse(answer.location, url)?.href ?? '';
      }
    } catch (error) {
      if (timeout.aborted) throw new FetchFailure('timeout', { cause: error });
      if (limits.signal?.aborted) throw new FetchFailure('stopped', { cause: error });
      throw error instanceof FetchFailure ? error : new FetchFailure('unreachable', { cause: error });
    }
  };
}

/** Throws `address` for anything but https on port 443 without credentials (or loopback, where that is allowed). */
function readAddress(address: string, isLoopbackAllowed: boolean): URL {
  const url = address.length <= MAX_URL_LENGTH ? URL.parse(address) : null;
  if (!url || url.username || url.password) throw new FetchFailure('address');
  if (isLoopbackAllowed && isLoopback(url.hostname) && /^https?:$/.test(url.protocol)) return url;
  // The parser drops the scheme's own port: what is left is another one.
  if (url.protocol !== 'https:' || url.port) throw new FetchFailure('address');
  return url;
}

/** Every address of the host. One that may not be called spoils all: a mixed answer is an attempt. */
async function checkedAddresses(url: URL, resolve: Resolve, isLocal: boolean): Promise<readonly string[]> {
  // The parser has turned every spelling of an IPv4 address (decimal, octal, short) into the usual one.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  let addresses: readonly string[] = [host];
  if (!ipaddr.isValid(host)) {
    addresses = await resolve(host).catch((cause) => {
      throw new FetchFailure('unresolved', { cause });
    });
  }
  if (addresses.length === 0) throw new FetchFailure('unresolved');
  const isFit = isLocal ? isThisMachine : isPublic;
  if (!addresses.every(isFit)) throw new FetchFailure('private');
  return addresses;
}

/** Whether the address, in whatever form it is written or wrapped, is one of the public internet. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const plain = unwrapped(ipaddr.process(address));
  if (METADATA.has(plain.toString())) return false;
  if (plain.kind() === 'ipv6' && !plain.match(GLOBAL_UNICAST)) return false;
  return plain.range() === 'unicast';
}

type Address = ReturnType<typeof ipaddr.process>;

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/** The IPv4 address that a network with NAT64 reaches by this one (RFC 6052): there all of IPv4 looks like that. */
function unwrapped(address: Address): Address {
  const isNat64 = address.kind() === 'ipv6' && address.match(NAT64);
  return isNat64 ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : address;
}

function isThisMachine(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

type Answer = { type: string; body: Buffer } | { location: string };

async function get(
  url: URL,
  addresses: readonly string[],
  { types, maxBytes, signal, userAgent }: FetchLimits & { signal: AbortSignal; userAgent: string },
): Promise<Answer> {
  const agent = new Agent({
    connect: { lookup: pinnedTo(addresses) },
    autoSelectFamily: true, // a host without IPv6 gets the IPv4 answer of the same list
    maxHeaderSize: MAX_HEADER_BYTES,
    pipelining: 0,
  });
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      signal,
      headers: { accept: types.join(', '), 'accept-encoding': 'identity', 'user-agent': userAgent },
    });
    // Destroyed with the agent when it is not read; unheard, that error would end the process.
    body.on('error', () => {});
    const { location } = headers;
    if (REDIRECTS.has(statusCode) && typeof location === 'string') return { location };
    if (statusCode !== 200) throw new FetchFailure('status', { status: statusCode });
    const type = String(headers['content-type'] ?? '')
      .split(';')[0]!
      .trim()
      .toLowerCase();
    if (!types.includes(type)) throw new FetchFailure('type');
    // Never unpacked, so a bomb stays as small as it came.
    if (!/^(identity)?$/i.test(String(headers['content-encoding'] ?? ''))) throw new FetchFailure('encoded');
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw new FetchFailure('too-large');
    return { type, body: await readAtMost(body, maxBytes) };
  } finally {
    await agent.destroy();
  }
}

async function readAtMost(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > maxBytes) throw new FetchFailure('too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answers every question of the socket with what was checked, and asks nobody. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_hostname, { all }, callback) => {
    if (all) callback(null, answers);
    else callback(null, answers[0]!.address, answers[0]!.family);
  };
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const answers = await lookup(hostname, { all: true });
  return answers.map(({ address }) => address);
}

/** `getaddrinfo` cannot be interrupted; a caller need not wait for it. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

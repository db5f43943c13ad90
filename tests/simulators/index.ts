/**
 * Starts the simulated identity providers on one loopback address: WordPress.com, Google, Twitter, Facebook, GitHub.
 * For the demo and the tests; nothing under `src/` knows them. Each listens below a path of its own and accepts one
 * client, whose redirect addresses are those of the services that asked for their settings here.
 */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import * as answers from './answers.ts';
import { Desk, type Endpoints, type SimulatorEnv } from './desk.ts';
import { facebook } from './facebook.ts';
import { type Fault, SHARED_FAULTS } from './faults.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { style } from './pages.ts';
import { twitter } from './twitter.ts';
import { wordpress } from './wordpress.ts';

export { FAULTS, type Fault } from './faults.ts';
export { PEOPLE } from './people.ts';
export { signIn } from './sign-in.ts';

/** Each call registers a new client. */
const PROVIDERS = { wordpress, google, twitter, facebook, github };

export type ProviderId = keyof typeof PROVIDERS;

/** Who is simulated. */
export const SIMULATED = Object.keys(PROVIDERS) as ProviderId[];

/** Everything that this provider can be told to do wrong. */
export function faultsOf(provider: ProviderId): Fault[] {
  return [...SHARED_FAULTS, ...PROVIDERS[provider]().faults];
}

/** One request as it arrived. `provider` is empty for the style sheet and for addresses that nobody serves. */
export interface ReceivedRequest {
  provider: string;
  method: string;
  /** Below the provider's base, with a leading slash, without the query. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
  form: URLSearchParams;
}

/** In the shape that the service's engine takes. */
export type ClientSettings = { clientId: string; clientSecret: string } & Endpoints;

export interface Simulators {
  /** Without a slash at its end. */
  url: string;
  /** Everything received since the start or since the list was emptied (`requests.length = 0`). */
  requests: ReceivedRequest[];
  /** Registers the service at every provider and says what it must be configured with. */
  settings(publicUrl: string): Record<ProviderId, ClientSettings>;
  /** The same as environment variables, `<ID>_CLIENT_ID` and so on. */
  env(publicUrl: string): Record<string, string>;
  /** Replaces what a provider does wrong; `null` makes it behave. Throws for a fault that it has not. */
  misbehave(provider: ProviderId, faults: Fault | Fault[] | null): void;
  stop(): Promise<void>;
}

export interface SimulatorOptions {
  host?: string;
  /** 0 or absent: the kernel chooses. */
  port?: number;
  /** Milliseconds; tests of expiry move it. */
  now?: () => number;
}

/** Rejects when the port is taken (`EADDRINUSE`). */
export async function startSimulators(options: SimulatorOptions = {}): Promise<Simulators> {
  const { host = '127.0.0.1', port = 0, now = Date.now } = options;
  const app = new Hono<SimulatorEnv>();
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;

  const habits = Object.values(PROVIDERS).map((register) => register());
  const desks = new Map(habits.map((one) => [one.id, new Desk(one, `${url}/${one.id}`, now)]));
  const requests: ReceivedRequest[] = [];

  app.use(async (c, next) => {
    const isForm = /^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '');
    const form = new URLSearchParams(isForm ? await c.req.text() : '');
    const { pathname, searchParams } = new URL(c.req.url);
    const [, first = '', rest = ''] = /^\/([^/]*)(\/.*)?$/.exec(pathname) ?? [];
    const provider = desks.has(first) ? first : '';
    const path = provider ? rest : pathname;
    requests.push({
      provider,
      method: c.req.method,
      path,
      query: searchParams,
      headers: c.req.raw.headers,
      form,
    });
    c.set('form', form);
    await next();
  });
  const looks = habits.map((one) => one.look);
  app.get('/style.css', (c) => c.body(style(looks), 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  for (const desk of desks.values()) {
    const own = desk.habits.routes(desk);
    own.post('/decision', (c) => desk.decide(c));
    own.get('/switch', (c) => desk.switchAccount(c));
    own.get('/pictures/:name', (c) => answers.picture(desk, c, c.req.param('name')));
    app.route(`/${desk.habits.id}`, own);
  }

  function settings(publicUrl: string) {
    const all = {} as Record<ProviderId, ClientSettings>;
    for (const desk of desks.values()) {
      const { id, clientId, clientSecret, endpoints } = desk.habits;
      desk.redirectUris.add(`${publicUrl}/login/callback/${id}`);
      const addresses = Object.entries(endpoints).map(([name, path]) => [name, desk.base + path]);
      all[id as ProviderId] = { clientId, clientSecret, ...Object.fromEntries(addresses) };
    }
    return all;
  }

  return {
    url,
    requests,
    settings,
    env(publicUrl) {
      const variables: Record<string, string> = {};
      for (const [id, values] of Object.entries(settings(publicUrl))) {
        for (const [name, value] of Object.entries(values)) variables[variableName(id, name)] = value;
      }
      return variables;
    },
    misbehave(provider, faults) {
      desks.get(provider)!.misbehave(faults === null ? [] : [faults].flat());
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections(); // "hang" keeps its own open
      await closed;
    },
  };
}

/** `twitter`, `clientId` → `TWITTER_CLIENT_ID`. */
function variableName(id: string, setting: string): string {
  return `${id}_${setting.replace(/[A-Z]/g, '_$&')}`.toUpperCase();
}

/**
 * Every setting of the service: one table with a parser, a default and a sentence each, and the rules between them.
 * Reads no environment (that is an argument; `main` and `cli` alone hold the real one) and makes no secret. All
 * faults are named at once, and no sentence here ever repeats a value that may hold a secret.
 */

import {
  Fault,
  HOW_TO_MAKE_A_SECRET,
  LOG_LEVELS,
  type LogLevel,
  parseDatabaseUrl,
  parseEndpoint,
  parseHost,
  parseLogLevel,
  parsePort,
  parsePublicUrl,
  parseSecrets,
  parseSubnets,
  redactSecrets,
  redactUrl,
  type Subnet,
} from './config-values.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Setting<Value = unknown> {
  name: string;
  sentence: string;
  /** Takes the trimmed text, never an empty one. Throws a `Fault`. */
  parse(text: string): Value;
  /** What holds where the variable is absent or empty. */
  fallback: Value;
  /** What stands in the table in place of `fallback`. */
  fallbackText?: string;
  /** How a value is shown to people; left out, it is shown as it is. */
  redact?(text: string): string;
}

/** The service's own settings by their name in `Config`. Those of providers are made by `providerSettings`. */
export const SETTINGS = {
  databaseUrl: setting<string | undefined>({
    name: 'DATABASE_URL',
    sentence: 'PostgreSQL 15 or newer to keep everything in. Absent: an embedded one in DATA_DIR.',
    parse: parseDatabaseUrl,
    fallback: undefined,
    fallbackText: 'embedded',
    redact: redactUrl,
  }),
  dataDir: setting({
    name: 'DATA_DIR',
    sentence: 'The folder of the embedded PostgreSQL and of the secret made for it.',
    parse: (text) => text,
    fallback: './data',
  }),
  port: setting({
    name: 'PORT',
    sentence: 'The TCP port to listen on.',
    parse: parsePort,
    fallback: 8080,
  }),
  host: setting({
    name: 'HOST',
    sentence: 'The address to listen on. 0.0.0.0 or :: inside a container.',
    parse: parseHost,
    fallback: '127.0.0.1',
  }),
  publicUrl: setting<string | undefined>({
    name: 'PUBLIC_URL',
    sentence:
      'The origin that browsers reach the service at. With https: the service counts as in production.',
    parse: parsePublicUrl,
    redact: redactUrl,
    fallback: undefined,
    fallbackText: 'http://localhost:PORT',
  }),
  secrets: setting<readonly string[]>({
    name: 'SECRET',
    sentence:
      'Secrets of at least 32 bytes, separated by commas or spaces. The first signs, all verify. Absent: made once in DATA_DIR, with the embedded PostgreSQL and outside production only.',
    parse: parseSecrets,
    fallback: [],
    fallbackText: 'made once',
    redact: redactSecrets,
  }),
  trustedProxies: setting<readonly Subnet[]>({
    name: 'TRUSTED_PROXIES',
    sentence: 'Addresses or ranges whose X-Forwarded-For is believed, separated by commas or spaces.',
    parse: parseSubnets,
    fallback: [],
    fallbackText: 'none',
  }),
  logLevel: setting<LogLevel>({
    name: 'LOG_LEVEL',
    sentence: `The least grave line that is logged: ${LOG_LEVELS.join(', ')}.`,
    parse: parseLogLevel,
    fallback: 'info',
  }),
};

type Parsed = { [Key in keyof typeof SETTINGS]: (typeof SETTINGS)[Key]['fallback'] };

/** What an identity provider was given. Addresses left out are the provider's own. */
export interface ProviderConfig {
  clientId: string;
  clientSecret: string;
  issuer?: string;
  authorizationUrl?: string;
  tokenUrl?: string;
  profileUrl?: string;
}

export interface Config extends Parsed {
  /** An origin: no path, no slash at the end. */
  publicUrl: string;
  /** PUBLIC_URL is https: */
  isProduction: boolean;
  /** By provider id; those without credentials are absent. */
  providers: Readonly<Record<string, ProviderConfig>>;
}

/** Everything wrong with an environment. The message has one line a fault. */
export class ConfigError extends Error {
  readonly faults: readonly { name: string; fault: string }[];

  constructor(faults: readonly { name: string; fault: string }[]) {
    super(faults.map(({ name, fault }) => `${name}: ${fault}`).join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The configuration that an environment describes. `providerIds` are the providers that exist.
 *  `secrets` is empty only where the embedded database's own secret is to be used.
 *  Throws `ConfigError` with every fault at once. */
export function readConfig(
  env: Environment,
  { providerIds }: { providerIds: readonly string[] },
): { config: Config } {
  const faults: { name: string; fault: string }[] = [];
  const complain = (name: string, fault: string) => faults.push({ name, fault });

  const parsed = readAll(env, Object.entries<Setting>(SETTINGS), complain) as Parsed;
  const publicUrl = parsed.publicUrl ?? `http://localhost:${parsed.port}`;
  const isProduction = publicUrl.startsWith('https:');

  if (!textOf(env, 'SECRET')) {
    if (isProduction) complain('SECRET', `is missing. In production ${HOW_TO_MAKE_A_SECRET}`);
    else if (textOf(env, 'DATABASE_URL'))
      complain(
        'SECRET',
        `is missing. A database of your own needs a secret of your own: ${HOW_TO_MAKE_A_SECRET}`,
      );
  }

  const providers: Record<string, ProviderConfig> = {};
  for (const id of providerIds) {
    const provider = readProvider(env, id, complain);
    if (provider) providers[id] = provider;
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return { config: { ...parsed, publicUrl, isProduction, providers } };
}

/** One row a setting for people to read, faulty values included; secrets are shown as being set, no more. */
export function explainConfig(
  env: Environment,
  { providerIds }: { providerIds: readonly string[] },
): { name: string; value: string | null; fallback: string; sentence: string }[] {
  const all: Setting[] = [
    ...Object.values(SETTINGS),
    ...providerIds.flatMap((id) => Object.values(providerSettings(id))),
  ];
  return all.map(({ name, sentence, fallback, fallbackText, redact }) => {
    const text = textOf(env, name);
    return {
      name,
      value: text === undefined ? null : redact ? redact(text) : text,
      fallback: fallbackText ?? String(fallback),
      sentence,
    };
  });
}

/** The settings of one provider by their name in `ProviderConfig`. */
export function providerSettings(id: string) {
  const prefix = id.toUpperCase();
  const text = (name: string, sentence: string, redact?: () => string) =>
    setting<string | undefined>({
      name: `${prefix}_${name}`,
      sentence,
      parse: (value) => value,
      fallback: undefined,
      fallbackText: 'off',
      ...(redact && { redact }),
    });
  const address = (name: string, sentence: string) =>
    setting<string | undefined>({
      name: `${prefix}_${name}`,
      sentence,
      parse: parseEndpoint,
      redact: redactUrl,
      fallback: undefined,
      fallbackText: "the provider's own",
    });
  return {
    clientId: text('CLIENT_ID', `The client id of your application at ${id}. Absent: ${id} is not offered.`),
    clientSecret: text('CLIENT_SECRET', 'The client secret that belongs to it.', () => 'set'),
    issuer: address('ISSUER', 'Another OpenID Connect issuer in its place.'),
    authorizationUrl: address('AUTHORIZATION_URL', 'Another address to send readers to.'),
    tokenUrl: address('TOKEN_URL', 'Another address to redeem codes at.'),
    profileUrl: address('PROFILE_URL', 'Another address to read profiles at.'),
  };
}

type Complain = (name: string, fault: string) => void;

function readProvider(env: Environment, id: string, complain: Complain): ProviderConfig | undefined {
  const settings = providerSettings(id);
  const given = Object.entries<Setting>(settings).filter(([, { name }]) => textOf(env, name) !== undefined);
  if (given.length === 0) return undefined;
  const values = readAll(env, given, complain);
  for (const key of ['clientId', 'clientSecret'] as const) {
    if (key in values) continue;
    const others = given.map(([, { name }]) => name).join(', ');
    complain(settings[key].name, `is missing. Set it as well, or unset ${others}.`);
  }
  return values as unknown as ProviderConfig;
}

function readAll(
  env: Environment,
  settings: [string, Setting][],
  complain: Complain,
): Record<string, unknown> {
  return Object.fromEntries(settings.map(([key, each]) => [key, read(env, each, complain)]));
}

function read(env: Environment, each: Setting, complain: Complain): unknown {
  const text = textOf(env, each.name);
  if (text === undefined) return each.fallback;
  try {
    return each.parse(text);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    complain(each.name, error.message);
    return each.fallback;
  }
}

// An empty variable is an absent one: compose files and unit files cannot leave a variable out conditionally.
function textOf(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

function setting<Value>(each: Setting<Value>): Setting<Value> {
  return each;
}

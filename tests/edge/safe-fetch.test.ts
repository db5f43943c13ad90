/**
 * The door to strangers' addresses, tried with what they could write there and with servers that mean harm. The public
 * internet is imitated one layer below it: names resolve through a table, and `tls.connect` (which undici calls) leads
 * to a server of this file when its own lookup says a public address, after noting where it was about to go.
 */
import { lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type LookupFunction } from 'node:net';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createSafeFetch, FetchFailure, type FetchLimits, isPublic } from '../../src/edge/safe-fetch.ts';

const LIMITS: FetchLimits = { types: ['text/plain'], maxBytes: 1000, timeoutMs: 5000 };
const PUBLIC_V4 = '93.184.216.34';
const PUBLIC_V6 = '2606:2800:220:1::248';

/** A route answers as it likes. */
type Route = (response: ServerResponse) => void;

let server: Server;
let port: number;
let routes: Record<string, Route>;
let requests: { url: string; host: string; headers: Record<string, unknown> }[];
/** Name → the answers to the first, second … question; the last one stays. */
let names: Record<string, string[][]>;
let questions: string[];
let dials: { address: string; port: unknown; servername: unknown }[];

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', host: request.headers.host ?? '', headers: request.headers });
    const route = routes[`${request.headers.host}${request.url}`] ?? routes[request.url ?? ''];
    if (route) route(response);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  routes = { '/': plain('hello') };
  requests = [];
  questions = [];
  dials = [];
  names = { 'pictures.example': [[PUBLIC_V4]] };
  vi.spyOn(tls, 'connect').mockImplementation(((options: Dial) => {
    const socket = new net.Socket();
    const ask = net.isIP(options.host) ? fixed(options.host) : (options.lookup ?? lookup);
    ask(options.host, { all: false }, (error, address) => {
      dials.push({ address: String(address), port: options.port, servername: options.servername });
      if (error) socket.destroy(error);
      else socket.connect(port, '127.0.0.1', () => socket.emit('secureConnect'));
    });
    return socket;
  }) as unknown as typeof tls.connect);
});

afterEach(() => {
  vi.restoreAllMocks();
});

interface Dial {
  host: string;
  port: unknown;
  servername: unknown;
  lookup?: LookupFunction;
}

const fixed =
  (address: string): LookupFunction =>
  (_host, _options, callback) =>
    callback(null, address, net.isIP(address));

const plain =
  (text: string, headers: Record<string, string> = {}): Route =>
  (response) =>
    response.writeHead(200, { 'Content-Type': 'text/plain', ...headers }).end(text);

const redirect =
  (location: string): Route =>
  (response) =>
    response.writeHead(302, { Location: location }).end();

const fetchSafely = createSafeFetch({
  userAgent: 'Parley (+https://comments.example)',
  resolve: async (name) => {
    questions.push(name);
    const answers = names[name];
    if (!answers) throw new Error('ENOTFOUND');
    return answers.length > 1 ? answers.shift()! : answers[0]!;
  },
});

const local = createSafeFetch({ userAgent: 'Parley', allowLoopback: true });

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FetchFailure);
  return (error as FetchFailure).message;
}

test('fetches a public https address, on port 443, by the name in the certificate', async () => {
  const fetched = await fetchSafely('https://pictures.example/', LIMITS);
  expect(fetched.body.toString()).toBe('hello');
  expect(fetched.type).toBe('text/plain');
  expect(dials).toEqual([{ address: PUBLIC_V4, port: 443, servername: 'pictures.example' }]);
});

test('sends no cookie, no credential and no referrer, and wants nothing compressed', async () => {
  await fetchSafely('https://pictures.example/', LIMITS);
  expect(requests[0]!.headers).toEqual({
    host: 'pictures.example',
    connection: expect.any(String),
    accept: 'text/plain',
    'accept-encoding': 'identity',
    'user-agent': 'Parley (+https://comments.example)',
  });
});

test.each([
  'http://pictures.example/',
  'https://pictures.example:8443/',
  'https://pictures.example:80/',
  'https://user@pictures.example/',
  'https://user:word@pictures.example/',
  'https://:word@pictures.example/',
  'ftp://pictures.example/',
  'file:///etc/passwd',
  'data:text/plain,hello',
  'blob:https://pictures.example/1',
  'gopher://pictures.example/',
  'javascript:alert(1)',
  '//pictures.example/',
  'pictures.example',
  'https://',
  '',
  `https://pictures.example/${'a'.repeat(2048)}`,
  'http://127.0.0.1/',
  'http://localhost/',
])('refuses %s without asking for its name', async (address) => {
  expect(await reasonOf(fetchSafely(address, LIMITS))).toBe('address');
  expect([questions, dials, requests]).toEqual([[], [], []]);
});

/** Hosts as they may be written, each of which leads into a network or to the machine itself. */
const PRIVATE_HOSTS = [
  '127.0.0.1',
  '127.1',
  '2130706433', // decimal
  '0x7f000001',
  '0177.0.0.1', // octal
  '017700000001',
  '0',
  '0.0.0.0',
  '10.0.0.1',
  '10.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '0xc0a80101',
  '169.254.169.254', // metadata of most clouds
  '0xa9fea9fe',
  '168.63.129.16', // Azure's
  '100.100.100.200', // Alibaba's
  '100.64.0.1',
  '192.0.0.192', // Oracle's
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:169.254.169.254]',
  '[::127.0.0.1]',
  '[::ffff:0:127.0.0.1]',
  '[64:ff9b::127.0.0.1]', // NAT64
  '[64:ff9b::10.0.0.1]',
  '[64:ff9b::169.254.169.254]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::1]', // 6to4
  '[2001::1]', // Teredo
  '[fc00::1]',
  '[fd00:ec2::254]', // Amazon's metadata
  '[fe80::1]',
  '[fec0::1]',
  '[ff02::1]',
  '[2001:db8::1]',
  '[100::1]',
  '[4000::1]',
];

test.each(PRIVATE_HOSTS)('refuses https://%s/', async (host) => {
  expect(await reasonOf(fetchSafely(`https://${host}/`, LIMITS))).toBe('private');
  expect([dials, requests]).toEqual([[], []]);
});

test.each(PRIVATE_HOSTS)('refuses a name that resolves to %s', async (host) => {
  names['rebound.example'] = [[new URL(`https://${host}/`).hostname.replace(/^\[|\]$/g, '')]];
  expect(await reasonOf(fetchSafely('https://rebound.example/', LIMITS))).toBe('private');
  expect([dials, requests]).toEqual([[], []]);
});

test.each(['localhost', 'localhost.', 'LOCALHOST'])('refuses https://%s/', async (host) => {
  const bySystem = createSafeFetch({ userAgent: 'Parley' });
  // Systems differ in whether the name with a dot is known.
  expect(await reasonOf(bySystem(`https://${host}/`, LIMITS))).toMatch(/^(private|unresolved)$/);
  expect(dials).toEqual([]);
});

test('refuses a name with one private answer among public ones', async () => {
  names['mixed.example'] = [[PUBLIC_V4, '10.0.0.1', PUBLIC_V6]];
  expect(await reasonOf(fetchSafely('https://mixed.example/', LIMITS))).toBe('private');
});

test.each([[[]], [['']], [['not an address']]])('refuses a name that resolves to %j', async (answers) => {
  names['odd.example'] = [answers];
  expect(await reasonOf(fetchSafely('https://odd.example/', LIMITS))).toMatch(/^(unresolved|private)$/);
  expect(await reasonOf(fetchSafely('https://unheard.example/', LIMITS))).toBe('unresolved');
});

test.each([PUBLIC_V4, PUBLIC_V6, '1.1.1.1', '64:ff9b::5db8:d822', '2a00:1450:4001::200e'])(
  'calls %s public',
  (address) => {
    expect(isPublic(address)).toBe(true);
  },
);

test('a name that answers privately a moment later is still called where it was checked', async () => {
  names['rebind.example'] = [[PUBLIC_V4], ['127.0.0.1'], ['127.0.0.1']];
  await fetchSafely('https://rebind.example/', LIMITS);
  expect(questions).toEqual(['rebind.example']);
  expect(dials.map(({ address }) => address)).toEqual([PUBLIC_V4]);
  // The next fetch asks anew, connection and answer of the last are forgotten.
  expect(await reasonOf(fetchSafely('https://rebind.example/', LIMITS))).toBe('private');
});

test('gives the socket every checked address, and no other', async () => {
  names['pictures.example'] = [[PUBLIC_V6, PUBLIC_V4]];
  await fetchSafely('https://pictures.example/', LIMITS);
  const [options] = vi.mocked(tls.connect).mock.calls[0] as unknown as [Dial];
  const answers = await new Promise((done) =>
    options.lookup!('other.example', { all: true }, (_error, all) => done(all)),
  );
  expect(answers).toEqual([
    { address: PUBLIC_V6, family: 6 },
    { address: PUBLIC_V4, family: 4 },
  ]);
});

test('follows three redirects, relative ones too, and no fourth', async () => {
  names['cdn.example'] = [[PUBLIC_V6]];
  routes = {
    '/0': redirect('https://pictures.example/1'),
    '/1': redirect('2'),
    '/2': redirect('//cdn.example/3'),
    'cdn.example/3': plain('there'),
  };
  const fetched = await fetchSafely('https://pictures.example/0', LIMITS);
  expect([fetched.body.toString(), fetched.url.href]).toEqual(['there', 'https://cdn.example/3']);
  expect(questions).toEqual(['pictures.example', 'pictures.example', 'pictures.example', 'cdn.example']);
  routes['/start'] = redirect('/0');
  expect(await reasonOf(fetchSafely('https://pictures.example/start', LIMITS))).toBe('redirects');
});

test.each([
  ['https://127.0.0.1/', 'private'],
  ['https://[::ffff:127.0.0.1]/', 'private'],
  ['https://2852039166/latest/meta-data/', 'private'],
  ['https://inside.example/', 'private'],
  ['http://pictures.example/', 'address'],
  ['https://pictures.example:22/', 'address'],
  ['https://user@pictures.example/', 'address'],
  ['file:///etc/passwd', 'address'],
  ['http://[', 'address'],
])('refuses a redirect to %s', async (location, reason) => {
  names['inside.example'] = [['10.0.0.7']];
  routes['/away'] = redirect(location);
  expect(await reasonOf(fetchSafely('https://pictures.example/away', LIMITS))).toBe(reason);
  expect(requests).toHaveLength(1);
});

test.each([204, 206, 301, 304, 400, 401, 403, 404, 410, 429, 500, 503])(
  'takes no body with status %i',
  async (status) => {
    routes['/'] = (response) => response.writeHead(status, { 'Content-Type': 'text/plain' }).end();
    expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe(`status ${status}`);
  },
);

test.each([
  ['text/plain', true],
  ['TEXT/Plain; charset=utf-8', true],
  ['text/html', false],
  ['text/plain, text/html', false],
  ['text/plainer', false],
  ['image/svg+xml', false],
  ['', false],
])('content type %j: taken %s', async (type, isTaken) => {
  routes['/'] = plain('hello', { 'Content-Type': type });
  const work = fetchSafely('https://pictures.example/', LIMITS);
  if (isTaken) expect((await work).type).toBe('text/plain');
  else expect(await reasonOf(work)).toBe('type');
});

test('takes a body of exactly the limit, and not one byte more, however it is announced', async () => {
  routes['/'] = plain('a'.repeat(1000));
  expect((await fetchSafely('https://pictures.example/', LIMITS)).body).toHaveLength(1000);
  routes['/'] = plain('a'.repeat(1001));
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('too-large');
  routes['/'] = (response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' }); // chunked: no length
    response.write('a'.repeat(600));
    response.end('a'.repeat(401));
  };
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('too-large');
});

test('ends an endless body at the limit, while it streams', async () => {
  let sent = 0;
  const closed = new Promise<void>((resolve) => {
    routes['/'] = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      const more = () => {
        sent += 100;
        if (!response.destroyed) response.write('a'.repeat(100), () => setImmediate(more));
      };
      response.once('close', resolve);
      more();
    };
  });
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('too-large');
  await closed; // a server that may go on for ever is not left hanging
  expect(sent).toBeLessThan(5_000_000);
});

test('refuses a length that is announced too large before reading any of it', async () => {
  const closed = new Promise<void>((resolve) => {
    routes['/'] = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': '1000000000000' });
      response.flushHeaders();
      response.once('close', resolve);
    };
  });
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('too-large');
  await closed;
});

test.each([
  ['less than it is', '3', 'hello', 'hel'],
  ['more than it is', '300', 'hello', undefined],
  ['nonsense', 'many', 'hello', undefined],
])('a length that says %s gives no wrong body', async (_what, length, sent, taken) => {
  routes['/'] = (response) => {
    response.socket?.end(
      `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n${sent}`,
    );
  };
  const work = fetchSafely('https://pictures.example/', LIMITS);
  if (taken === undefined) expect(await reasonOf(work)).toBe('unreachable');
  else expect((await work).body.toString()).toBe(taken);
});

test('never unpacks: a bomb of gzip is refused as it came', async () => {
  const bomb = gzipSync(Buffer.alloc(900_000));
  expect(bomb.length).toBeLessThan(LIMITS.maxBytes);
  routes['/'] = (response) =>
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }).end(bomb);
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('encoded');
});

test('gives up on headers without end', async () => {
  routes['/'] = (response) => {
    response.socket?.write(`HTTP/1.1 200 OK\r\nX-Long: ${'a'.repeat(100_000)}\r\n\r\n`);
  };
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('unreachable');
});

test.each<[string, Route]>([
  ['sends nothing', () => {}],
  [
    'sends its headers and nothing more',
    (response) => void response.writeHead(200, { 'Content-Type': 'text/plain' }).flushHeaders(),
  ],
  [
    'sends a byte now and then',
    (response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      const drip = setInterval(() => response.write('a'), 20);
      response.once('close', () => clearInterval(drip));
    },
  ],
])('gives up in time on a server that %s', async (_what, route) => {
  routes['/'] = route;
  const begun = performance.now();
  const work = fetchSafely('https://pictures.example/', { ...LIMITS, timeoutMs: 200 });
  expect(await reasonOf(work)).toBe('timeout');
  expect(performance.now() - begun).toBeLessThan(2000);
});

test('the time limit holds for all redirects together, and for a name that is never answered', async () => {
  routes['/'] = (response) => void setTimeout(() => redirect('/')(response), 150);
  expect(await reasonOf(fetchSafely('https://pictures.example/', { ...LIMITS, timeoutMs: 250 }))).toBe(
    'timeout',
  );
  const stuck = createSafeFetch({ userAgent: 'Parley', resolve: () => new Promise(() => {}) });
  expect(await reasonOf(stuck('https://pictures.example/', { ...LIMITS, timeoutMs: 50 }))).toBe('timeout');
});

test('stops when its caller stops', async () => {
  routes['/'] = () => {};
  const caller = new AbortController();
  const work = reasonOf(fetchSafely('https://pictures.example/', { ...LIMITS, signal: caller.signal }));
  await vi.waitUntil(() => requests.length === 1);
  caller.abort();
  expect(await work).toBe('stopped');
});

test('an answer that breaks off is no answer', async () => {
  routes['/'] = (response) => void response.socket?.destroy();
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('unreachable');
  routes['/'] = (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n');
  expect(await reasonOf(fetchSafely('https://pictures.example/', LIMITS))).toBe('unreachable');
});

test('a failure names no address', async () => {
  const error = await fetchSafely('https://secret-name.example/', LIMITS).catch((thrown: Error) => thrown);
  expect(String(error)).not.toContain('secret-name');
});

// For operators whose providers are simulators on the machine itself.
test('with allowLoopback, and only with it, addresses written as loopback are fetched over http', async () => {
  const address = `http://127.0.0.1:${port}/`;
  expect((await local(address, LIMITS)).body.toString()).toBe('hello');
  expect((await local(`http://localhost:${port}/`, LIMITS)).body.toString()).toBe('hello');
  expect(await reasonOf(fetchSafely(address, LIMITS))).toBe('address');
});

test('allowLoopback opens nothing else', async () => {
  routes['/out'] = redirect('https://127.0.0.1/');
  const bySystem = createSafeFetch({
    userAgent: 'Parley',
    allowLoopback: true,
    resolve: async (name) => names[name]![0]!,
  });
  names['rebound.example'] = [['127.0.0.1']];
  names.localhost = [['10.0.0.1']];
  expect(await reasonOf(bySystem('https://rebound.example/', LIMITS))).toBe('private');
  expect(await reasonOf(bySystem('https://10.0.0.1/', LIMITS))).toBe('private');
  expect(await reasonOf(bySystem('http://10.0.0.1/', LIMITS))).toBe('address');
  expect(await reasonOf(bySystem('http://localhost/', LIMITS))).toBe('private');
  expect(await reasonOf(bySystem('ftp://127.0.0.1/', LIMITS))).toBe('address');
  // A public page does not lead to the machine itself.
  expect(await reasonOf(bySystem('https://pictures.example/out', LIMITS))).toBe('private');
  routes['/out'] = redirect(`http://127.0.0.1:${port}/`);
  expect(await reasonOf(bySystem('https://pictures.example/out', LIMITS))).toBe('address');
});

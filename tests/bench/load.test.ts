/**
 * The load and the sizes, against servers made up here: what is not as it should be must not count. No time is asserted.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { measureEmbed } from './embed-sizes.ts';
import { loadReads, loop, poster, weigh } from './load.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

test('what is loaded first is the loader, the module it names and what that imports at once; no sum has languages or counts', () => {
  const sizes = measureEmbed([
    { path: 'embed.js', body: 'import(base+"embed/main.AA.js")' },
    {
      path: 'embed/main.AA.js',
      body: 'import{a}from"./shared.BB.js";import"./side.CC.js";()=>import("./late.DD.js")',
    },
    { path: 'embed/shared.BB.js', body: 'import{b}from"./deep.EE.js"' },
    { path: 'embed/side.CC.js', body: 'é'.repeat(100) },
    { path: 'embed/late.DD.js', body: 'import{a}from"./shared.BB.js"' },
    { path: 'embed/deep.EE.js', body: '0' },
  ]);
  expect(sizes.files.filter(({ kind }) => kind !== 'first').map(({ path }) => path)).toEqual([
    'embed/late.DD.js',
  ]);
  const side = sizes.files.find(({ path }) => path === 'embed/side.CC.js')!;
  expect(side.rawBytes).toBe(200);
  expect(side.gzipBytes).toBeLessThan(50);
  expect(sizes.all.rawBytes - sizes.first.rawBytes).toBe(29);
});

test('an embed whose loader names no module is refused', () => {
  expect(() => measureEmbed([{ path: 'embed.js', body: 'nothing' }])).toThrow('no loader');
});

/** A server whose every `every`-th answer is another one. */
async function misbehaving(every: number, status: number, body: string) {
  let answers = 0;
  server = createServer((request, response) => {
    request.resume();
    answers += 1;
    const isOdd = answers % every === 0;
    const usual = request.method === 'POST' ? 201 : 200;
    response.writeHead(isOdd ? status : usual).end(isOdd ? body : 'as it should be');
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, cpuSeconds: async () => 0, stop: async () => {} };
}

test.each([
  ['a fast error', 500, 'as it should be', 'where all should be 200'],
  ['a short answer', 200, 'as it', 'where each should have'],
])('%s does not pass for speed', async (_, status, body, message) => {
  const served = await misbehaving(20, status, body);
  const answerBytes = await weigh(`${served.url}/page`);
  const load = { served, path: '/page', connections: 2, milliseconds: 50, answerBytes };
  await expect(loadReads(load)).rejects.toThrow(message);
});

test('a refused post ends the load', async () => {
  const { url } = await misbehaving(20, 429, 'slowly');
  const { send, close } = poster(url, 2);
  await expect(loop(2, 2_000, () => send({}, '{}'))).rejects.toThrow('answered 429: slowly');
  close();
});

test('a loop counts what it has begun and finished', async () => {
  let begun = 0;
  const reading = await loop(4, 30, async () => {
    begun += 1;
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
  expect(reading.done).toBe(begun);
  expect(reading.done).toBeGreaterThanOrEqual(4);
});

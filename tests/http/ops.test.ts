/** What operators and authors of clients rely on: liveness, readiness, the API's description, each problem's page. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PROBLEMS } from '../../src/core/problem.ts';
import {
  createWorld,
  GAZETTE,
  type PostedComment,
  type Reader,
  SERVICE,
  type World,
} from '../support/world.ts';

let world: World;
let ada: Reader;
let bo: Reader;
let root: PostedComment;

beforeAll(async () => {
  world = await createWorld({
    providers: { google: { clientId: 'the-client', clientSecret: 'the-client-secret' } },
  });
  ada = await world.reader('Ada');
  bo = await world.reader('Bo');
  root = await world.post(ada, 'Hello');
  for (const text of ['One', 'Two', 'Three', 'Four']) await world.post(bo, text, { parentId: root.id });
});
afterAll(() => world.end());

// That /readyz says no without a database is in unavailable.test.ts.
it.each([
  ['/healthz', 'alive'],
  ['/readyz', 'ready'],
])('%s is answered, and never from a cache', async (path, state) => {
  const { status, json, headers } = await world.call('GET', path);
  expect({ status, json }).toEqual({ status: 200, json: { status: state } });
  expect(headers.get('Cache-Control')).toBe('no-store');
});

describe('a problem', () => {
  it('is RFC 9457, names the request, and its type leads to its own page', async () => {
    const { status, json, headers } = await world.call('GET', '/nowhere');
    expect(headers.get('Content-Type')).toBe('application/problem+json');
    expect(json).toEqual({
      type: `${SERVICE}/problems/not-found`,
      title: PROBLEMS['not-found'].title,
      status: 404,
      instance: headers.get('X-Request-Id'),
    });
    expect(status).toBe(404);
    expect((await world.call('GET', new URL(json.type).pathname)).status).toBe(200);
  });

  it.each(Object.entries(PROBLEMS))(
    '%s has a page that says what it means',
    async (slug, { status, title }) => {
      const called = await world.call('GET', `/problems/${slug}`);
      expect(called.status).toBe(200);
      expect(called.headers.get('Content-Type')).toMatch(/^text\/html/);
      expect(called.headers.get('Content-Security-Policy')).toBe(
        "default-src 'none'; frame-ancestors 'none'",
      );
      const text = called.json.replaceAll('&quot;', '"').replaceAll('&#39;', "'");
      for (const said of [slug, title, String(status)]) expect(text).toContain(said);
    },
  );

  it.each(['nothing', '__proto__', 'constructor', 'toString', '%00', '..%2Fopenapi.json'])(
    'that is not in the catalogue has none: %s',
    async (slug) => {
      expect((await world.call('GET', `/problems/${slug}`)).slug).toBe('not-found');
    },
  );
});

describe('a method that an address does not take', () => {
  it.each([
    ['POST', '/api/v1/sites/gazette/thread', 'GET'],
    ['PUT', '/api/v1/sites/gazette/comments', 'POST'],
    ['POST', '/api/v1/sites/gazette/comments/1', 'GET, PATCH, DELETE'],
    ['GET', '/api/v1/sites/gazette/comments/1/reaction', 'PUT'],
    ['GET', '/api/v1/sites/gazette/session', 'POST, DELETE'],
    ['HEAD', '/api/v1/sites/gazette/preview', 'POST'],
    ['DELETE', '/healthz', 'GET'],
    ['PROPFIND', '/openapi.json', 'GET'],
    ['PUT', '/login/start', 'GET, POST'],
  ])('is refused with those it takes: %s %s', async (method, path, allow) => {
    const response = await world.app.request(`${SERVICE}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe(allow);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: the document is read as its readers do
type Json = any;

describe('/openapi.json', () => {
  /** Pages, files and probes: no JSON API. */
  const UNDOCUMENTED =
    /^\/(comments\/|login\/|embed(\.js$|\/)|count\.js$|pictures\/|problems\/|openapi\.json$|healthz$|readyz$)/;

  let document: Json;
  let operations: { path: string; method: string; operation: Json }[];

  beforeAll(async () => {
    const { json, status } = await world.call('GET', '/openapi.json');
    expect(status).toBe(200);
    document = json;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Json).map(([method, operation]) => ({ path, method, operation })),
    );
  });

  it('is OpenAPI 3.1 with what that demands of every operation', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    expect(document.servers).toEqual([{ url: SERVICE }]);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, method, operation } of operations) {
      const name = `${method} ${path}`;
      const templated = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const inPath = operation.parameters.filter((parameter: Json) => parameter.in === 'path');
      expect(inPath.map((parameter: Json) => parameter.name).sort(), name).toEqual(templated.sort());
      const names = operation.parameters.map((parameter: Json) => `${parameter.in} ${parameter.name}`);
      expect(new Set(names).size, name).toBe(names.length);
      for (const parameter of operation.parameters) {
        expect(parameter.schema, name).toBeDefined();
        if (parameter.in === 'path') expect(parameter.required, name).toBe(true);
      }
      expect(Object.keys(operation.responses).length, name).toBeGreaterThan(1);
      for (const [status, response] of Object.entries<Json>(operation.responses)) {
        expect(status, name).toMatch(/^[1-5]\d\d$/);
        expect(response.description, `${name} ${status}`).toEqual(expect.any(String));
        // Throws for what is no JSON Schema.
        for (const media of Object.values<Json>(response.content ?? {}))
          expect(() => schemaOf(media.schema), `${name} ${status}`).not.toThrow();
      }
      if (operation.requestBody) {
        const { schema } = operation.requestBody.content['application/json'];
        for (const one of schema.anyOf ?? [schema]) expect(one.additionalProperties, name).toBe(false);
      }
      for (const requirement of operation.security ?? [])
        expect(document.components.securitySchemes, name).toHaveProperty(Object.keys(requirement));
    }
  });

  it('resolves every reference it makes', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      (match) => match[1]!,
    );
    for (const reference of references) {
      const target = reference
        .split('/')
        .slice(1)
        .reduce((node, part) => node?.[part.replaceAll('~1', '/').replaceAll('~0', '~')], document);
      expect(target, reference).toBeDefined();
    }
  });

  it('describes exactly the routes that the app has', () => {
    const inApp = world.app.routes
      .filter(({ method, path }) => method !== 'ALL' && method !== 'OPTIONS' && !UNDOCUMENTED.test(path))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const described = operations.map(({ path, method }) => `${method} ${path}`);
    expect(described.sort()).toEqual([...new Set(inApp)].sort());
  });

  it('asks for a bearer exactly where one is needed', async () => {
    for (const { path, method, operation } of operations) {
      const address = path.replace('{site}', 'gazette').replace('{id}', String(root.id));
      const { slug } = await world.call(method.toUpperCase(), `${address}?key=id:a`);
      expect(operation.security ?? [], `${method} ${path}`).toEqual(
        slug === 'session-missing' ? [{ bearer: [] }] : [],
      );
    }
  });

  it('tells the truth about each answer', async () => {
    const page = { key: 'id:truth', url: `${GAZETTE}/truth`, title: 'Truth' };
    const at = `gazette/comments/${root.id}`;
    const own = `gazette/comments/${(await world.post(ada, 'Mine')).id}`;
    const calls: [template: string, method: string, path: string, options?: object][] = [
      ['/thread', 'GET', `gazette/thread?key=url:${GAZETTE}/one&limit=1`],
      ['/comments/{id}', 'GET', at],
      ['/comments/{id}/replies', 'GET', `${at}/replies?limit=1`],
      ['/counts', 'GET', 'gazette/counts?key=id:a'],
      ['/me', 'GET', `gazette/me?key=url:${GAZETTE}/one&ids=${root.id}`, { as: ada }],
      ['/preview', 'POST', 'gazette/preview', { as: ada, body: { text: 'Hello' } }],
      [
        '/comments',
        'POST',
        'gazette/comments',
        { as: ada, body: { ...page, text: 'Hello' }, headers: { 'Idempotency-Key': 'telling-the-truth' } },
      ],
      ['/comments/{id}', 'PATCH', own, { as: ada, body: { text: 'Mine, changed' } }],
      ['/comments/{id}/reaction', 'PUT', at, { as: bo, body: { value: 1 } }],
      ['/comments/{id}', 'DELETE', at, { as: ada }],
      ['/comments/{id}', 'DELETE', own, { as: ada }],
      ['/comments/{id}/restore', 'POST', own, { as: ada }],
      ['/me/comments', 'GET', 'gazette/me/comments?limit=1', { as: ada }],
      ['/claims', 'POST', 'gazette/claims', { as: ada, body: { guest: 'pe_of-nobody' } }],
      [
        '/session',
        'POST',
        'gazette/session',
        {
          body: { proof: { guest: { name: 'Grace', email: '', website: '' } } },
          headers: { Origin: GAZETTE },
        },
      ],
      ['/session', 'DELETE', 'gazette/session', { as: bo }],
    ];
    await world.settings({ mode: 'open' });
    const called = new Set<string>();
    for (const [template, method, path, options] of calls) {
      const suffix = template.match(/\/(reaction|restore)$/)?.[0] ?? '';
      const answer = await world.call(method, path + suffix, options);
      const operation = document.paths[`/api/v1/sites/{site}${template}`][method.toLowerCase()];
      const response = operation.responses[answer.status];
      expect(answer.status, `${method} ${template}`).toBeLessThan(300);
      expect(response, `${method} ${template} ${answer.status}`).toBeDefined();
      const schema = response.content?.['application/json'].schema;
      if (schema) schemaOf(schema).parse(answer.json);
      else expect(answer.json, `${method} ${template}`).toBe('');
      called.add(`${method.toLowerCase()} /api/v1/sites/{site}${template}`);
    }
    const missed = operations
      .map(({ path, method }) => `${method} ${path}`)
      .filter((name) => !called.has(name));
    expect(missed).toEqual([]);
  });
});

/** A validator that takes no property which the schema does not name. */
function schemaOf(schema: Json): z.ZodType {
  const strict = (node: Json): Json => {
    if (Array.isArray(node)) return node.map(strict);
    if (node === null || typeof node !== 'object') return node;
    const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, strict(value)]));
    return copy.properties && copy.additionalProperties === undefined
      ? { ...copy, additionalProperties: false }
      : copy;
  };
  return z.fromJSONSchema(strict(schema));
}

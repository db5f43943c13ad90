/**
 * Anybody's pages, on an origin of their own that the Gazette's site has registered: any markup, any headers. Holds the
 * server alone; what a page is made of stands in the tests. Each page has an address, and so a thread, of its own.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { changeSite, readSite } from '../../src/domain/sites.ts';
import type { Stage } from './stage.ts';

export interface PageOptions {
  headers?: Record<string, string>;
  /** Attributes of the root element. */
  html?: string;
  head?: string;
}

export interface Pages {
  origin: string;
  /** Serves a page whose body is this, and returns its address. */
  page(body: string, options?: PageOptions): string;
  /** The script tag of the site's owner, with `data` as its further attributes. */
  tag(data?: string): string;
  close(): void;
}

export async function openPages(stage: Stage): Promise<Pages> {
  const pages = new Map<string, { headers: Record<string, string>; text: string }>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const page = pages.get(pathname);
    response.writeHead(page ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8', ...page?.headers });
    response.end(page?.text ?? '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const site = await readSite(stage.world.db, 'gazette');
  await changeSite(stage.world.db, 'gazette', { origins: [...site.origins, origin] }, new Date());
  return {
    origin,
    page(body, { headers = {}, html = 'lang="en"', head = '' } = {}) {
      const path = `/${randomBytes(6).toString('hex')}`;
      const text = `<!doctype html><html ${html}><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title>${head}<body>${body}`;
      pages.set(path, { headers, text });
      return origin + path;
    },
    tag: (data = '') => `<script async src="${stage.service}/embed.js" data-site="gazette" ${data}></script>`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

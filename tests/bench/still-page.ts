/**
 * What the embed is measured beside: an article that carries the same nodes in the same style, but as HTML that the
 * browser parses by itself. What that costs, no script could save. Holds the making and the serving of that page.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext } from 'playwright-core';

export interface StillPage {
  url: string;
  stop(): Promise<void>;
}

/** Serves the article at `url`, as it is with `comments` comments loaded, and without the script that loaded them. */
export async function startStillPage(
  reader: BrowserContext,
  url: string,
  comments: number,
): Promise<StillPage> {
  const element = await draw(reader, url, comments);
  const article = await (await fetch(url)).text();
  const still = article.replace(/<script async [^>]*><\/script>/, () => element);
  if (still === article) throw new Error('The article has no script that could be replaced.');
  const { origin, pathname } = new URL(url);
  const server = createServer((request, response) => {
    if (request.url === pathname)
      return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(still);
    // Style and pictures are the article's own.
    fetch(origin + request.url).then(async (original) => {
      const type = original.headers.get('content-type') ?? '';
      response.writeHead(original.status, { 'content-type': type });
      response.end(Buffer.from(await original.arrayBuffer()));
    }, response.destroy.bind(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The element as HTML, its shadow root and style included. */
async function draw(reader: BrowserContext, url: string, comments: number): Promise<string> {
  const page = await reader.newPage();
  try {
    await page.goto(url);
    await page.waitForFunction(
      (count) =>
        document.querySelector('parley-comments')?.shadowRoot?.querySelectorAll('article').length === count,
      comments,
    );
    return await page.evaluate(() => {
      const host = document.querySelector('parley-comments')!;
      const root = host.shadowRoot!;
      const style = root.adoptedStyleSheets.flatMap(({ cssRules }) =>
        [...cssRules].map((rule) => rule.cssText),
      );
      return host.outerHTML.replace(
        '</parley-comments>',
        () =>
          `<template shadowrootmode="open"><style>${style.join('\n')}</style>${root.innerHTML}</template></parley-comments>`,
      );
    });
  } finally {
    await page.close();
  }
}

/**
 * The Gazette: an invented newspaper's site that carries the comments, for the demo and for browser tests. It is what
 * a site owner has: pages of their own, and the tag. It knows the service by its address alone, and it is served from
 * another site than the service, as in life.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { html, raw } from 'hono/html';
import { type Article, articles } from './articles.ts';

export interface Gazette {
  /** The origin, without a slash at its end. */
  url: string;
  /** Where each article is, the ordinary page first. */
  articles: { url: string; title: string; remark: string }[];
  stop(): Promise<void>;
}

export interface GazetteOptions {
  /** The origin of the comment service. */
  service: string;
  siteId: string;
  /** What else the owner says in the tag, e.g. `data-lang="de"`. */
  attributes?: string;
  host?: string;
  /** 0 or absent: the kernel chooses. */
  port?: number;
}

/** Rejects when the port is taken (`EADDRINUSE`). */
export async function startGazette(options: GazetteOptions): Promise<Gazette> {
  const { service, siteId, attributes = '', host = '127.0.0.1', port = 0 } = options;
  const tag = `<script async src="${service}/embed.js" data-site="${siteId}"${attributes && ` ${attributes}`}></script>`;
  const all = articles(service);
  const pages = new Map<string, { article: Article; body: Markup }>();
  const front = String(frontPage(all, tag.replace('embed.js', 'count.js')));

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://gazette');
    const page = pages.get(pathname);
    const file = FILES[pathname];
    if (page || pathname === '/') {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...page?.article.headers });
      response.end(page ? String(page.body) : front);
    } else if (file) {
      response.writeHead(200, { 'Content-Type': file.type });
      response.end(file.body);
    } else {
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.end('The Gazette has no such page.\n');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  for (const article of all) {
    const key = encodeURIComponent(`url:${url}${article.path}`);
    const comments = `${tag}
<noscript><p><a href="${service}/comments/${siteId}?key=${key}">Read the comments and leave a reply</a></p></noscript>`;
    pages.set(article.path, { article, body: articlePage(article, all, comments) });
  }
  return {
    url,
    articles: all.map(({ path, title, remark }) => ({ url: url + path, title, remark })),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const FILES: Record<string, { type: string; body: Buffer }> = Object.fromEntries(
  ['gazette.css', 'harbour.svg', 'tools.svg', 'clock.svg'].map((name) => [
    `/${name}`,
    {
      type: name.endsWith('.css') ? 'text/css; charset=utf-8' : 'image/svg+xml',
      body: readFileSync(new URL(`./pages/${name}`, import.meta.url)),
    },
  ]),
);

type Markup = ReturnType<typeof html>;

function layout(title: string, description: string, body: Markup) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<meta name="description" content="${description}">
<link rel="stylesheet" href="/gazette.css">
<link rel="icon" href="/clock.svg" type="image/svg+xml">
</head>
<body>
<header class="masthead"><a href="/">The Gazette</a><p>Marrowby, Skerrow &amp; the Sound</p></header>
${body}
<footer class="colophon"><p>The Gazette, its town and all its people are invented. They are here to try Parley on.</p></footer>
</body>
</html>
`;
}

function articlePage(article: Article, all: Article[], comments: string) {
  const { section, title, standfirst, author, date, picture, paragraphs } = article;
  return layout(
    `${title} – The Gazette`,
    standfirst,
    html`<main>
<article>
<p class="section">${section}</p>
<h1>${title}</h1>
<p class="standfirst">${standfirst}</p>
<p class="byline"><span>By <b>${author}</b></span> <span class="date">${date}</span></p>
<figure><img src="${picture.file}" width="960" height="420" alt="${picture.alt}"><figcaption>${picture.caption}</figcaption></figure>
${paragraphs.map((text) => html`<p>${text}</p>\n`)}
</article>
<section class="discussion" id="comments" aria-label="Comments">
${raw(comments)}
</section>
</main>
<aside class="more"><h2>More from The Gazette</h2>
<ul>${all.filter((other) => other !== article).map((other) => teaser(other, 'h3'))}</ul></aside>`,
  );
}

function frontPage(all: Article[], tag: string) {
  return layout(
    'The Gazette',
    'News from an invented town.',
    html`<main class="front"><h1>Today</h1><ul>${all.map((article) => teaser(article, 'h2', countOf(article)))}</ul></main>
${raw(tag)}`,
  );
}

/** How much there is to read under an article; a link to it where script does not run. */
function countOf({ path }: Article) {
  return html`<p class="count"><a href="${path}#comments"><parley-count url="${path}" zero="Leave a Reply" one="# Comment" other="# Comments">Comments</parley-count></a></p>`;
}

function teaser(
  { path, section, title, standfirst, remark }: Article,
  heading: 'h2' | 'h3',
  count: Markup | '' = '',
) {
  return html`<li><p class="section">${section}</p><${heading}><a href="${path}">${title}</a></${heading}>
<p>${standfirst}</p>${count}<p class="remark">${remark}</p></li>\n`;
}

/**
 * The frame of every page on our own origin: one style sheet, at most one script, no third-party anything. Pages are
 * closed to frames and keep no copy in caches unless they say so; they answer with `Cross-Origin-Opener-Policy:
 * unsafe-none`, because a popup that isolates itself can no longer tell the article that the reader is signed in.
 */
import { createHash, randomBytes } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Ctx } from '../http/env.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface PageParts {
  title: string;
  body: Html;
  /** Source of the page's one script. */
  script?: string;
  /** `data-…` of the body, for the script. */
  data?: Record<string, string>;
  /** Elements of the head, e.g. a canonical link. */
  head?: Html;
  /** Search engines may keep the page. */
  isIndexed?: boolean;
  /** Pictures of our own origin may show. */
  hasPictures?: boolean;
  /** `Cache-Control`; `no-store` unless given. */
  caching?: string;
  status?: ContentfulStatusCode;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2327; --quiet: #50575e; --paper: #fff; --field: #f6f7f7; --line: #c3c4c7;
  --link: #0a5d8f; --act: #0a5d8f; --on-act: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f0f1; --quiet: #b4b9be; --paper: #1d2327; --field: #101517;
  --line: #50575e; --link: #8ecbf2; --act: #8ecbf2; --on-act: #101517; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--field); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem 1.25rem; min-height: 100vh; background: var(--paper); }
@media (min-width: 30rem) { main { margin: 2rem auto; min-height: 0; border: 1px solid var(--line); border-radius: 8px; padding: 2rem; } }
h1 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .5rem; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); font-size: .9rem; }
a { color: var(--link); }
ul { list-style: none; margin: 1rem 0; padding: 0; display: grid; gap: .6rem; }
.provider, button { display: flex; align-items: center; gap: .75rem; width: 100%; min-height: 2.75rem; padding: .6rem 1rem;
  border: 0; border-radius: 6px; font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
.provider svg { width: 1.25rem; height: 1.25rem; fill: currentColor; flex: none; }
button { justify-content: center; background: var(--act); color: var(--on-act); margin: 1rem 0 .5rem; }
button:disabled, button[aria-disabled] { opacity: .55; cursor: default; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.notice { border-inline-start: 4px solid #b32d2e; padding-inline-start: .75rem; }
[hidden] { display: none; }
`;

/** The colours of providers' buttons, as rules: the policy allows no style attribute. They come from our own files. */
export function brandStyle(
  providers: readonly { id: string; brand: { color: string; onColor: string } }[],
): string {
  return providers
    .map(({ id, brand }) => `.provider.p-${id} { background: ${brand.color}; color: ${brand.onColor}; }`)
    .join('\n');
}

/** Answers with a page. `styles` are further rules, e.g. a provider's colours. */
export function page(c: Ctx, parts: PageParts, styles = ''): Response | Promise<Response> {
  const style = STYLE + styles;
  const nonce = randomBytes(16).toString('base64url');
  c.header(
    'Content-Security-Policy',
    [
      "default-src 'none'",
      // By hash: a page that a cache keeps is renewed by a 304, whose header would carry another nonce.
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      ...(parts.script ? [`script-src 'nonce-${nonce}'`] : []),
      ...(parts.hasPictures ? ["img-src 'self'"] : []),
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  );
  c.header('X-Frame-Options', 'DENY');
  // `no-referrer` would make our own forms send `Origin: null`.
  c.header('Referrer-Policy', 'same-origin');
  c.header('Cross-Origin-Opener-Policy', 'unsafe-none');
  c.header('Cache-Control', parts.caching ?? 'no-store');
  const data = Object.entries(parts.data ?? {}).map(([name, value]) => html` data-${raw(name)}="${value}"`);
  return c.html(
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${parts.isIndexed ? '' : html`<meta name="robots" content="noindex">`}
<title>${parts.title}</title>
${parts.head ?? ''}
<style>${raw(style)}</style>
</head>
<body${data}>
<main>
${parts.body}
</main>
${parts.script ? html`<script nonce="${nonce}">${raw(parts.script)}</script>` : ''}
</body>
</html>`,
    parts.status ?? 200,
  );
}

/**
 * The element `<parley-comments>`. Holds its attributes, its life in the page and its events, and puts reply box and
 * thread together; importing this file registers nothing (define.ts does). It draws into its shadow root alone, and
 * leaves nothing behind in a page that removes it.
 */

import { threadKey, threadUrl } from './address.ts';
import { answer, createApi, Refusal, slugOf } from './api.ts';
import { button, h } from './dom.ts';
import { createReplyBox } from './reply-box.ts';
import { sessionOf } from './session.ts';
import { adoptStyle } from './style.ts';
import { english as t } from './texts.ts';
import { createThread } from './thread.ts';
import type { Order, ThreadPage, Widget } from './types.ts';

/** How far below the window a lazy element begins to load: about what a reader scrolls in half a second. */
const LAZY_MARGIN = '400px';

const LOGIN = '#parley-login=';

/** The request for the first page, made by the loader while this module was on its way. */
export interface Early {
  url: string;
  response: Promise<Response>;
}

const REFLECTED = ['site', 'thread', 'order', 'theme', 'loading'] as const;

export class ParleyComments extends HTMLElement {
  static observedAttributes = ['site', 'thread', 'order'];

  declare site: string;
  declare thread: string;
  declare order: string;
  declare theme: string;
  declare loading: string;
  declare early?: Early | undefined;

  readonly #root = this.attachShadow({ mode: 'open' });
  /** Ends with the element's stay in the page; every listener outside the element hangs on it. */
  #stay = new AbortController();

  connectedCallback(): void {
    for (const name of REFLECTED) {
      // Set by a framework before the element was defined: the value hides the accessor.
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete (this as Partial<ParleyComments>)[name];
      this[name] = value;
    }
    adoptStyle(this.#root);
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#stay.abort();
  }

  attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
    if (this.isConnected && this.#root.firstChild && before !== now) this.#begin();
  }

  /** Starts afresh, now or when the reader comes near. */
  #begin(): void {
    this.#stay.abort();
    this.#stay = new AbortController();
    const { signal } = this.#stay;
    this.dataset.state = 'loading';
    this.#root.replaceChildren(
      h(
        'div',
        { class: 'root skeleton', role: 'status' },
        h('p', { class: 'sr' }, t.loading),
        ...[1, 2, 3].map(() => h('i')),
      ),
    );
    this.#followScheme(signal);
    const start = () => this.#load(signal).catch((cause) => signal.aborted || this.#fail(cause));
    if (this.loading !== 'lazy' || location.hash.startsWith(LOGIN)) return void start();
    const observer = new IntersectionObserver(
      ([seen]) => {
        if (!seen?.isIntersecting) return;
        observer.disconnect();
        void start();
      },
      { rootMargin: LAZY_MARGIN },
    );
    observer.observe(this);
    signal.addEventListener('abort', () => observer.disconnect());
  }

  async #load(signal: AbortSignal): Promise<void> {
    const root = this.#root;
    const service = new URL('..', import.meta.url).href;
    const siteId = this.site;
    const key = threadKey(this.thread);
    const session = sessionOf(siteId);
    const api = createApi(`${service}api/v1/sites/${encodeURIComponent(siteId)}`, () => session.get()?.token);
    const url = (order?: string | null) => threadUrl(service, siteId, key, order);
    const live = h('p', { class: 'sr', role: 'status' });

    const read = (order?: string | null) => api.read<ThreadPage>(url(order).slice(api.base.length));
    const { early } = this;
    this.early = undefined;
    const page = await (early?.url === url(this.order)
      ? answer<ThreadPage>(early.response).catch(() => read(this.order))
      : read(this.order));
    if (signal.aborted) return;

    // Box and list need the rest to come into being.
    const w: Widget = {
      box: undefined as never,
      list: undefined as never,
      host: this,
      root,
      service,
      siteId,
      key,
      t,
      api,
      session,
      site: page.site,
      thread: page.thread,
      announce: (text) => {
        live.textContent = text;
      },
      explain,
      providerName: (id) => page.site.providers.find((one) => one.id === id)?.name ?? id,
      emit: (name, detail, cancelable = false) => this.#emit(name, detail, cancelable),
      pageUrl: () => location.href.split('#')[0]!,
    };
    w.box = createReplyBox(w);
    w.list = createThread(w, async (order) => {
      try {
        const next = await read(order);
        if (signal.aborted) return;
        w.list.show(next, order);
        w.box.settle();
        await w.list.sessionChanged();
      } catch (cause) {
        w.announce(explain(cause));
      }
    });
    // An empty title ends the tooltip that the element's own would otherwise lay over everything.
    root.replaceChildren(h('div', { class: 'root', title: '' }, w.box.home, w.list.node), live);
    w.list.show(page, (this.order || page.site.settings.order) as Order);
    w.box.open();

    const sessionChanged = () => {
      w.box.sessionChanged();
      w.list.sessionChanged().catch((cause) => {
        if (slugOf(cause).startsWith('session-')) session.set(undefined);
      });
    };
    signal.addEventListener('abort', session.watch(sessionChanged));
    addEventListener('hashchange', () => void follow(w), { signal });
    this.#emit('load');
    if (location.hash.startsWith(LOGIN)) await w.box.arrive();
    else void follow(w);
    if (session.get()) sessionChanged();
  }

  #fail(cause: unknown): void {
    const refusal = cause instanceof Refusal ? cause : new Refusal('internal');
    if (!(cause instanceof Refusal)) reportError(cause);
    this.dataset.state = 'error';
    const text = refusal.slug === 'site-unknown' ? explain(refusal) : t.notLoaded;
    this.#root.replaceChildren(
      h(
        'div',
        { class: 'root', role: 'alert' },
        h('p', {}, text),
        button(t.retry, () => this.#begin(), { class: 'plain' }),
      ),
    );
    this.#emit('error', { slug: refusal.slug, ...refusal.problem });
  }

  #emit(name: string, detail?: unknown, cancelable = false): boolean {
    return this.dispatchEvent(
      new CustomEvent(name, { detail, cancelable, bubbles: name.startsWith('comment-') }),
    );
  }

  /** Without a `theme`, the element is as light or dark as the page around it: its text has the page's colour, and
   *  the few colours of its own go by how light that is. `prefers-color-scheme` alone would be wrong on every page
   *  that has one design only. */
  #followScheme(signal: AbortSignal): void {
    const measure = () => {
      const [r = 0, g = 0, b = 0] =
        getComputedStyle(this)
          .color.match(/[\d.]+/g)
          ?.map(Number) ?? [];
      this.toggleAttribute('data-dark', r * 0.3 + g * 0.6 + b * 0.1 > 140);
    };
    measure();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', measure, { signal });
    const observer = new MutationObserver(measure);
    for (const node of [document.documentElement, document.body])
      observer.observe(node, { attributes: true });
    signal.addEventListener('abort', () => observer.disconnect());
  }
}

for (const name of REFLECTED) {
  Object.defineProperty(ParleyComments.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: ParleyComments) {
      return this.getAttribute(name) ?? '';
    },
    set(this: ParleyComments, value: string | null) {
      if (value == null) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

/** The sentence for a refusal. */
function explain(cause: unknown): string {
  const slug = slugOf(cause);
  const seconds = cause instanceof Refusal && cause.problem.retryAfter;
  if (slug === 'rate-limited' && seconds) return t.waitSeconds(seconds);
  if (slug.startsWith('session-')) return t['session-expired'];
  if (slug === 'unreachable') return t.unavailable;
  const text = (t as unknown as Record<string, unknown>)[slug];
  return typeof text === 'string' ? text : t.failed;
}

/** Goes to the comment that the page's fragment names, if it is one of this thread. */
async function follow(w: Widget): Promise<void> {
  const id = Number(/^#comment-(\d+)$/.exec(location.hash)?.[1]);
  if (!id) return;
  let view = w.list.find(id);
  if (!view) {
    try {
      view = await (await import('./actions.ts')).fetchView(w, id);
    } catch {}
  }
  if (!view) return;
  w.root.querySelector('.target')?.classList.remove('target');
  view.article.classList.add('target');
  view.article.focus({ preventScroll: true });
  view.article.scrollIntoView({ block: 'center' });
}

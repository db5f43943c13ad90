/**
 * The element `<parley-comments>`. Holds its attributes, its life in the page and its events, and puts reply box and
 * thread together; importing this file registers nothing (define.ts does). It draws into its shadow root alone, and
 * leaves nothing behind in a page that removes it.
 */

import { languageUrl, ORDER, ORDERS, siteUrl, threadKey, threadPath } from './address.ts';
import { answer, createApi, isDown, type Refusal, slugOf } from './api.ts';
import { clockOf } from './comment-view.ts';
import { button, h } from './dom.ts';
import type { Rare } from './rare.ts';
import { createReplyBox } from './reply-box.ts';
import { sessionOf } from './session.ts';
import { recall } from './store.ts';
import css from './style.css';
import { type CommonTexts, english } from './texts.ts';
import { createThread } from './thread.ts';
import { tools } from './tools.ts';
import type { Order, ThreadPage, Widget } from './types.ts';

/** How far below the window a lazy element begins to load: about what a reader scrolls in half a second. */
const LAZY_MARGIN = '400px';

/** How often "3 minutes ago" is said anew. */
const CLOCK_MS = 30_000;

/** The fragments that concern the embed. */
const FRAGMENT = /^#(comment-\d+$|parley-login=)/;

/** The request for the first page, made by the loader while this module was on its way. */
export interface Early {
  url: string;
  response: Promise<Response>;
}

/** The address of what loads at first use, below the service's; written in when this file is bundled. */
declare const RARE: string;

let failures = 0;

/** Adopted rather than written into the document, so that an article whose policy forbids inline style shows it. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

const REFLECTED = ['site', 'thread', 'order', 'theme', 'loading'] as const;

export class ParleyComments extends HTMLElement {
  static observedAttributes = ['site', 'thread', 'order', 'lang'];

  declare site: string;
  declare thread: string;
  declare order: string;
  declare theme: string;
  declare loading: string;
  declare early?: Early | undefined;

  readonly #root = this.attachShadow({ mode: 'open' });
  /** Ends with the element's stay in the page; every listener outside the element hangs on it. */
  #stay = new AbortController();
  #texts: CommonTexts = english;

  connectedCallback(): void {
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#stay.abort();
  }

  attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
    // An upgrade calls this for every attribute, before the element begins.
    if (this.isConnected && this.#root.firstChild && before !== now) this.#begin();
  }

  /** Starts afresh, now or when the reader comes near. */
  #begin(): void {
    const t = this.#texts;
    this.#stay.abort();
    this.#stay = new AbortController();
    const { signal } = this.#stay;
    this.dataset.state = 'loading';
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.replaceChildren(
      h('div', { class: 'root skeleton', role: 'status' }, h('p', { class: 'sr' }, t.loading)),
    );
    // Without a `theme`, the element is as light or dark as the page around it: its text has the page's colour, and the
    // few colours of its own go by how light that is. `prefers-color-scheme` alone would be wrong on every page that
    // has one design only.
    const measure = () => {
      // The style sheet mixes the text's colour into this one: it reads `color(srgb r g b)`, whatever the page wrote.
      const green = Number(getComputedStyle(this).outlineColor.split(' ')[2]);
      this.toggleAttribute('data-dark', green > 0.5);
    };
    measure();
    // The style sheet gives that colour a transition, too short to be seen, so whatever changes it tells.
    this.addEventListener('transitionend', measure, { signal });
    // The loader, or the page's script, has yet to say which site's it is.
    if (!this.site) return;
    const start = () => this.#load(signal).catch((cause) => signal.aborted || this.#fail(cause));
    if (this.loading !== 'lazy' || FRAGMENT.test(location.hash)) return void start();
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
    const base = siteUrl(service, siteId);
    const api = createApi(base, () => session.get()?.token);
    // A browser that could not load a module says so again without asking: the next try is another address.
    const load = <Module>(path: string): Promise<Module> =>
      import(service + path + (failures ? `?${failures}` : '')).catch((cause) => {
        failures++;
        throw cause;
      });
    const kept = recall<Order>(ORDER);
    const chosen = ORDERS.test(kept!) ? kept! : this.order;
    const read = (order: string) => api.read<ThreadPage>(threadPath(key, order));
    // No `p`: those are hidden while they are empty, and what is said in a hidden one goes unheard.
    const live = h('span', { class: 'sr', role: 'status' });
    let rare: Promise<Rare> | undefined;

    const { early } = this;
    this.early = undefined;
    const words = languageUrl(service, this.lang);
    // English says it all rather than nobody anything.
    const loading = words
      ? import(words).then(
          ({ default: texts }) => texts,
          () => english,
        )
      : english;
    // What the loader could not get is asked for again, as if it had not tried.
    const asked =
      early?.url === base + threadPath(key, chosen)
        ? answer<ThreadPage>(early.response).catch(() => read(chosen))
        : read(chosen);
    asked.catch(() => {});
    const t = await loading;
    this.#texts = t;
    setTimeout(clockOf, 0, t.lang);
    const page = await asked;
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
      signal,
      // A new node: the same words said twice are heard twice.
      announce: (text) => live.replaceChildren(text),
      rare: () =>
        (rare ??= load<typeof import('./rare.ts')>(RARE).then(
          ({ createRare }) => (w.loaded = createRare(w, tools)),
          (cause) => {
            rare = undefined;
            throw cause;
          },
        )),
      explain: () => w.announce(t.unavailable),
      load,
      // The adapter's id, which never changes; a site that takes no guests any more does not list it.
      isGuest: ({ provider }) => provider === 'guest',
      providerName: (id) => page.site.providers.find((one) => one.id === id)?.name ?? id,
      emit: this.#emit,
    };
    w.box = createReplyBox(w);
    w.list = createThread(w, async (order) => {
      try {
        const next = await read(order);
        if (signal.aborted) return;
        await w.list.show(next, order);
        if (session.get()) await (await w.rare()).renewOwn();
      } catch (cause) {
        w.explain(cause);
      }
    });
    // An empty title ends the tooltip that the element's own would otherwise lay over everything.
    root.replaceChildren(
      h('div', { class: 'root', title: '', lang: t.lang, dir: t.dir }, w.box.home, w.list.node, live),
    );
    const shown = w.list.show(page, (chosen || page.site.settings.order) as Order);
    w.box.open();
    const clock = setInterval(w.list.tick, CLOCK_MS);
    signal.addEventListener('abort', () => clearInterval(clock));

    const tell = (cause: unknown) => w.explain(cause);
    const sessionChanged = () => {
      w.box.sessionChanged();
      w.rare()
        .then((loaded) => loaded.renewOwn())
        .catch(tell);
    };
    /** Goes where the page's fragment leads: to a comment, or on with a sign-in. */
    const follow = () => {
      if (FRAGMENT.test(location.hash))
        w.rare()
          .then((loaded) => loaded.follow())
          .catch(tell);
    };
    session.addEventListener('change', sessionChanged, { signal });
    addEventListener('hashchange', follow, { signal });
    this.#emit('load');
    await shown;
    follow();
    // A reader who folds conversations up, or is signed in, sees more than anybody.
    if (session.get()) sessionChanged();
    else if (recall(`parley.folded.${siteId} ${key}`)) w.rare().catch(() => {});
  }

  #fail(cause: unknown): void {
    const t = this.#texts;
    const { problem } = cause as Partial<Refusal>;
    // A site's owner looks into the console, and the mistake is mostly theirs: an origin that is not registered.
    console.error(problem ?? cause);
    this.dataset.state = 'error';
    this.#root.replaceChildren(
      h(
        'div',
        { class: 'root', role: 'alert' },
        h('p', {}, `${t.notLoaded} ${problem?.title ?? ''}`),
        isDown(cause) && button(t.retry, () => this.#begin(), { class: 'plain' }),
      ),
    );
    this.#emit('error', { slug: slugOf(cause), ...problem });
  }

  readonly #emit = (name: string, detail?: unknown, cancelable = false): boolean =>
    this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: name.startsWith('comment-') }));
}

for (const name of REFLECTED) {
  Object.defineProperty(ParleyComments.prototype, name, {
    get(this: ParleyComments) {
      return this.getAttribute(name) ?? '';
    },
    set(this: ParleyComments, value: string | null) {
      if (value == null) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

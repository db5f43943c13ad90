/**
 * The shapes that the JSON API sends and the element shows, and the one object its parts share. Types only: nothing
 * here reaches the browser, so that files which load at first use may import from here freely.
 */

import type { Api } from './api.ts';
import type { Login } from './login.ts';
import type { Rare } from './rare.ts';
import type { ReplyBox } from './reply-box.ts';
import type { Session } from './session.ts';
import type { CommonTexts, Texts } from './texts.ts';
import type { Thread } from './thread.ts';

export type Order = 'oldest' | 'newest' | 'best';
export type Vote = 1 | 0 | -1;

export interface Person {
  id: string;
  name: string;
  provider: string;
  link: string | null;
  picture: string | null;
  role: 'owner' | 'moderator' | null;
}

export interface Comment {
  id: number;
  parentId: number | null;
  depth: number;
  status: 'published' | 'held' | 'spam' | 'rejected' | 'removed';
  author: Person | null;
  /** `null` for a tombstone. */
  html: string | null;
  createdAt: string;
  editedAt: string | null;
  up: number;
  down: number;
  replyCount: number;
  pinned: boolean;
  removedBy: 'author' | 'moderator' | 'erasure' | null;
}

/** A comment as its author sees it: with the text as typed and the end of the time to edit it. */
export interface Own extends Comment {
  raw: string;
  editableUntil: string | null;
}

export interface List<Item> {
  items: Item[];
  next: string | null;
}

export interface Root extends Comment {
  replies: List<Comment>;
}

export interface Provider {
  id: string;
  name: string;
  /** `icon` is the `d` of an SVG path in a 24 × 24 box. */
  brand: { color: string; onColor: string; icon: string };
  canSwitch: boolean;
  /** `redirect`: in a window of its own; `form`: by fields in the reply box. */
  kind: 'redirect' | 'form';
}

export interface Site {
  id: string;
  name: string;
  settings: {
    mode: 'open' | 'open-required' | 'registered' | 'closed';
    maxLength: number;
    order: Order;
    votes: boolean;
  };
  providers: Provider[];
}

export interface ThreadInfo {
  id: number | null;
  key: string;
  title: string | null;
  status: 'open' | 'closed';
  commentCount: number;
}

export interface ThreadPage {
  site: Site;
  thread: ThreadInfo;
  comments: List<Root>;
}

export interface Me {
  person: Person;
  votes: Record<string, 1 | -1>;
  comments: Own[];
  expiresAt: string;
}

/** What redeeming a sign-in code yields. */
export interface Grant {
  token: string;
  expiresAt: string;
  person: Person;
}

/** One comment on the page: what is known of it, and the places in its node that others fill. */
export interface CommentView {
  data: Comment;
  own?: Own | undefined;
  vote: Vote;
  /** The list item, which the replies lie in. */
  node: HTMLLIElement;
  /** The comment alone, without its replies: what is focused and scrolled to. */
  article: HTMLElement;
  body: HTMLElement;
  /** What brings it back, for a while after its author removed it. */
  undo?: HTMLElement | undefined;
  /** Where the reply box stands while it answers this comment. */
  slot: HTMLElement;
  replies: HTMLElement;
  /** Shows the data anew, with a sentence below when something is to be said. */
  render(said?: string): void;
}

/** What the parts of one element share. */
export interface Widget {
  host: HTMLElement;
  root: ShadowRoot;
  /** Aborted when the element leaves the page or begins afresh. */
  signal: AbortSignal;
  /** Address of the service, with its final slash. */
  service: string;
  siteId: string;
  key: string;
  t: CommonTexts;
  api: Api;
  session: Session;
  site: Site;
  thread: ThreadInfo;
  box: ReplyBox;
  list: Thread;
  /** Says it to screen readers. */
  announce(text: string): void;
  /** Signing in, once it is loaded. */
  login?: Login;
  /** What has loaded at first use, if it has. */
  loaded?: Rare;
  /** What loads at first use. Rejects while it cannot be had. */
  rare(): Promise<Rare>;
  /** Says why something failed; before anything has loaded that knows, that it did. */
  explain(cause: unknown): unknown;
  /** Loads a module of the service's by its path. */
  load<Module>(path: string): Promise<Module>;
  /** Whether somebody writes without an account. */
  isGuest(person: Person): boolean;
  providerName(id: string): string;
  emit(name: string, detail?: unknown, cancelable?: boolean): boolean;
}

/** The same, with all words. */
export type RareWidget = Omit<Widget, 'explain' | 't'> & {
  t: Texts;
  /** Says why something failed, and returns it. */
  explain(cause: unknown): string;
};

/**
 * What the benchmarks read and write: the site *Gazette*, its readers, one page with 100 comments, and many threads that
 * have their first comment. All of it is posted through the domain, so no rule and no index is left out; the texts come
 * from a fixed seed, so two runs have the same.
 */
import type pg from 'pg';
import type { Site } from '../../src/core/site.ts';
import { postComment } from '../../src/domain/comments.ts';
import { type Database, openDatabase } from '../../src/domain/database.ts';
import type { Draft } from '../../src/domain/idempotency.ts';
import { type Author, joinSite } from '../../src/domain/memberships.ts';
import { openSession } from '../../src/domain/sessions.ts';
import { createSite } from '../../src/domain/sites.ts';
import { signInWith } from '../../src/domain/users.ts';

export const ORIGIN = 'https://gazette.example';
export const ROOTS = 25;
export const REPLIES = 3; // as many as come along with each root, so that one page has them all
export const COMMENTS = ROOTS * (1 + REPLIES);
/** What an article shows first of a lively discussion: as many roots as the service sends, 100 comments among them. */
export const DISCUSSION = { key: 'id:lively', roots: 35, comments: 100 };
/** A reader may post 600 comments a minute at most, and the posting rounds must not meet that limit. */
const READERS = 300;
const LANES = 8;

export interface Reader {
  author: Author;
  token: string;
}

export interface SeededThread {
  page: Draft['page'];
  /** Its first comment. */
  commentId: number;
}

export interface Gazette {
  site: Site;
  readers: Reader[];
  /** The thread with `COMMENTS` comments. */
  page: Draft['page'];
  threads: SeededThread[];
}

/** Fills an empty database that has the schema. */
export async function seed(connection: pg.PoolConfig, threadCount: number): Promise<Gazette> {
  // Nothing is measured yet, so nothing waits for the disk.
  const database = openDatabase({ ...connection, max: LANES, options: '-c synchronous_commit=off' });
  try {
    const { db, pool } = database;
    const site = await createSite(
      db,
      { id: 'gazette', name: 'Gazette', origins: [ORIGIN], settings: { commentsPerMinute: 600 } },
      new Date(),
    );
    const readers = await inLanes(READERS, (number) => join(database, site, number));
    const write = writer(database, site, readers);
    const page = pageNamed('one');
    for (let root = 0; root < ROOTS; root++) {
      const parentId = await write(page, null);
      for (let reply = 0; reply < REPLIES; reply++) await write(page, parentId);
    }
    const threads = await inLanes(threadCount, async (number) => {
      const page = pageNamed(`thread-${number}`);
      return { page, commentId: await write(page, null) };
    });
    // Else autovacuum would do it while something is measured.
    await pool.query('vacuum (analyze)');
    return { site, readers, page, threads };
  } finally {
    await database.close();
  }
}

/** Adds the lively discussion: of the last two months, with long comments, code, lists and links among the others. */
export async function seedDiscussion(connection: pg.PoolConfig, { site, readers }: Gazette): Promise<void> {
  const database = openDatabase({ ...connection, max: 1, options: '-c synchronous_commit=off' });
  try {
    const page = { ...pageNamed('lively'), key: DISCUSSION.key };
    const begun = Date.now() - 60 * 86_400_000;
    let written = 0;
    const write = writer(database, site, readers, {
      name: 'lively',
      at: () => new Date(begun + (written++ / DISCUSSION.comments) * (Date.now() - begun)),
      text: (ordinary) => ODD[written] ?? ordinary,
    });
    const replies = DISCUSSION.comments - DISCUSSION.roots;
    for (let root = 0; root < DISCUSSION.roots; root++) {
      const parentId = await write(page, null);
      const before = Math.floor((root * replies) / DISCUSSION.roots);
      const after = Math.floor(((root + 1) * replies) / DISCUSSION.roots);
      // Some in a line, some side by side.
      for (let reply = before, to = parentId; reply < after; reply++) {
        const replyId = await write(page, to);
        if (root % 2) to = replyId;
      }
    }
    await database.pool.query('vacuum (analyze)');
  } finally {
    await database.close();
  }
}

function pageNamed(name: string): Draft['page'] {
  const url = `${ORIGIN}/2026/03/${name}`;
  return { key: `url:${url}`, url, title: `The article called ${name}` };
}

async function join({ db }: Database, site: Site, number: number): Promise<Reader> {
  const now = new Date();
  return db.transaction().execute(async (tx) => {
    const account = {
      provider: ['wordpress', 'google', 'twitter', 'facebook'][number % 4]!,
      issuer: '',
      subject: String(number),
      name: `Reader ${number}`,
      username: `reader${number}`,
      link: number % 2 === 0 ? `https://people.example/reader${number}` : null,
    };
    const who = await signInWith(tx, account, now);
    const { role, bannedUntil } = await joinSite(tx, site.id, who.userId, now);
    const minted = { kind: 'embed', siteId: site.id, origin: ORIGIN, mintedBy: null } as const;
    const { token } = await openSession(tx, { ...minted, ...who }, now);
    return { token, author: { ...who, role, bannedUntil, isGuest: false } };
  });
}

interface Manner {
  /** Of the keys. */
  name: string;
  at(): Date;
  /** What is written in place of an ordinary text. */
  text(ordinary: string): string;
}

const PLAIN: Manner = { name: 'seed', at: () => new Date(), text: (ordinary) => ordinary };

function writer(
  { db }: Database,
  site: Site,
  readers: readonly Reader[],
  { name, at, text }: Manner = PLAIN,
) {
  const next = texts();
  let turn = 0;
  return async (page: Draft['page'], parentId: number | null): Promise<number> => {
    turn += 1;
    const { author } = readers[turn % readers.length]!;
    const draft = { page, parentId, text: text(next()), key: `${name}-${turn}-key` };
    return (await postComment(db, site, author, draft, at())).commentId;
  };
}

/** The results of `work` on 0 … count − 1, in order. */
async function inLanes<T>(count: number, work: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let number = next++; number < count; number = next++) results[number] = await work(number);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

const WORDS =
  `the a an this that it is was has had would could should not never quite rather still when where because although
  article author reader point argument reason number council bridge river winter market price paper editor evidence
  question answer paragraph headline first second last wrote said asked meant agree doubt think remember expect read
  of to in on for with about after before between against without good plain odd fair long short clear true`.split(
    /\s+/,
  );
const ASIDES = ['“as they say”', 'the café', 'naïve', '— no, really —', 'for 20 €', '🙂'];

const CODE = '```\nfor (const boat of harbour) {\n  if (boat.isLit) boat.sail(at);\n}\n```';
const LIST =
  '- the *report*, sixty-one pages\n- the [minutes](https://council.example/minutes?of=2026)\n- the chart';

/** What a lively discussion has beside the ordinary, by its number: three long comments, code, lists, quotations. */
const ODD: Record<number, string> = {
  2: longText(28),
  9: `See for yourself:\n\n${CODE}\n\nThat is all there is to it.`,
  17: `> I slept because it was there.\n\nAnd so did **all** of us, see https://paper.example/ferry and \`boats.csv\`.`,
  26: `What speaks for it:\n\n${LIST}`,
  41: longText(36),
  55: `${CODE}\n\nor, shorter: \`harbour.map(sail)\`.`,
  68: `> Those are different sums.\n\n${LIST}\n\nMore at <https://paper.example/sums>.`,
  83: longText(44),
};

/** So many sentences in paragraphs of five, as somebody writes who has a case to make. */
function longText(sentences: number): string {
  const random = mulberry32(sentences);
  const words = () =>
    Array.from({ length: 9 + Math.floor(random() * 9) }, () => WORDS[Math.floor(random() * WORDS.length)]);
  return Array.from(
    { length: sentences },
    (_, at) => `So ${words().join(' ')}.${at % 5 === 4 ? '\n\n' : ' '}`,
  ).join('');
}

/** Makes comments of one to four sentences, some with Markdown, some beyond ASCII; always the same ones in turn. */
export function texts(): () => string {
  const random = mulberry32(20_260_301);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!;
  const sentence = () => {
    const words = Array.from({ length: 6 + Math.floor(random() * 14) }, () => pick(WORDS));
    if (random() < 0.15) words.push(pick(ASIDES));
    if (random() < 0.15) words[2] = `**${words[2]}**`;
    if (random() < 0.06) words.push(`https://paper.example/${pick(WORDS)}`);
    const line = words.join(' ');
    return `${line[0]!.toUpperCase()}${line.slice(1)}.`;
  };
  return () => {
    const sentences = Array.from({ length: 1 + Math.floor(random() * 4) }, sentence);
    return random() < 0.2 ? sentences.join('\n\n') : sentences.join(' ');
  };
}

/** Numbers from 0 to 1 that a seed settles. Source: Tommy Ettinger's Mulberry32, public domain. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

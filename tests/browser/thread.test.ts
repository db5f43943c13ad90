/**
 * The thread under an article in a real Chromium: reading on, voting, editing, going to one comment. The
 * reply box has a file of its own, deleting one's own comment is in states-own.test.ts.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { type Article, addressOf, openArticle, say, signedIn, textsIn, visit } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;
let bo: Reader;
let cem: Reader;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  bo = await stage.world.reader('Bo', { origin: stage.gazette.url, provider: 'twitter' });
  cem = await stage.world.reader('Cem', { origin: stage.gazette.url });
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

async function openAs(name: string, url: string): Promise<Article> {
  return openArticle(browser, url, { prepare: (page) => signedIn(stage, page, name) });
}

/** The texts of all comments, in the order of the page. */
const textsOf = ({ host }: Article) => textsIn(host.locator('article .body'));

const focused = (article: Article) =>
  article.page.evaluate(() => document.querySelector('parley-comments')?.shadowRoot?.activeElement?.id);

describe('reading', () => {
  it('shows who wrote, by which account, when, and the text as the service rendered it', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'A *first* line with a [link](https://a.example)');
    const article = await openArticle(browser, url);
    const comment = article.comment('first line');
    expect(await comment.getAttribute('aria-label')).toBe('Comment by Bo');
    await comment.getByText('by Twitter').waitFor();
    const time = comment.locator('time');
    expect(Date.parse((await time.getAttribute('datetime'))!)).toBeGreaterThan(Date.now() - 60_000);
    expect(await time.textContent()).toBe('now');
    expect(await comment.locator('em').textContent()).toBe('first');
    expect(await comment.getByRole('link', { name: 'link' }).getAttribute('rel')).toBe(
      'nofollow ugc noopener',
    );
    expect(await comment.locator('[part=avatar]').textContent()).toBe('B');
  });

  it('nests replies and counts all', async () => {
    const url = addressOf(stage);
    const root = await say(stage, bo, url, 'root');
    const child = await say(stage, cem, url, 'child', root.id);
    await say(stage, bo, url, 'grandchild', child.id);
    const article = await openArticle(browser, url);
    expect(await article.host.getByRole('heading', { name: '3 Comments' }).count()).toBe(1);
    expect(await article.host.locator('.roots > li > .replies > li > .replies > li').textContent()).toContain(
      'grandchild',
    );
  });

  it('indents no further than a phone is wide', async () => {
    const url = addressOf(stage);
    let parentId: number | undefined;
    for (let depth = 0; depth < 12; depth += 1) {
      ({ id: parentId } = await say(stage, depth % 2 ? bo : cem, url, `depth ${depth}`, parentId));
    }
    const article = await openArticle(browser, url, { viewport: { width: 320, height: 640 } });
    await article.button('Show more replies').click();
    await article.comment('depth 11').waitFor();
    const box = await article.comment('depth 11').boundingBox();
    expect(box!.width).toBeGreaterThan(200);
    expect(await article.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });

  it('loads more replies where they belong and goes on reading at the first of them', async () => {
    const url = addressOf(stage);
    const root = await say(stage, bo, url, 'root');
    const first = await say(stage, cem, url, 'reply 0', root.id);
    for (let n = 1; n < 6; n += 1) await say(stage, cem, url, `reply ${n}`, n === 4 ? first.id : root.id);
    const article = await openArticle(browser, url);
    await article.button('Show more replies').click();
    await article.comment('reply 5').waitFor();
    expect(await textsOf(article)).toEqual([
      'root',
      'reply 0',
      'reply 4',
      'reply 1',
      'reply 2',
      'reply 3',
      'reply 5',
    ]);
    expect(await article.button('Show more replies').count()).toBe(0);
    expect(await focused(article)).toMatch(/^comment-/);
  });

  it('loads more roots, each once, and says so when that fails', async () => {
    const url = addressOf(stage);
    for (let n = 0; n < 40; n += 1) await say(stage, bo, url, `remark ${n}`);
    const article = await openArticle(browser, url);
    expect(await article.host.getByRole('article').count()).toBe(35);
    await stage.takeDown();
    try {
      await article.button('Show more comments').click();
      await article.button('Try again').waitFor();
    } finally {
      await stage.bringBack();
    }
    await article.button('Try again').click();
    await article.comment('remark 39').waitFor();
    expect(await textsOf(article)).toEqual(Array.from({ length: 40 }, (_, n) => `remark ${n}`));
    expect(await article.button(/more comments|Try again/).count()).toBe(0);
  });

  it('changes the order of the roots', async () => {
    const url = addressOf(stage);
    for (const text of ['one', 'two', 'three']) await say(stage, bo, url, text);
    const article = await openArticle(browser, url);
    expect(await textsOf(article)).toEqual(['one', 'two', 'three']);
    await article.host.getByLabel('Sort by').selectOption('Newest');
    await expect.poll(() => textsOf(article)).toEqual(['three', 'two', 'one']);
  });

  it('shows a tombstone where a comment with replies was, and says whose hand it was', async () => {
    const url = addressOf(stage);
    const root = await say(stage, bo, url, 'I should not have');
    await say(stage, cem, url, 'But I answered', root.id);
    await decideComment(stage.world.db, 'gazette', { commentId: root.id, status: 'removed' }, new Date());
    const article = await openArticle(browser, url);
    expect(await textsOf(article)).toEqual(['This comment was removed by a moderator.', 'But I answered']);
    expect(await article.button('Reply to Cem').count()).toBe(1);
    expect(await article.button(/Reply/).count()).toBe(1);
  });

  it('goes to the comment that the fragment names, also on the page it is on already', async () => {
    const url = addressOf(stage);
    const ids: number[] = [];
    for (let n = 0; n < 20; n += 1) ids.push((await say(stage, bo, url, `remark ${n}`)).id);
    const article = await openArticle(browser, `${url}#comment-${ids[18]}`);
    await expect.poll(() => focused(article)).toBe(`comment-${ids[18]}`);
    expect(await article.comment('remark 18').evaluate(isInView)).toBe(true);
    await article.comment('remark 18').locator('time').click();
    await article.comment('remark 2').first().locator('time').click();
    await expect.poll(() => focused(article)).toBe(`comment-${ids[2]}`);
    expect(article.page.url()).toBe(`${url}#comment-${ids[2]}`);
  });

  it('fetches the comment that the fragment names, with what it answers, from beyond the first page', async () => {
    const url = addressOf(stage);
    for (let n = 0; n < 36; n += 1) await say(stage, bo, url, `remark ${n}`);
    const root = await say(stage, bo, url, 'far root');
    const child = await say(stage, cem, url, 'far child', root.id);
    await say(stage, bo, url, 'far grandchild', child.id);
    const article = await openArticle(browser, `${url}#comment-${child.id}`);
    await expect.poll(() => focused(article)).toBe(`comment-${child.id}`);
    expect((await textsOf(article)).slice(0, 3)).toEqual(['far root', 'far child', 'far grandchild']);
    // Loaded again in its own place, it is there once.
    await article.button('Show more comments').click();
    await expect.poll(async () => (await textsOf(article)).indexOf('far root')).toBe(36);
    expect((await textsOf(article)).filter((text) => text === 'far child')).toHaveLength(1);
  });

  it('leaves a fragment alone that names a comment of another thread', async () => {
    const elsewhere = await say(stage, bo, addressOf(stage), 'elsewhere');
    const article = await openArticle(browser, `${addressOf(stage)}#comment-${elsewhere.id}`);
    await article.page.waitForLoadState('networkidle');
    expect(await textsOf(article)).toEqual([]);
  });
});

describe('voting', () => {
  it('asks who is not signed in to choose an account', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'vote for me');
    const article = await openArticle(browser, url);
    await article.button(/^Vote up/).click();
    await article.reaches('chooser-required');
    await article.shows('Please log in using one of these methods to vote:');
  });

  it('counts a vote, changes it and takes it back, and knows it after a reload', async () => {
    const url = addressOf(stage);
    await say(stage, bo, url, 'vote for me');
    const article = await openAs('Ada', url);
    const up = article.button(/^Vote up/);
    const down = article.button(/^Vote down/);
    await up.click();
    await expect.poll(() => up.getAttribute('aria-pressed')).toBe('true');
    expect(await up.textContent()).toBe('1');
    await down.click();
    await expect.poll(() => down.getAttribute('aria-pressed')).toBe('true');
    expect(await up.textContent()).toBe('');
    await expect.poll(() => votesOf(url)).toEqual([-1]);
    const again = await visit(article.page, url);
    await expect.poll(() => again.button(/^Vote down/).getAttribute('aria-pressed')).toBe('true');
    await again.button(/^Vote down/).click();
    await expect.poll(() => votesOf(url)).toEqual([]);
  });

  it('is taken back on the page when the service refuses it, with the reason', async () => {
    const url = addressOf(stage);
    const posted = await say(stage, bo, url, 'vote for me');
    const article = await openAs('Ada', url);
    await decideComment(stage.world.db, 'gazette', { commentId: posted.id, status: 'rejected' }, new Date());
    await article.button(/^Vote up/).click();
    await article.shows(/This comment (is gone|was removed)/);
    expect(await article.button(/^Vote up/).getAttribute('aria-pressed')).toBe('false');
    expect(await article.button(/^Vote up/).textContent()).toBe('');
  });

  it('on one’s own comment is not offered', async () => {
    const article = await openAs('Ada', addressOf(stage));
    await article.text.fill('mine');
    await article.text.press('Control+Enter');
    await article.comment('mine').waitFor();
    expect(
      await article
        .comment('mine')
        .getByRole('button', { name: /^Vote up/ })
        .isDisabled(),
    ).toBe(true);
  });
});

describe('one’s own comment', () => {
  async function posted(text: string, url = addressOf(stage)): Promise<Article> {
    const article = await openAs('Ada', url);
    await article.text.fill(text);
    await article.text.press('Control+Enter');
    await article.reaches('posted');
    return article;
  }

  it('can be edited as it was typed, and says that it was', async () => {
    const article = await posted('Some *emphasis*');
    await article.button('Edit').click();
    const field = article.host.getByRole('textbox', { name: 'Edit' });
    expect(await field.inputValue()).toBe('Some *emphasis*');
    await field.fill('Some **strength**');
    await article.button('Save').click();
    await article.comment('Some strength').getByText('edited').waitFor();
    const again = await visit(article.page, article.url);
    expect(await again.comment('Some strength').locator('strong').textContent()).toBe('strength');
    await again.button('Edit').waitFor();
  });

  it('keeps the text when the edit is refused, and what stood there when it is cancelled', async () => {
    const article = await posted('As it was');
    await article.button('Edit').click();
    const field = article.host.getByRole('textbox', { name: 'Edit' });
    await field.fill(' ');
    await article.button('Save').click();
    await article.shows('Please enter a comment.');
    await field.press('Escape');
    await article.comment('As it was').waitFor();
    expect(await focusedText(article)).toBe('Edit');
  });

  it('can no longer be edited when the time is over', async () => {
    await stage.world.settings({ editWindowSeconds: 0 });
    try {
      const article = await posted('Too late');
      expect(await article.button('Delete').count()).toBe(1);
      expect(await article.button('Edit').count()).toBe(0);
    } finally {
      await stage.world.settings({ editWindowSeconds: 900 });
    }
  });

  it('posted on a long thread is shown at once and is there once when its page comes', async () => {
    const url = addressOf(stage);
    for (let n = 0; n < 36; n += 1) await say(stage, bo, url, `remark ${n}`);
    const article = await posted('mine at the end', url);
    expect((await textsOf(article))[0]).toBe('mine at the end');
    await article.button('Show more comments').click();
    await expect.poll(async () => (await textsOf(article)).indexOf('mine at the end')).toBe(36);
  });
});

const isInView = (node: Element) => {
  const { top, bottom } = node.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
};

const focusedText = (article: Article) =>
  article.page.evaluate(
    () => document.querySelector('parley-comments')?.shadowRoot?.activeElement?.textContent,
  );

async function votesOf(url: string): Promise<number[]> {
  const { rows } = await stage.world.pool.query(
    'select r.value from reactions r join comments c on c.site_id = r.site_id and c.id = r.comment_id join threads t on t.site_id = c.site_id and t.id = c.thread_id where t.key = $1',
    [`url:${url}`],
  );
  return rows.map(({ value }) => value);
}

/**
 * The states of one's own comment, each looked at as support/states.ts does it: being edited, deleted, refused by a
 * moderator, and offered to who wrote it as a guest. What editing and deleting do to the thread is in thread.test.ts.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideComment } from '../../src/domain/comments.ts';
import { type Article, addressOf, logIn, say, visit } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { hears, hush } from '../support/heard.ts';
import { type Stage, setStage } from '../support/stage.ts';
import { look, type OpenOptions, openIn, VARIANTS } from '../support/states.ts';
import type { Reader } from '../support/world.ts';

let stage: Stage;
let browser: TestBrowser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.settings({ mode: 'registered', editWindowSeconds: 900 });
  await stage.world.pool.query('delete from rate_limits');
});

const TEXT = 'What I *said*';
const SHOWN = 'What I said';

describe.each(VARIANTS)('in $language', (variant) => {
  const { t } = variant;

  /** An article with one comment of Ada's, who is looking at it, with a clock that can be moved. */
  async function posted(options: OpenOptions = {}): Promise<Article & { reader: Reader }> {
    const article = await openIn(stage, browser, variant, {
      as: 'Ada',
      prepare: (page) => page.clock.install(),
      ...options,
    });
    await article.text.fill(TEXT);
    await article.text.press('Control+Enter');
    await article.reaches('posted');
    await article.button(t.edit).waitFor();
    await hears(article.page, [
      `Ada: ${t.commentingAs('Google')} (${t.logOut} / ${t.change})`,
      t.posting,
      t.posted,
    ]);
    await hush(article.page);
    return article;
  }

  async function remove(article: Article): Promise<void> {
    await article.button(t.delete).click();
    await article.host
      .getByRole('group', { name: t.confirmDelete })
      .getByText(t.delete, { exact: true })
      .click();
  }

  const focused = ({ page }: Article) =>
    page.evaluate(() => {
      const node = document.querySelector('parley-comments')?.shadowRoot?.activeElement;
      return node?.id || node?.className || node?.localName;
    });

  it('EDITING(seconds left): the text as typed, the time that is left, and Save or Cancel', async () => {
    const article = await posted();
    await article.button(t.edit).click();
    const field = article.host.getByRole('textbox', { name: t.edit });
    expect(await field.inputValue()).toBe(TEXT);
    expect(await field.evaluate((node) => node.matches(':focus'))).toBe(true);
    const left = article.host.locator('article .foot .hint');
    const times = Array.from({ length: 900 }, (_, n) =>
      t.timeLeft(`${Math.floor(n / 60)}:${`${n % 60}`.padStart(2, '0')}`),
    );
    const before = times.indexOf((await left.textContent())!);
    expect(before).toBeGreaterThan(840);
    await look(article, 'EDITING(seconds left)', {
      state: 'posted',
      // The seconds are for the eye: who heard each of them would hear nothing else.
      hears: [],
      ways: [t.cancel, t.save],
    });
    await article.page.clock.runFor('01:00');
    await expect
      .poll(async () => times.indexOf((await left.textContent())!))
      .toBeLessThanOrEqual(before - 60);
    // The end is said, once, and what was typed stays.
    await field.fill(`${TEXT} and meant`);
    await article.page.clock.fastForward('15:00');
    await article.page.clock.runFor(3_000);
    await stage.world.settings({ editWindowSeconds: 0 });
    await look(article, 'EDITING over', {
      state: 'posted',
      shows: [t['edit-window-closed']],
      hears: [t['edit-window-closed']],
      ways: [t.cancel],
    });
    await article.button(t.save).click();
    await hears(article.page, [t['edit-window-closed']]);
    expect(await field.inputValue()).toBe(`${TEXT} and meant`);
  });

  it('EDITING(seconds left): what was saved is said and shown as edited', async () => {
    const article = await posted();
    await article.button(t.edit).click();
    await article.host.getByRole('textbox', { name: t.edit }).fill('What I meant');
    await article.button(t.save).click();
    await look(article, 'EDITED', {
      state: 'posted',
      shows: ['What I meant', t.edited],
      hears: [t.saved],
      ways: [t.edit],
    });
  });

  it('DELETED(undo): is asked first, whether it shall be', async () => {
    const article = await posted();
    await article.button(t.delete).click();
    await look(article, 'DELETING', {
      state: 'posted',
      shows: [t.confirmDelete],
      hears: [],
      ways: [t.keep],
    });
    await article.page.keyboard.press('Enter');
    expect(await focused(article)).toBe('delete');
    expect(await article.comment(SHOWN).count()).toBe(1);
  });

  it('DELETED(undo): for a minute it can be had back', async () => {
    const article = await posted();
    await remove(article);
    await look(article, 'DELETED(undo)', {
      state: 'collapsed',
      shows: [t.removedBy('author'), t.undo],
      hears: [t.deleted],
      ways: [t.undo],
    });
    expect(await article.host.getByRole('heading', { name: t.comments(0), exact: true }).count()).toBe(1);
    await article.page.keyboard.press('Enter');
    await look(article, 'DELETED(undo) undone', {
      state: 'collapsed',
      shows: [SHOWN],
      hears: [t.restored],
      ways: [t.delete],
    });
    const again = await visit(article.page, article.url);
    await again.comment(SHOWN).waitFor();
    expect(await again.host.getByRole('heading', { name: t.comments(1), exact: true }).count()).toBe(1);
  });

  it('DELETED(undo): after that nothing is left where nobody answered, and the focus is not lost', async () => {
    const article = await posted();
    await remove(article);
    await article.button(t.undo).waitFor();
    expect(await focused(article)).toBe('undo');
    await article.page.clock.fastForward('01:00');
    await expect.poll(() => article.host.getByRole('article').count()).toBe(0);
    await look(article, 'DELETED(undo) over', { state: 'collapsed', shows: [t.none], hears: [t.deleted] });
    expect(await focused(article)).toBe('thread');
    const again = await visit(article.page, article.url);
    await again.shows(t.none);
    expect(await again.host.getByRole('article').count()).toBe(0);
  });

  it('DELETED(undo): where somebody answered, the place is kept', async () => {
    const article = await posted();
    const { rows } = await stage.world.pool.query(
      "select id from comments where site_id = 'gazette' and user_id = $1 order by id desc limit 1",
      [article.reader.userId],
    );
    const bo = await stage.world.reader('Bo', { origin: stage.gazette.url });
    await say(stage, bo, article.url, 'I ask', Number(rows[0].id));
    await remove(article);
    await article.button(t.undo).waitFor();
    await article.page.clock.fastForward('01:00');
    await expect.poll(() => article.button(t.undo).count()).toBe(0);
    await look(article, 'DELETED with answers', {
      state: 'collapsed',
      shows: [t.removedBy('author')],
      hears: [t.deleted],
    });
  });

  it('REJECTED(reason): its author alone is told that a comment was not accepted', async () => {
    const url = addressOf(stage);
    const ada = await stage.world.reader('Ada', { origin: stage.gazette.url });
    const comment = await say(stage, ada, url, TEXT);
    await decideComment(stage.world.db, 'gazette', { commentId: comment.id, status: 'rejected' }, new Date());
    const article = await openIn(stage, browser, variant, { as: 'Ada', url });
    await article.comment(SHOWN).waitFor();
    await look(article, 'REJECTED by a moderator', {
      state: 'collapsed',
      shows: [SHOWN, t.rejected],
      hears: [],
      ways: [t.delete],
    });
    expect(await article.button(t.edit).count()).toBe(0);
    const stranger = await openIn(stage, browser, variant, { url });
    expect(await stranger.comment(SHOWN).count()).toBe(0);
  });

  it('CLAIM: who wrote as a guest and then signs in is asked whether it was they', async () => {
    await stage.world.settings({ mode: 'open' });
    const article = await openIn(stage, browser, variant);
    await article.text.fill(TEXT);
    await article.host.getByLabel(t.name).fill('Guy');
    await article.button(t.post).click();
    await article.reaches('posted');
    await article.text.fill('And');
    await article.button(t.change).click();
    await hush(article.page);
    await logIn(article, 'Google', `Ada of ${variant.language}`);
    await article.shows(t.claimOffer);
    await look(article, 'CLAIM', {
      state: 'logged-in',
      shows: [TEXT, t.claimOffer],
      hears: [
        t.connecting('Google'),
        `Ada of ${variant.language}: ${t.commentingAs('Google')} (${t.logOut} / ${t.change})`,
        t.claimOffer,
      ],
      text: 'And',
      ways: [t.claim, t.notMine],
    });
    await article.button(t.claim).click();
    await hears(article.page, [t.claimed]);
    await article.comment(SHOWN).getByText(`Ada of ${variant.language}`).waitFor();
  });
});

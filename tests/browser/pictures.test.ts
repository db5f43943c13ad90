/** Readers' pictures in a real Chromium: copied to the service, shown beside a comment, and initials wherever not. */
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Article, addressOf, logIn, mirror, openArticle, say, visit } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';

let stage: Stage;
let browser: TestBrowser;
let names = 0;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage({ withJobs: true }), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await stage.end();
});
beforeEach(async () => {
  await stage.world.pool.query('delete from rate_limits');
});

/** A comment under `url` by somebody whose picture lies on the service. */
async function saidWithPicture(url: string): Promise<{ src: string }> {
  const name = `Pat Picture ${++names}`;
  const article = await openArticle(browser, addressOf(stage));
  await article.text.fill('Hello');
  await logIn(article, 'Google', name);
  await article.reaches('logged-in');
  const picture = async () =>
    (await stage.world.pool.query('select id, user_id, picture from identities where name = $1', [name]))
      .rows[0];
  await expect.poll(async () => (await picture()).picture, { timeout: 10_000 }).not.toBeNull();
  const { picture: file, id, user_id } = await picture();
  const reader = await stage.world.reader('Somebody', { origin: stage.gazette.url });
  const { id: commentId } = await say(stage, reader, url, 'With a picture');
  await stage.world.pool.query('update comments set identity_id = $1, user_id = $2 where id = $3', [
    id,
    user_id,
    commentId,
  ]);
  return { src: `${stage.service}/pictures/${file}` };
}

const avatarOf = (article: Article): Locator => article.comment('With a picture').locator('[part=avatar]');

const ownOf = (article: Article): Locator => article.host.locator('[part=identity] ~ [part=avatar]');

/** Where the drawn picture came from, and its width; nothing while or where there is none. */
const drawn = (avatar: Locator) =>
  avatar.evaluate((node) => {
    // What is far from the window is not laid out, and asks for no picture.
    node.scrollIntoView({ block: 'nearest' });
    const image = node.querySelector('img');
    return image?.complete && image.naturalWidth ? [image.src, image.naturalWidth] : [];
  });

const policy = (images: string) => ({
  'content-security-policy': [
    "default-src 'none'",
    `script-src ${stage.service}`,
    `connect-src ${stage.service}`,
    "style-src 'self'",
    `img-src ${images}`,
    "require-trusted-types-for 'script'",
    'trusted-types parley',
  ].join('; '),
});

describe('the picture of a reader', () => {
  it('comes into the reply box by itself after the first sign-in', async () => {
    const article = await openArticle(browser, addressOf(stage));
    await article.text.fill('I am still writing');
    await logIn(article, 'Facebook', 'Wren Writer');
    await article.reaches('logged-in');
    await expect.poll(() => drawn(ownOf(article)), { timeout: 15_000 }).toEqual([expect.any(String), 96]);
    expect(await article.text.inputValue()).toBe('I am still writing');
    await article.reaches('logged-in');
  });

  it('is there when they come back, in the reply box and beside their comment, from the service alone', async () => {
    const url = addressOf(stage);
    const article = await openArticle(browser, url);
    const asked: string[] = [];
    article.page.on('request', (request) => {
      if (request.resourceType() === 'image') asked.push(new URL(request.url()).origin);
    });
    await article.text.fill('With a picture');
    await logIn(article, 'Twitter', 'Robin Reader');
    await article.reaches('logged-in');
    await article.button('Post Comment').click();
    await article.reaches('posted');
    const shown = () => visit(article.page, url).then((again) => drawn(avatarOf(again)));
    await expect
      .poll(shown, { timeout: 15_000 })
      .toEqual([expect.stringMatching(/\/pictures\/[\w-]{22}$/), 96]);
    await article.text.click(); // the box opens
    await expect.poll(() => drawn(ownOf(article))).toEqual(await drawn(avatarOf(article)));
    expect(new Set(asked)).toEqual(new Set([stage.gazette.url, stage.service]));
  });

  it('is shown under a policy that names the service for pictures', async () => {
    const strict = await mirror(stage, policy(`'self' ${stage.service}`));
    const { src } = await saidWithPicture(strict.url);
    const article = await openArticle(browser, strict.url);
    await expect.poll(() => drawn(avatarOf(article))).toEqual([src, 96]);
    strict.close();
  });

  it('gives way to the initials under a policy that does not', async () => {
    const strict = await mirror(stage, policy("'self'"));
    await saidWithPicture(strict.url);
    const article = await openArticle(browser, strict.url);
    await avatarOf(article).scrollIntoViewIfNeeded();
    await expect.poll(() => avatarOf(article).textContent()).toMatch(/^P\d+$/);
    expect(await avatarOf(article).locator('img').count()).toBe(0);
    strict.close();
  });

  it('gives way to the initials when it is gone meanwhile', async () => {
    const url = addressOf(stage);
    const { src } = await saidWithPicture(url);
    const article = await openArticle(browser, url, {
      prepare: (page) => page.route(src, (route) => route.fulfill({ status: 404 })),
    });
    await avatarOf(article).scrollIntoViewIfNeeded();
    await expect.poll(() => avatarOf(article).textContent()).toMatch(/^P\d+$/);
  });
});

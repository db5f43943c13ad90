/**
 * What the embed keeps in the article's browser, any other script of the article can write, too. Whatever stands there,
 * the comments are shown and a comment can be posted; nothing is broken for ever.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf, openArticle, signedIn } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';

let stage: Stage;
let browser: TestBrowser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.end();
});

const ORDER = () => 'parley.order';
const FOLDED = (url: string) => `parley.folded.gazette url:${url}`;
const DRAFT = (url: string) => `parley.draft.gazette url:${url}`;

it.each<[string, (url: string) => string, unknown]>([
  ['an order that is none', ORDER, 'evil'],
  ['an order that is an object', ORDER, {}],
  ['an order that is a number', ORDER, 5],
  ['folds that are a number', FOLDED, 5],
  ['folds that are an object', FOLDED, {}],
  ['a draft that is a number', DRAFT, 5],
  ['a draft that is a string', DRAFT, 'x'],
  ['a draft that is a list', DRAFT, []],
  ['a draft without anything', DRAFT, {}],
  ['a draft that was sent as a number', DRAFT, { text: 'x', sent: 5 }],
  ['a draft that was sent without a body', DRAFT, { text: 'x', sent: {} }],
  ['a draft that answers no comment', DRAFT, { text: 'x', parent: { id: 'a' } }],
  ['an intention of another time', DRAFT, { text: 'x', wanted: 5 }],
])('%s in the storage hinders nobody', async (_what, nameOf, value) => {
  const url = addressOf(stage);
  const article = await openArticle(browser, url, {
    prepare: async (page) => {
      await signedIn(stage, page, 'Ada');
      await page.addInitScript(
        ([name, text]) => localStorage.setItem(name!, text!),
        [nameOf(url), JSON.stringify(value)],
      );
    },
  });
  expect(await article.text.inputValue()).not.toBe('undefined');
  await article.text.fill('Posted all the same');
  await article.button('Post Comment').click();
  await article.reaches('posted');
});

it('a key that no header can carry leaves the box with Try again, which posts', async () => {
  const url = addressOf(stage);
  const text = 'Sent before, somebody says';
  const body = { key: `url:${url}`, url, title: 'x', parentId: null, text };
  const article = await openArticle(browser, url, {
    prepare: async (page) => {
      await signedIn(stage, page, 'Ada');
      await page.addInitScript(
        ([name, draft]) => localStorage.setItem(name!, draft!),
        [DRAFT(url), JSON.stringify({ text, parent: null, sent: { key: 'schlüssel ☃ ☃', body } })],
      );
    },
  });
  await article.button('Post Comment').click();
  await article.reaches('posted');
});

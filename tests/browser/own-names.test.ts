/**
 * The bundler shortens names that the embed's files use among themselves. One that the API, the DOM or a browser's
 * storage knows as well would be shortened there, too, and found by nobody.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OWN_NAMES } from '../../src/edge/embed-bundle.ts';
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

it('are names of no field that the API sends or takes', async () => {
  const names = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'properties') for (const field of Object.keys(inner as object)) names.add(field);
      collect(inner);
    }
  };
  collect((await stage.world.call('GET', '/openapi.json')).json);
  expect(names).toContain('editableUntil');
  expect(OWN_NAMES.filter((name) => names.has(name))).toEqual([]);
});

it('are names of nothing in a page, nor of what the embed keeps there', async () => {
  const article = await openArticle(browser, addressOf(stage), {
    prepare: (page) => signedIn(stage, page, 'Ada'),
  });
  await article.text.fill('Kept while it is typed');
  const known = await article.page.evaluate(() => {
    const names = new Set<string>();
    const roots: unknown[] = [document.documentElement.style];
    for (const name of Object.getOwnPropertyNames(window)) {
      names.add(name);
      const value = Object.getOwnPropertyDescriptor(window, name)?.value;
      if (typeof value === 'function') roots.push(value, value.prototype);
    }
    for (const root of roots) {
      for (let at = root; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
        for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    }
    for (const text of Object.values(localStorage))
      JSON.stringify(JSON.parse(text), (name, value) => {
        names.add(name);
        return value;
      });
    return [...names];
  });
  expect(known).toEqual(expect.arrayContaining(['getElementById', 'replaceChildren', 'expiresAt', 'parent']));
  expect(OWN_NAMES.filter((name) => known.includes(name))).toEqual([]);
});

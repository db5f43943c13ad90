/**
 * The discussion on a page of our own, in a browser that runs no script: read, sign in, write, answer, delete, as a
 * reader does it, by keyboard, on a phone and on a wide screen. And what a search engine reads in the fragment.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressOf, allow, say } from '../support/article.ts';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Stage, setStage } from '../support/stage.ts';
import type { Reader } from '../support/world.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let stage: Stage;
let browser: TestBrowser;
let bo: Reader;
let article: string;
let address: string;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), openBrowser()]);
  bo = await stage.world.reader('Bo Ek', { origin: stage.gazette.url, provider: 'github' });
});
afterAll(async () => {
  await browser?.close();
  await stage?.end();
});
beforeEach(async () => {
  article = addressOf(stage);
  address = `${stage.service}/comments/gazette?key=${encodeURIComponent(`url:${article}`)}`;
  await stage.world.pool.query('delete from rate_limits');
  await stage.world.settings({ mode: 'registered', moderation: 'none', maxLength: 4000 });
});

const open = async (options: BrowserContextOptions = {}, url = address) => {
  const page = await browser.newPage({ javaScriptEnabled: false, ...options });
  await page.goto(url);
  return page;
};

/** From a provider's button through the provider and Continue, back to the page. */
async function logIn(page: Page, provider: string, name: string): Promise<void> {
  await page.getByRole('button', { name: provider }).click();
  await page.getByText(`Simulated ${provider}`).first().waitFor();
  await allow(page, name);
  await page.getByRole('button', { name: `Continue as ${name}` }).click();
  await page.getByText('You are commenting using').waitFor();
}

const comment = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text });

describe('without script', () => {
  it('a reader reads, logs in, posts, answers, deletes and logs out', async () => {
    await say(stage, bo, article, 'The tide was late, too.');
    const page = await open();
    expect(await comment(page, 'The tide').textContent()).toContain('by GitHub');
    await logIn(page, 'Google', 'Ada Lovelace');

    await page.getByLabel('Your comment').fill('By **hand**.');
    await page.getByRole('button', { name: 'Post Comment' }).click();
    await comment(page, 'By hand.').waitFor();
    expect(new URL(page.url()).hash).toMatch(/^#comment-\d+$/);

    await page.getByRole('link', { name: 'Reply to Bo Ek' }).click();
    await page.getByRole('heading', { name: 'Leave a Reply to Bo Ek' }).waitFor();
    await page.getByRole('link', { name: 'Cancel reply' }).click();
    await page.getByRole('heading', { name: 'Leave a Reply', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Reply to Bo Ek' }).click();
    await page.getByLabel('Your comment').fill('An answer.');
    await page.getByRole('button', { name: 'Post Comment' }).click();
    await page.locator('ol.replies').filter({ hasText: 'An answer.' }).waitFor();

    await comment(page, 'By hand.').getByRole('link', { name: 'Delete this comment' }).click();
    await page.getByRole('heading', { name: 'Delete this comment?' }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: '2 Comments' }).waitFor();
    expect(await comment(page, 'By hand.').count()).toBe(0);

    await page.getByRole('button', { name: 'Log Out' }).click();
    await page.getByText('Please log in using one of these methods').waitFor();
  });

  it('the article leads to the page, and the page back', async () => {
    const { url, title } = stage.gazette.articles[0]!;
    const page = await open({}, url);
    await page.getByRole('link', { name: 'Read the comments and leave a reply' }).click();
    await page.getByRole('heading', { name: 'Leave a Reply' }).waitFor();
    await page.getByRole('link', { name: 'Back to the article' }).click();
    await page.getByRole('heading', { name: title }).waitFor();
  });

  it('a text survives a session that ended: it comes back from the sign-in, to be posted', async () => {
    const page = await open();
    await logIn(page, 'Google', 'Ada');
    await page.getByLabel('Your comment').fill('A long thought.\nIn two lines.');
    await stage.world.pool.query('delete from sessions where user_id <> $1', [bo.userId]);
    await page.getByRole('button', { name: 'Post Comment' }).click();
    await page.getByRole('alert').getByText('Your login has expired.').waitFor();
    await logIn(page, 'GitHub', 'Ada');
    expect(await page.getByLabel('Your comment').inputValue()).toBe('A long thought.\nIn two lines.');
    await page.getByRole('button', { name: 'Post Comment' }).click();
    await comment(page, 'A long thought.').waitFor();
  });

  it('what was refused stands in the form, with the sentence in view, and the next Tab leads to the text', async () => {
    for (let n = 0; n < 12; n++) await say(stage, bo, article, `Remark ${n}`);
    const page = await open();
    await logIn(page, 'Google', 'Ada');
    await stage.world.settings({ maxLength: 5 });
    await page.getByLabel('Your comment').fill('Too long by far');
    await page.getByRole('button', { name: 'Post Comment' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('10 characters too long').waitFor();
    const box = (await alert.boundingBox())!;
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.y).toBeLessThan(page.viewportSize()!.height);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Short');
    await page.getByRole('button', { name: 'Post Comment' }).click();
    await comment(page, 'Short').waitFor();
  });

  it('a guest fills in who they are, and Return in a field posts', async () => {
    await stage.world.settings({ mode: 'open-required' });
    const page = await open();
    await page.getByLabel('Your comment').fill('From a guest.');
    await page.getByLabel('Email').fill('grace@secret.example');
    await page.getByLabel('Name').fill('Grace');
    await page.getByLabel('Name').press('Enter');
    await comment(page, 'From a guest.').waitFor();
    expect(await comment(page, 'From a guest.').textContent()).toMatch(/Grace\s+Guest/);
    await page.getByText('You are commenting as a guest.').waitFor();
  });

  it('the keyboard alone is enough', async () => {
    await say(stage, bo, article, 'A remark.');
    const page = await open();
    const tabTo = async (name: string) => {
      for (let n = 0; n < 40; n++) {
        await page.keyboard.press('Tab');
        const focused = page.locator(':focus');
        if ((await focused.count()) && (await focused.textContent())?.trim() === name) return;
      }
      throw new Error(`Tab never came to ${name}`);
    };
    await tabTo('Google');
    await page.keyboard.press('Enter');
    await page.getByText('Simulated Google').first().waitFor();
    await allow(page, 'Ada');
    await page.getByRole('button', { name: 'Continue as Ada' }).waitFor();
    await tabTo('Continue as Ada');
    await page.keyboard.press('Enter');
    await page.getByText('You are commenting using').waitFor();
    await page.getByLabel('Your comment').focus();
    await page.keyboard.type('Typed.');
    await tabTo('Post Comment');
    await page.keyboard.press('Space');
    await comment(page, 'Typed.').waitFor();
  });
});

describe('everybody', () => {
  const SCREENS = [
    { viewport: { width: 320, height: 640 }, colorScheme: 'light' },
    { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
    { viewport: { width: 1600, height: 900 }, colorScheme: 'light' },
    { viewport: { width: 1600, height: 900 }, colorScheme: 'dark' },
  ] as const;

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const results = await page.evaluate(() => {
      const { axe } = window as unknown as { axe: { run(options: object): Promise<AxeResults> } };
      return axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      });
    });
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  }

  it.each(SCREENS)(
    'finds nothing in the way and nothing cut off ($viewport.width, $colorScheme)',
    async (screen) => {
      await stage.world.settings({ mode: 'open-required' });
      const wide = `${'unbroken'.repeat(20)} https://a.example/${'x'.repeat(90)}\n\n    ${'code '.repeat(40)}\n\n> quoted\n\n1. one`;
      let id = (await say(stage, bo, article, wide)).id;
      for (let depth = 1; depth <= 5; depth++)
        id = (await say(stage, bo, article, `Depth ${depth}: ${wide}`, id)).id;
      const doomed = await say(stage, bo, article, 'Doomed.');
      await say(stage, bo, article, 'Why?', doomed.id);
      await stage.world.call('DELETE', `gazette/comments/${doomed.id}`, {
        as: bo,
        headers: { Origin: stage.gazette.url },
      });
      const page = await browser.newPage(screen); // axe is script, the pages have none
      const look = async (what: string) => {
        expect(await violations(page), what).toEqual([]);
        const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.evaluate(overflow), what).toBe(0);
      };
      for (const query of ['', `&reply=${id}`]) {
        await page.goto(address + query);
        await look(`signed out${query}`);
      }
      await page.goto(`${stage.service}/comments/gazette`);
      await look('refused');
      await stage.world.settings({ mode: 'registered' });
      await page.goto(address);
      await look('registered');
      await page.getByRole('button', { name: 'Google' }).click();
      await page.getByText('Simulated Google').first().waitFor();
      await allow(page, 'Ada');
      await page.getByRole('button', { name: 'Continue as Ada' }).click();
      await page.getByLabel('Your comment').fill('Mine.');
      await page.getByRole('button', { name: 'Post Comment' }).click();
      await comment(page, 'Mine.').waitFor();
      await look('signed in');
      await page.getByLabel('Your comment').fill('x'.repeat(4001));
      await page.getByRole('button', { name: 'Post Comment' }).click();
      await page.getByRole('alert').waitFor();
      await look('refused text');
      await page.getByRole('link', { name: 'Delete this comment' }).click();
      await page.getByRole('heading', { name: 'Delete this comment?' }).waitFor();
      await look('deleting');
    },
  );
});

describe('the fragment', () => {
  interface Item {
    type: string | undefined;
    id: string | undefined;
    properties: Record<string, unknown[]>;
  }

  /** Microdata as the HTML standard reads it (section 5.5, "Converting HTML to other formats: JSON"). */
  function readMicrodata(): Item[] {
    const readValue = (node: Element): unknown => {
      if (node.hasAttribute('itemscope')) return itemOf(node);
      if (node.tagName === 'META') return node.getAttribute('content');
      if (node.tagName === 'A' || node.tagName === 'LINK') return (node as HTMLAnchorElement).href;
      return node.tagName === 'TIME' ? (node as HTMLTimeElement).dateTime : node.textContent;
    };
    const itemOf = (root: Element): Item => {
      const properties: Record<string, unknown[]> = {};
      const walk = (parent: Element) => {
        for (const node of parent.children) {
          const names = node.getAttribute('itemprop')?.split(/\s+/) ?? [];
          for (const name of names) properties[name] = [...(properties[name] ?? []), readValue(node)];
          if (!node.hasAttribute('itemscope')) walk(node);
        }
      };
      walk(root);
      const of = (name: string) => root.getAttribute(name) ?? undefined;
      return { type: of('itemtype'), id: of('itemid'), properties };
    };
    return [...document.querySelectorAll('[itemscope]:not([itemprop])')].map(itemOf);
  }

  it('says in microdata who wrote what, when, in answer to what', async () => {
    const root = await say(stage, bo, article, 'The *root*.');
    const reply = await say(stage, bo, article, 'The reply.', root.id);
    const deep = await say(stage, bo, article, 'Deeper.', reply.id);
    const ada = await stage.world.reader('Ada', { origin: stage.gazette.url });
    const headers = { Origin: stage.gazette.url };
    await stage.world.call('PUT', `gazette/comments/${root.id}/reaction`, {
      as: ada,
      headers,
      body: { value: 1 },
    });
    const response = await fetch(address.replace('gazette?', 'gazette/fragment?'));
    const page = await browser.newPage();
    await page.setContent(await response.text());
    const items = await page.evaluate(readMicrodata);
    const at = (id: number) => `${stage.service}/comments/gazette?comment=${id}#comment-${id}`;
    expect(items).toMatchObject([
      {
        type: 'https://schema.org/Comment',
        id: at(root.id),
        properties: {
          author: [{ type: 'https://schema.org/Person', properties: { name: ['Bo Ek'] } }],
          text: ['The root.\n'],
          url: [at(root.id)],
          upvoteCount: ['1'],
          downvoteCount: ['0'],
        },
      },
      {
        id: at(reply.id),
        properties: { parentItem: [at(root.id)], text: ['The reply.\n'], upvoteCount: ['0'] },
      },
      { id: at(deep.id), properties: { parentItem: [at(reply.id)] } },
    ]);
    expect(items[0]?.properties.parentItem).toBeUndefined();
    for (const { properties } of items) {
      const [created] = properties.dateCreated as [string];
      expect(new Date(created).toISOString()).toBe(created);
    }
  });

  it('leads to the page, which leads to the article', async () => {
    await say(stage, bo, article, 'A remark.');
    const page = await browser.newPage({ javaScriptEnabled: false });
    await page.setContent(await (await fetch(address.replace('gazette?', 'gazette/fragment?'))).text());
    await page.getByRole('link', { name: 'Read all comments and reply' }).click();
    await page.getByRole('link', { name: 'Back to the article' }).click();
    await page.waitForURL(article);
  });
});

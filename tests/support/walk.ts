/**
 * The way of a reader through everything that most of them ever do: read, write, sign in, answer, edit, delete, take
 * that back, log out. Holds the way, and two pairs of hands to go it with; the conditions it is gone under, and what
 * they ask of each step, stand in the tests.
 */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { english, type Texts } from '../../embed/texts.ts';
import { rareEnglish } from '../../embed/texts-rare.ts';
import { writingEnglish } from '../../embed/texts-writing.ts';
import { type Article, allow } from './article.ts';
import type { Stage } from './stage.ts';

export const ENGLISH: Texts = { ...english, ...rareEnglish, ...writingEnglish };

/** More Tabs than the page has places to stop at. */
const TABS = 80;

/** How things are done. A `within` is the text of the comment that the button belongs to. */
export interface Hands {
  press(name: string, within?: string): Promise<void>;
  write(text: string): Promise<void>;
}

export function mouse({ page, host, text, comment }: Article): Hands {
  return {
    async press(name, within) {
      const place = within === undefined ? host : comment(within);
      await place.getByRole('button', { name, exact: true }).click();
    },
    async write(words) {
      // In the box, or in the comment that is being edited.
      const focused = await page.evaluate(
        () => document.querySelector('parley-comments')?.shadowRoot?.activeElement?.localName,
      );
      if (focused !== 'textarea') await text.click();
      await page.keyboard.press('Control+A');
      await page.keyboard.type(words);
    },
  };
}

/** Where the focus is, as somebody sees it who looks at the page. */
export function standing(page: Page) {
  return page.evaluate(() => {
    const node = document.querySelector('parley-comments')?.shadowRoot?.activeElement as HTMLElement | null;
    if (!node) return undefined;
    const root = node.getRootNode() as ShadowRoot;
    const { outlineStyle, outlineWidth } = getComputedStyle(node);
    const label = root.getElementById(node.getAttribute('aria-labelledby') ?? '');
    const frame = node.localName === 'textarea' ? node.closest('form') : null;
    const { top, bottom } = node.getBoundingClientRect();
    return {
      name: (node.ariaLabel ?? (label ?? node).textContent ?? '').trim(),
      tag: node.localName,
      within: node.closest('article')?.textContent ?? '',
      // A textarea is framed by its form.
      isSeen: frame
        ? getComputedStyle(frame).boxShadow !== 'none'
        : outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
      isInView: bottom > 0 && top < innerHeight,
    };
  });
}

/** Nothing but keys. Whatever has the focus when it is needed is used; else Tab leads there, and each stop is seen. */
export function keyboard(page: Page): Hands {
  let presses = 0;
  async function reach(isIt: (at: NonNullable<Awaited<ReturnType<typeof standing>>>) => boolean) {
    const passed: string[] = [];
    for (let tabs = 0; tabs < TABS; tabs += 1) {
      const at = await standing(page);
      if (at && tabs > 0) expect(at).toMatchObject({ name: at.name, isSeen: true, isInView: true });
      if (at && isIt(at)) return;
      passed.push(at?.name ?? '');
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never came there, only to ${passed.join(', ')}`);
  }
  return {
    async press(name, within = '') {
      await reach((at) => at.tag === 'button' && at.name === name && at.within.includes(within));
      await page.keyboard.press(presses++ % 2 ? 'Space' : 'Enter');
    },
    async write(text) {
      await reach(({ tag }) => tag === 'textarea');
      await page.keyboard.press('Control+A');
      await page.keyboard.type(text);
    },
  };
}

export interface WalkOptions {
  /** Whose account; each walk has a reader of its own. */
  name: string;
  t?: Texts;
  hands?: Hands;
  /** Looks at the page after a step. */
  look?(step: string): Promise<void>;
}

/** How often a comment with this text is stored and not removed. */
export async function stored(stage: Stage, text: string): Promise<number> {
  const { rows } = await stage.world.pool.query(
    "select count(*)::int as n from comments where raw = $1 and status <> 'removed'",
    [text],
  );
  return rows[0].n;
}

/** Goes it, on an article where `bo` has said something. Fails where anything is not as it is for everybody. */
export async function walk(
  stage: Stage,
  article: Article,
  { name, t = ENGLISH, hands = mouse(article), look = async () => {} }: WalkOptions,
): Promise<void> {
  const { page, host, comment, reaches } = article;
  const [said, answer, changed] = [`${name} was here`, `${name} answers`, `${name} was there`];
  await comment('Bo was first').waitFor();
  await look('read');

  await hands.write(said);
  await host.getByRole('button', { name: 'Google', exact: true }).waitFor();
  await look('write');
  await hands.press(t.post);
  await reaches('pending-auto-post');
  await look('ask');

  const [popup] = await Promise.all([page.waitForEvent('popup'), hands.press('Google')]);
  await popup.getByText('Simulated Google').first().waitFor();
  await reaches('connecting');
  await look('connect');
  await allow(popup, name);
  const go = popup.getByRole('button', { name: `Continue as ${name}` });
  await expect.poll(() => go.isEnabled()).toBe(true);
  await go.press('Enter');
  await reaches('posted');
  await expect.poll(() => popup.isClosed()).toBe(true);
  await comment(said).waitFor();
  expect(await stored(stage, said)).toBe(1);
  await look('posted');

  await hands.press(t.replyTo('Bo'), 'Bo was first');
  await reaches('logged-in');
  await hands.write(answer);
  await look('answer');
  await hands.press(t.post);
  await reaches('posted');
  await comment(answer).waitFor();
  expect(await stored(stage, answer)).toBe(1);
  await look('answered');

  await hands.press(t.edit, said);
  await host.getByRole('button', { name: t.save, exact: true }).waitFor();
  await look('edit');
  await hands.write(changed);
  await hands.press(t.save);
  await comment(changed).waitFor();
  expect(await stored(stage, changed)).toBe(1);
  await look('edited');

  await hands.press(t.delete, changed);
  await host.getByRole('button', { name: t.keep, exact: true }).waitFor();
  await look('delete');
  await hands.press(t.delete, t.confirmDelete);
  await host.getByRole('button', { name: t.undo, exact: true }).waitFor();
  expect(await stored(stage, changed)).toBe(0);
  await look('deleted');
  await hands.press(t.undo);
  await comment(changed).waitFor();
  expect(await stored(stage, changed)).toBe(1);
  await look('undone');

  // Opens the box, and leaves nothing in it.
  await hands.write('x');
  await page.keyboard.press('Backspace');
  await hands.press(t.logOut);
  await reaches('chooser-required');
  await look('out');
}

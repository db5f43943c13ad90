/**
 * What a screen reader would say of a page: the text of each live region each time it changes, in order. Holds the
 * listening alone, which begins before anything runs in the page; what should be heard stands in the tests.
 */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** To be called before the page is opened. Hears the live regions of every shadow root. */
export async function listen(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    const { attachShadow } = Element.prototype;
    Element.prototype.attachShadow = function (init) {
      const root = attachShadow.call(this, init);
      // Called when a task has ended: what was replaced before that, nobody could say.
      new MutationObserver((records) => {
        const regions = new Set<Element>();
        for (const { target } of records) {
          const at = target instanceof Element ? target : target.parentElement;
          // A region that came together with its text says nothing, but for an alert.
          const region = at?.closest('[role=status], [role=alert]');
          if (region) regions.add(region);
        }
        for (const { addedNodes } of records) {
          for (const node of addedNodes) {
            if (!(node instanceof Element)) continue;
            for (const alert of [node, ...node.querySelectorAll('*')])
              if (alert.role === 'alert') regions.add(alert);
          }
        }
        for (const region of regions) {
          const text = region.textContent?.trim();
          if (region.isConnected && text) heard.push(text);
        }
      }).observe(root, { subtree: true, childList: true, characterData: true });
      return root;
    };
  });
}

/** Waits until just this was heard since the last call, in this order, and nothing else. */
export async function hears(page: Page, texts: string[]): Promise<void> {
  const read = () => page.evaluate(() => [...(window as unknown as { heard: string[] }).heard]);
  await expect.poll(read, { timeout: 10_000 }).toEqual(texts);
}

/** Forgets what was heard. */
export async function hush(page: Page): Promise<void> {
  await page.evaluate(() => {
    (window as unknown as { heard: string[] }).heard.length = 0;
  });
}

/** Asks axe-core what keeps somebody from using the element. Holds the rules that are asked for. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What is wrong, one line a rule. */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const results = await page.evaluate((runOnly) => {
    const { axe } = window as unknown as {
      axe: { run(node: Element | null, options: object): Promise<AxeResults> };
    };
    return axe.run(document.querySelector('parley-comments'), { runOnly, resultTypes: ['violations'] });
  }, RULES);
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

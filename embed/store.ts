/**
 * What the embed remembers on the article's origin. Holds reading and writing of localStorage with this tab's memory
 * behind it; it does not know what is kept. Nothing here throws: with storage denied every access to it does, and the
 * embed must work on, until the page is left.
 */

const memory = new Map<string, string>();

/** The value kept under `name`, or undefined; what another program wrote there and is no JSON counts as absent. */
export function recall<T>(name: string): T | undefined {
  let text = memory.get(name);
  try {
    text ??= localStorage.getItem(name) ?? undefined;
  } catch {}
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {}
}

/** Keeps `value`, or forgets what was kept when it is undefined. False: it will not outlive this page. */
export function keep(name: string, value: unknown): boolean {
  memory.delete(name);
  const text = JSON.stringify(value);
  try {
    if (value === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
    return true;
  } catch {
    // Full or denied. A stale value must not come back once the memory of this tab is gone.
    if (value !== undefined) memory.set(name, text);
    return false;
  }
}

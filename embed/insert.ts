/** Changing a text as if it had been typed. Holds the one way in which the writing tools do so. */

/** Of what is typed in. Chromium takes a time that grows with their square: two thousand would freeze the page for
 *  two seconds, four thousand for nine. */
const MAX_LINE_ENDS = 100;

/** Puts `by` in place of what stands from `from` to `to`, and selects from `start` to `end`: behind it, if not said. The
 *  reader can undo it: `execCommand` is the only way into a browser's undo stack, however deprecated. What has more
 *  lines is set at once instead, and cannot be undone: better than a page that stands still. */
export function replace(
  text: HTMLTextAreaElement,
  from: number,
  to: number,
  by: string,
  start = from + by.length,
  end = start,
): void {
  // While its comment is being posted, a text stays as it is.
  if (text.readOnly) return;
  text.focus();
  text.setSelectionRange(from, to);
  const isLong = by.split('\n').length > MAX_LINE_ENDS + 1;
  if (isLong || !document.execCommand(by ? 'insertText' : 'delete', false, by)) {
    text.setRangeText(by);
    // As that of a key does, it reaches whoever listens around the text.
    text.dispatchEvent(new Event('input', { bubbles: true }));
  }
  text.setSelectionRange(start, end);
}

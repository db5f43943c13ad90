/** Changing a text as if it had been typed. Holds the one way in which the writing tools do so. */

/** Puts `by` in place of what stands from `from` to `to`, and selects from `start` to `end`: behind it, if not said. The
 *  reader can undo it: `execCommand` is the only way into a browser's undo stack, however deprecated. */
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
  if (!document.execCommand(by ? 'insertText' : 'delete', false, by)) {
    text.setRangeText(by);
    text.dispatchEvent(new Event('input'));
  }
  text.setSelectionRange(start, end);
}

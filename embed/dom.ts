/**
 * Making nodes. Holds the one helper that all views build with, icons, and the one place where HTML that the service
 * sanitised enters the document. No inline style and no inline handler, so that a strict Content-Security-Policy of
 * the article has nothing to refuse.
 */

type Child = Node | string | null | undefined | false;
type Props = Record<string, string | false | null | undefined | true | ((event: never) => unknown)>;

/** Makes an element. Functions become listeners of the event they are named after, `true` an empty attribute; false,
 *  null and undefined are left out, among the attributes as among the children. A `part` is a class, too. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  if (props.part) node.className = props.part as string;
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') node.addEventListener(name, value as EventListener);
    else if (value || value === '') node.setAttribute(name, value === true ? '' : (value as string));
  }
  node.append(...(children.filter(Boolean) as Node[]));
  return node;
}

/** A button that submits nothing. */
export const button = (label: Child, click: () => unknown, props: Props = {}, ...more: Child[]) =>
  h('button', { type: 'button', click, ...props }, label, ...more);

/** A picture drawn by one path in a 24 × 24 box, in the colour of the text; screen readers skip it. */
export function icon(path: string): SVGSVGElement {
  const make = (name: string) => document.createElementNS('http://www.w3.org/2000/svg', name);
  const svg = make('svg') as SVGSVGElement;
  const shape = make('path');
  shape.setAttribute('d', path);
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(shape);
  return svg;
}

type Policy = { createHTML(html: string): string };
let policy: Policy | undefined;
try {
  policy = (
    window as unknown as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }
  ).trustedTypes?.createPolicy('parley', { createHTML: (html) => html });
} catch {}

/** Shows the HTML of a comment, which the service has made safe. Where the article's policy forbids ours, the
 *  browser's own sanitiser takes it, which drops `rel`; and where that is missing, the text alone is shown. */
export function showHtml(node: HTMLElement & { setHTML?(html: string): void }, html: string): void {
  try {
    node.innerHTML = policy ? policy.createHTML(html) : html;
  } catch {
    if (node.setHTML) node.setHTML(html);
    else node.textContent = html.replace(/<[^>]*>/g, '');
    for (const link of node.querySelectorAll('a')) link.rel = 'nofollow ugc noopener';
  }
}

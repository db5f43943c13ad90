/**
 * The style as a constructed sheet, shared by every element on the page. It is adopted rather than written into the
 * document, so that an article whose Content-Security-Policy forbids inline style shows it all the same.
 */

import css from './style.css';

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

export const adoptStyle = (root: ShadowRoot): void => {
  root.adoptedStyleSheets = [sheet];
};

/** Registers `<parley-comments>`; what it is stands in parley-comments.ts, which can be imported without this effect. */

import { ParleyComments } from './parley-comments.ts';

declare global {
  interface HTMLElementTagNameMap {
    'parley-comments': ParleyComments;
  }
}

// A page may carry two versions of the script, one from its cache: the first one serves.
if (!customElements.get('parley-comments')) customElements.define('parley-comments', ParleyComments);

/**
 * The few lines that run on the sign-in pages, as source text for a nonce. They read what they need from the body's
 * `data-…` attributes, so that no value is ever written into script.
 */

/** A provider was chosen in the article already: go there, without an entry in the history to come back to. */
export const GO = `location.replace(document.body.dataset.next);`;

/**
 * Continue works half a second after the page is seen and focused, so that a click meant for something else, or for a
 * window that was pulled away, signs nobody in. An attempt that a link began can only answer its opener.
 */
export const ARM_CONTINUE = `
const button = document.querySelector('button');
if (document.body.dataset.via === 'get' && !window.opener) {
  document.querySelector('form').hidden = true;
  document.getElementById('no-opener').hidden = false;
}
let timer;
// Not \`disabled\` once this runs: a button that loses the focus with every look elsewhere is not found again by Tab.
button.disabled = false;
const arm = () => {
  clearTimeout(timer);
  button.setAttribute('aria-disabled', 'true');
  if (document.visibilityState === 'visible' && document.hasFocus()) timer = setTimeout(() => { button.removeAttribute('aria-disabled'); }, 500);
};
for (const type of ['focus', 'blur']) addEventListener(type, arm);
document.addEventListener('visibilitychange', arm);
arm();
document.querySelector('form').addEventListener('submit', (event) => {
  if (button.ariaDisabled) return event.preventDefault();
  removeEventListener('focus', arm);
  removeEventListener('blur', arm);
  setTimeout(() => { button.disabled = true; });
});
`;

/**
 * Hands the outcome to the article: to the opener at its exact registered origin, and when nobody there says that it
 * has it, by taking this window to the article with the outcome in the fragment.
 */
export const DELIVER = `
const { origin, challenge, attempt, code, error, relay, mode } = document.body.dataset;
const opener = window.opener;
const stay = () => { document.getElementById('waiting').hidden = true; document.getElementById('stuck').hidden = false; };
const goBack = () => { if (relay) location.replace(relay); else stay(); };
if (mode === 'redirect' || !opener) goBack();
else {
  let isTaken = false;
  addEventListener('message', (event) => {
    const data = event.data;
    if (event.origin !== origin || event.source !== opener || data?.type !== 'parley:ack' || data.c !== challenge) return;
    isTaken = true;
    window.close();
  });
  opener.postMessage({ v: 1, type: 'parley:login', c: challenge, attempt, ...(code ? { code } : { error }) }, origin);
  setTimeout(() => { if (!isTaken) goBack(); }, 1500);
}
`;

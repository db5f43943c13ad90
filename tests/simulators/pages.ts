/**
 * What a reader sees at a simulated provider: the question, and the refusal. Holds markup and style, no protocol.
 * Every page says in its first line that it is simulated, and none loads anything from elsewhere.
 */
import { html } from 'hono/html';
import { PEOPLE } from './people.ts';

export interface PageLook {
  /** As in "Simulated Twitter". */
  name: string;
  /** The colour of the strip and of the letter, as CSS. */
  color: string;
}

export interface Question {
  look: PageLook;
  /** Where the form goes; the simulator's own path. */
  base: string;
  ask: string;
  /** The site that asked to sign the reader in, e.g. `http://localhost:8080`. */
  client: string;
  wishes: string[];
  /** The account this browser used here before, unless another one is wanted. */
  returning: string | undefined;
  complaint?: string;
}

type Markup = ReturnType<typeof html>;

function page(look: PageLook, title: string, body: Markup) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title} – Simulated ${look.name}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
</head>
<body data-provider="${look.name}">
<aside class="notice"><strong>Simulated ${look.name}</strong> – this is not ${look.name}. Nothing you do here leaves this machine.</aside>
<main>
<header><span class="mark" aria-hidden="true">${look.name.slice(0, 1)}</span><h1>${title}</h1></header>
${body}
</main>
</body>
</html>`;
}

/** The consent page. Its form posts `ask`, `who` (`0`…, `other` or `continue`), `name` and `decision`. */
export function askPage(question: Question) {
  const { look, base, ask, client, wishes, returning, complaint } = question;
  const hidden = html`<input type="hidden" name="ask" value="${ask}">`;
  const purpose = html`<p class="purpose"><b>${client}</b> would like to know ${list(wishes)}.</p>`;
  if (returning !== undefined) {
    return page(
      look,
      'Welcome back',
      html`${purpose}
<form method="post" action="${base}/decision">${hidden}<input type="hidden" name="who" value="continue">
<p class="person only">${initial(returning)}<span>${returning}</span></p>
<div class="buttons"><button name="decision" value="allow">Continue as ${returning}</button>
<button name="decision" value="deny" class="quiet">Deny</button></div>
</form>
<p class="aside">Not you? <a href="${base}/switch?ask=${ask}">Use another account</a></p>`,
    );
  }
  return page(
    look,
    'Who are you?',
    html`${purpose}
<form method="post" action="${base}/decision">${hidden}
${complaint ? html`<p class="complaint" role="alert">${complaint}</p>` : ''}
<fieldset><legend>Accounts on this simulator</legend>
${PEOPLE.map(
  (name, index) =>
    html`<label class="person"><input type="radio" name="who" value="${index}" ${
      index === 0 && !complaint ? 'checked' : ''
    }>${initial(name)}<span>${name}</span></label>`,
)}
<label class="person"><input type="radio" name="who" value="other" ${complaint ? 'checked' : ''}>${initial('+')}<span>Someone else</span></label>
<label class="other"><span>Name of the account</span><input name="name" maxlength="200" autocomplete="off" spellcheck="false"></label>
</fieldset>
<div class="buttons"><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" class="quiet">Deny</button></div>
</form>`,
  );
}

/** A refusal that stays on the provider's page, because the way back cannot be trusted. */
export function refusalPage(look: PageLook, title: string, detail: string) {
  return page(look, title, html`<p class="purpose" data-refusal>${detail}</p>`);
}

function initial(name: string) {
  return html`<span class="initial" aria-hidden="true">${[...name][0] ?? '?'}</span>`;
}

function list(words: string[]): string {
  return words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** One style for all; the provider's colour arrives as `--brand` through a rule for each. */
export function style(looks: PageLook[]): string {
  const brands = looks.map((look) => `body[data-provider="${look.name}"] { --brand: ${look.color}; }`);
  return `${STYLE}\n${brands.join('\n')}\n`;
}

const STYLE = `
:root { color-scheme: light dark; --ground: #f3f4f6; --card: #fff; --ink: #1a1d21; --soft: #5b6470;
  --line: #d9dde3; --wash: #f7f8fa; --warn: #8a4b00; --warn-ground: #fff3d6; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #121417; --card: #1c1f24; --ink: #eceef1;
  --soft: #a3acb8; --line: #363c45; --wash: #24282e; --warn: #ffd27d; --warn-ground: #3a2c0c; --bad: #ff9a90; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", sans-serif; }
.notice { margin: 0; padding: .6rem 1rem; background: var(--warn-ground); color: var(--warn);
  text-align: center; font-size: .875rem; text-wrap: balance; }
main { max-width: 26rem; margin: 1.5rem auto; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-top: 4px solid var(--brand); border-radius: 12px; }
.mark { flex: none; width: 3rem; height: 3rem; border-radius: 14px; background: var(--brand); color: #fff; display: grid;
  place-items: center; font-size: 1.5rem; font-weight: 700; border: 1px solid #ffffff40; }
header { display: flex; align-items: center; gap: .875rem; margin-bottom: .75rem; }
h1 { font-size: 1.375rem; line-height: 1.25; margin: 0; }
.purpose { margin: 0 0 1rem; color: var(--soft); overflow-wrap: anywhere; }
.purpose b { color: var(--ink); font-weight: 600; }
fieldset { border: 0; margin: 0; padding: 0; }
legend { padding: 0; margin-bottom: .5rem; font-size: .8125rem; font-weight: 600; color: var(--soft); }
.person { display: flex; align-items: center; gap: .75rem; min-height: 3rem; padding: .375rem .75rem; margin: 0 0 .5rem;
  border: 1px solid var(--line); border-radius: 10px; cursor: pointer; overflow-wrap: anywhere; }
.person:hover { background: var(--wash); }
.person:has(:checked) { border-color: var(--ink); box-shadow: inset 0 0 0 1px var(--ink); }
.person:has(:focus-visible) { outline: 3px solid #4c9ffe; outline-offset: 2px; }
.person input { order: 1; flex: none; width: 1.125rem; height: 1.125rem; margin: 0 0 0 auto; accent-color: var(--ink); outline: 0; }
.person.only { cursor: default; background: var(--wash); }
.initial { flex: none; width: 2rem; height: 2rem; border-radius: 50%; display: grid; place-items: center;
  background: var(--wash); border: 1px solid var(--line); font-weight: 600; color: var(--soft); }
.other { display: none; margin: 0 0 .75rem; font-size: .875rem; color: var(--soft); }
fieldset:has([value=other]:checked) .other { display: block; }
.other input { display: block; width: 100%; margin-top: .25rem; padding: .6rem .75rem; font: inherit; font-size: 1rem;
  color: var(--ink); background: var(--wash); border: 1px solid var(--line); border-radius: 8px; }
.complaint { color: var(--bad); margin: 0 0 .75rem; }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: 1rem; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem; border-radius: 999px;
  border: 1px solid transparent; background: var(--ink); color: var(--card); cursor: pointer; flex: 3 1 auto;
  overflow-wrap: anywhere; }
button.quiet { background: transparent; color: var(--ink); border-color: var(--line); flex-grow: 1; }
button:hover { opacity: .88; }
a { color: inherit; }
a:focus-visible, button:focus-visible, .other input:focus-visible { outline: 3px solid #4c9ffe; outline-offset: 2px; }
.aside { margin: 1rem 0 0; font-size: .875rem; color: var(--soft); }
@media (max-width: 34rem) { body { background: var(--card); } main { margin: 0; border-radius: 0; border-width: 4px 0 0; } }
`;

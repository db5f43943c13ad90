/** How the discussion without script looks: one column that a phone and a wide screen can read. */

export const DISCUSSION_STYLE = `
main { max-width: 46rem; }
h2 { font-size: 1.1rem; line-height: 1.3; margin: 0 0 .5rem; }
header.top { margin-bottom: 1.5rem; }
nav.order { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0; }
nav.order a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
ol.comments, ol.replies { list-style: none; margin: 0; padding: 0; }
ol.comments > li { border-top: 1px solid var(--line); padding: 1rem 0; }
ol.replies { margin-block-start: .75rem; }
ol.replies > li { border-inline-start: 2px solid var(--line); padding-inline-start: .75rem; margin-block-start: 1rem; }
@media (min-width: 40rem) { ol.replies > li { padding-inline-start: 1.25rem; } }
[class=hidden] { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
article { scroll-margin-top: 1rem; }
article:target, article.asked { background: var(--field); box-shadow: 0 0 0 .5rem var(--field); border-radius: 2px; }
article > header { display: flex; gap: .6rem; align-items: center; }
.avatar { flex: none; width: 2.25rem; height: 2.25rem; border-radius: 50%; overflow: hidden; display: grid; place-items: center;
  background: var(--line); color: var(--ink); font-size: .8rem; font-weight: 600; }
.avatar img { width: 100%; height: 100%; object-fit: cover; }
.by { min-width: 0; overflow-wrap: anywhere; line-height: 1.35; }
.name { font-weight: 600; }
.badge { border: 1px solid currentColor; border-radius: 3px; padding: 0 .3rem; font-size: .75rem; white-space: nowrap; }
.meta { display: flex; flex-wrap: wrap; gap: 0 .6rem; color: var(--quiet); font-size: .875rem; }
.meta a { display: inline-block; min-height: 1.5rem; padding-block: .125rem; }
.meta span { padding-block: .125rem; }
.text { overflow-wrap: anywhere; margin: .5rem 0; }
.text p, .text ul, .text ol, .text blockquote, .text pre { margin: .5rem 0; }
.text ul, .text ol { display: block; list-style: disc; padding-inline-start: 1.5rem; }
.text ol { list-style: decimal; }
.text blockquote { border-inline-start: 3px solid var(--line); padding-inline-start: .75rem; color: var(--quiet); }
.text pre { white-space: pre-wrap; background: var(--field); padding: .5rem; }
.tombstone { color: var(--quiet); font-style: italic; }
article > footer { display: flex; flex-wrap: wrap; gap: 0 1.25rem; font-size: .9rem; }
article > footer a, nav.order a, .more a { display: inline-block; padding: .2rem 0; min-height: 1.75rem; }
.more { margin: 1rem 0; }
.box { border-top: 1px solid var(--line); margin-block: 1rem; padding-block: 1rem; scroll-margin-top: 1rem; }
.box .cancel { font-size: .9rem; }
label { display: block; font-weight: 600; margin: .75rem 0 .25rem; }
label small { font-weight: 400; color: var(--quiet); font-size: .875rem; }
textarea, input { display: block; width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet);
  border-radius: 6px; padding: .6rem; }
textarea { min-height: 9rem; resize: vertical; }
.as { display: flex; align-items: center; gap: .6rem; margin: .75rem 0; }
.ways { white-space: nowrap; }
button { width: auto; margin: .75rem 0 .5rem; }
button.plain { display: inline; width: auto; min-height: 1.75rem; margin: 0; padding: 0 .15rem; background: none; color: var(--link);
  font-weight: 400; text-decoration: underline; }
.providers { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem; margin: .75rem 0; }
.providers button { width: 100%; margin: 0; justify-content: flex-start; border: 1px solid var(--line); }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.25rem; }
`;

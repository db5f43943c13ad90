/**
 * A refusal on the discussion without script: the page again, with the sentence and all that was typed. Where the page
 * cannot be drawn, e.g. because the database is away, the text stands on a small one and can be sent again.
 */
import type { Problem } from '../core/problem.ts';
import { readSite } from '../domain/sites.ts';
import type { Ctx, Deps } from '../http/env.ts';
import { drawDiscussion } from './discussion-draw.ts';
import { placeOfForm } from './discussion-place.ts';
import { refused } from './discussion-views.ts';

/** Never throws. */
export async function refuseDiscussion(c: Ctx, deps: Deps, refusal: Problem): Promise<Response> {
  const form = c.get('form') as ((name: string) => string) | undefined;
  if (!form) return refused(c, refusal, undefined);
  const site = c.req.path.split('/')[2] ?? '';
  // What another page sent here is not offered as if the reader had written it.
  if (refusal.slug.startsWith('origin-')) return refused(c, refusal, { site, form, canRetry: false });
  try {
    return await redraw(c, deps, refusal, form);
  } catch {
    // The first refusal is what the reader asked about, and what is logged.
    return refused(c, refusal, { site, form, canRetry: true });
  }
}

async function redraw(c: Ctx, deps: Deps, refusal: Problem, form: (name: string) => string) {
  const site = await readSite(deps.db, c.req.path.split('/')[2] ?? '');
  const place = placeOfForm(form, site);
  // What was posted under that name is posted: the text that is here now is another comment.
  const once = refusal.slug.startsWith('idempotency-') ? '' : form('once');
  const guest = { name: form('name'), email: form('email'), website: form('website') };
  const typed = { text: form('text'), once, guest, refusal };
  const atTop = { ...place, reply: undefined };
  if (refusal.slug.startsWith('parent-')) return drawDiscussion(c, deps, site, atTop, typed);
  try {
    return await drawDiscussion(c, deps, site, place, typed);
  } catch (error) {
    if (place.reply === undefined) throw error;
    return drawDiscussion(c, deps, site, atTop, typed);
  }
}

/**
 * What a site's owner may set, its defaults and its public face. Pure: the row is read in `domain/sites.ts`, and
 * only the fields that `publicSettings` names ever leave the service (an allow-list, so that a secret added later
 * stays in).
 */
import { z } from 'zod';

export const SITE_SETTINGS = z.strictObject({
  mode: z
    .enum(['open', 'open-required', 'registered', 'closed'])
    .default('registered')
    .describe(
      'who may comment. open: also guests; open-required: guests with name and e-mail; registered: who signs in; closed: nobody',
    ),
  moderation: z
    .enum(['none', 'guests', 'all'])
    .default('none')
    .describe('whose comments wait for a moderator. guests: those of guests; all: every one'),
  order: z
    .enum(['oldest', 'newest', 'best'])
    .default('oldest')
    .describe('order of the roots a reader sees first'),
  votes: z.boolean().default(true).describe('readers may vote'),
  maxLength: z.int().min(1).max(20_000).default(4_000).describe('longest comment, in code points'),
  maxLinks: z.int().min(0).max(100).default(10).describe('most links in a comment'),
  editWindowSeconds: z.int().min(0).max(86_400).default(900).describe('how long an author may edit'),
  commentsPerMinute: z.int().min(1).max(600).default(6).describe('comments one reader may post in a minute'),
  votesPerMinute: z.int().min(1).max(6_000).default(60).describe('votes one reader may cast in a minute'),
});

export type SiteSettings = z.infer<typeof SITE_SETTINGS>;

export const SITE_DEFAULTS: SiteSettings = SITE_SETTINGS.parse({});

export type Order = SiteSettings['order'];

/** Whether readers may write without signing in. */
export function takesGuests({ mode }: SiteSettings): boolean {
  return mode === 'open' || mode === 'open-required';
}

/** A site as the rest of the service sees it: settings complete, origins exact. */
export interface Site {
  id: string;
  name: string;
  version: number;
  settings: SiteSettings;
  origins: readonly string[];
  suspendedAt: Date | null;
}

/** The settings a reader's browser may know. */
export function publicSettings(settings: SiteSettings) {
  const { mode, maxLength, maxLinks, editWindowSeconds, moderation, order, votes } = settings;
  return { mode, maxLength, maxLinks, editWindowSeconds, moderation, order, votes };
}

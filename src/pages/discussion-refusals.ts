/** What a refusal says to a reader who has a page in front of them, and who can do something about it. */
import { PROBLEMS, type Problem } from '../core/problem.ts';
import { dateOf } from './discussion-comments.ts';

export function sentenceOf({ slug, details }: Problem): string {
  const { length, maxLength, maxLinks, retryAfter, until } = details as Record<string, number | undefined>;
  if (slug.startsWith('session-')) return 'Your login has expired. Please log in again; your text is kept.';
  switch (slug) {
    case 'text-too-long':
      return `Your comment is ${count(length! - maxLength!, 'character')} too long.`;
    case 'too-many-links':
      return `Your comment has too many links: at most ${maxLinks} here.`;
    case 'rate-limited':
      return `That was a little fast. Your text is kept; please try again in ${count(retryAfter ?? 60, 'second')}.`;
    case 'banned':
      return until
        ? `You cannot comment on this site until ${dateOf(String(until))}.`
        : 'You cannot comment on this site.';
    case 'parent-unknown':
    case 'parent-removed':
    case 'parent-foreign':
      return 'The comment you were answering is gone. Your text is kept; post it once more to answer the article.';
    case 'comment-duplicate':
      return 'It looks as though you have already said that!';
    case 'idempotency-conflict':
      return 'What you sent before has arrived. Post once more to send this text as well.';
    case 'origin-missing':
    case 'origin-foreign':
      return 'Your browser did not say that this form stood on our own page, so nothing was done.';
    default:
      return PROBLEMS[slug].title;
  }
}

const count = (n: number, one: string) => `${n.toLocaleString('en')} ${one}${n === 1 ? '' : 's'}`;

/**
 * What the embed says to who reads and replies, in English. One property a sentence, its name the sentence's id. Only
 * words: which of them is said when, the views decide. What is said more rarely stands in texts-rare.ts and
 * texts-writing.ts and loads with what says it; a language file (languages/) has the properties of all three.
 */

import type { rareEnglish } from './texts-rare.ts';
import type { writingEnglish } from './texts-writing.ts';

export type CommonTexts = typeof english;

export type Texts = CommonTexts & typeof rareEnglish & typeof writingEnglish;

const plural = (n: number, one: string) =>
  `${n < 1000 ? n : n.toLocaleString('en')} ${one}${n === 1 ? '' : 's'}`;

export const english = {
  lang: 'en',
  dir: 'ltr',

  // Reply box
  leaveReply: 'Leave a Reply',
  leaveReplyTo: (name: string) => `Leave a Reply to ${name}`,
  cancelReply: 'Cancel reply',
  enterComment: 'Enter your comment here…',
  post: 'Post Comment',
  posting: 'Posting Comment…',
  posted: 'Your comment was posted.',
  awaiting: 'Your comment is awaiting moderation.',
  empty: 'Please enter a comment.',
  tooLong: (n: number) => `Your comment is ${plural(n, 'character')} too long.`,
  unavailable: 'Comments cannot be reached just now. Your text is kept.',
  retry: 'Try again',
  closed: 'Comments are closed.',

  // Thread
  comments: (n: number) => (n ? plural(n, 'Comment') : 'Comments'),
  none: 'No comments yet.',
  loading: 'Loading comments…',
  notLoaded: 'Comments could not be loaded.',
  more: 'Show more comments',
  moreReplies: 'Show more replies',
  sort: 'Sort by',
  oldest: 'Oldest',
  newest: 'Newest',
  best: 'Best',

  // A comment
  commentBy: (name: string) => `Comment by ${name}`,
  /** Whose account is gone. */
  someone: 'Former reader',
  /** Who gave no name. */
  anonymous: 'Anonymous',
  /** Who writes without an account. */
  guest: 'Guest',
  by: (provider: string) => `by ${provider}`,
  inReplyTo: (name: string) => `in reply to ${name}`,
  owner: 'Owner',
  moderator: 'Moderator',
  pinned: 'Pinned',
  edited: 'edited',
  removedBy: (who: string | null) =>
    `This comment was ${who === 'author' ? 'deleted by its author' : who === 'moderator' ? 'removed by a moderator' : 'deleted'}.`,
  voteUp: 'Vote up',
  voteDown: 'Vote down',
  reply: 'Reply',
  replyTo: (name: string) => `Reply to ${name}`,
  readMore: 'Read more',
  /** Of a button that is expanded or not: a comment with all that answers it. */
  conversation: (name: string) => `Conversation begun by ${name}`,
};

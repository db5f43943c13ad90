/**
 * What the embed says to who reads and replies, in English. One property a sentence, its name the sentence's id. Only
 * words: which of them is said when, the views decide. What is said more rarely stands in texts-rare.ts and loads with
 * what says it; a language file has the properties of both.
 */

import type { rareEnglish } from './texts-rare.ts';

export type CommonTexts = typeof english;

export type Texts = CommonTexts & typeof rareEnglish;

const plural = (n: number, one: string, other: string) =>
  `${n.toLocaleString('en')} ${n === 1 ? one : other}`;

export const english = {
  lang: 'en',

  // Reply box
  leaveReply: 'Leave a Reply',
  leaveReplyTo: (name: string) => `Leave a Reply to ${name}`,
  cancelReply: 'Cancel reply',
  enterComment: 'Enter your comment here…',
  choose: 'Please log in using one of these methods to post your comment:',
  commentingAs: (provider: string) => `You are commenting using your ${provider} account.`,
  logOut: 'Log Out',
  change: 'Change',
  post: 'Post Comment',
  posting: 'Posting Comment…',
  posted: 'Your comment was posted.',
  awaiting: 'Your comment is awaiting moderation.',
  empty: 'Please enter a comment.',
  tooLong: (n: number) => `Your comment is ${plural(n, 'character', 'characters')} too long.`,
  unavailable: 'Comments cannot be reached just now. Your text is kept.',
  retry: 'Try again',
  closed: 'Comments are closed.',

  // Thread
  comments: (n: number) => (n ? plural(n, 'Comment', 'Comments') : 'Comments'),
  none: 'No comments yet.',
  loading: 'Loading comments…',
  notLoaded: 'Comments could not be loaded. ',
  more: 'Show more comments',
  moreReplies: 'Show more replies',
  sort: 'Sort by',
  oldest: 'Oldest',
  newest: 'Newest',
  best: 'Best',

  // A comment
  commentBy: (name: string) => `Comment by ${name}`,
  someone: 'Former reader',
  by: (provider: string) => `by ${provider}`,
  owner: 'Owner',
  moderator: 'Moderator',
  pinned: 'Pinned',
  edited: 'edited',
  rejected: 'Your comment was not accepted. Only you can see it.',
  removedBy: (who: string | null) =>
    `This comment was ${who === 'author' ? 'deleted by its author' : who === 'moderator' ? 'removed by a moderator' : 'deleted'}.`,
  voteUp: 'Vote up',
  voteDown: 'Vote down',
  reply: 'Reply',
  replyTo: (name: string) => `Reply to ${name}`,
  edit: 'Edit',
  delete: 'Delete',
};

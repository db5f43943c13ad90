/**
 * Everything the embed says, in English. One property a sentence, its name the sentence's id; a language file has the
 * same properties. Only words: which of them is said when, the views decide.
 */

export type Texts = typeof english;

const plurals = new Intl.PluralRules('en');
const number = new Intl.NumberFormat('en');

export const english = {
  lang: 'en',

  // Reply box
  leaveReply: 'Leave a Reply',
  leaveReplyTo: (name: string) => `Leave a Reply to ${name}`,
  cancelReply: 'Cancel reply',
  enterComment: 'Enter your comment here…',
  choose: 'Please log in using one of these methods to post your comment:',
  chooseOther: 'Choose the account to comment with:',
  chooseToVote: 'Please log in using one of these methods to vote:',
  switchThere: (name: string) =>
    `${name} offers the account in use there. To take another, change it on ${name} first.`,
  connecting: (name: string) => `Connecting to ${name}…`,
  finishThere: 'Please finish logging in in the window that opened.',
  cancel: 'Cancel',
  commentingAs: (provider: string) => `You are commenting using your ${provider} account.`,
  logOut: 'Log Out',
  change: 'Change',
  loggedOut: 'You are logged out.',
  post: 'Post Comment',
  posting: 'Posting Comment…',
  posted: 'Your comment was posted.',
  awaiting: 'Your comment is awaiting moderation.',
  retry: 'Try again',
  copy: 'Copy your text',
  copied: 'Copied.',
  postAnyway: 'Reply to the article instead',
  closed: 'Comments are closed.',
  notKept: 'This browser keeps nothing for this page: your text is lost when you leave it.',

  // Refusals, by the slug of the problem
  'text-empty': 'Please enter a comment.',
  'text-too-long': 'Your comment is too long. Please shorten it.',
  tooLongBy: (n: number) => `Your comment is ${number.format(n)} characters too long. Please shorten it.`,
  'text-invalid': 'Your comment contains characters that cannot be stored. Please remove them.',
  'too-many-links': 'Your comment contains too many links. Please remove some.',
  'rate-limited': 'That was a little fast. Please wait a moment and try again.',
  waitSeconds: (n: number) =>
    `That was a little fast. Please try again in ${n} ${n === 1 ? 'second' : 'seconds'}.`,
  'thread-closed': 'Comments were closed while you were writing. Your text is still here to copy.',
  'parent-removed': 'The comment you are answering was removed. Your text is still here.',
  'too-deep': 'This conversation cannot go deeper. Please answer a comment further up.',
  banned: 'You cannot comment on this site at present. Your text is still here to copy.',
  'idempotency-conflict': 'What you sent before has arrived. Press Post Comment to send this text as well.',
  'own-vote': 'You cannot vote on your own comment.',
  'edit-window-closed': 'The time to edit this comment has passed.',
  'comment-unknown': 'This comment is no longer there.',
  'session-expired': 'Your login has expired. Please log in again; your text is kept.',
  'site-unknown': 'Comments are not set up for this page.',
  unavailable: 'Comments cannot be reached just now. Your text is kept; please try again.',
  failed: 'Sorry, something went wrong. Your text is kept; please try again.',

  // Sign-in
  'login-denied': 'You were not logged in. Choose an account to try again.',
  'login-expired': 'Logging in took too long. Please try again.',
  'login-failed': 'Logging in did not work. Please try again or choose another account.',
  'cookies-blocked': 'Your browser blocks the cookies needed to log in. Please allow them and try again.',
  'popup-blocked':
    'Your browser blocked the window to log in. Please allow pop-ups for this page and try again.',

  // Thread
  comments: (n: number) =>
    n ? `${number.format(n)} ${plurals.select(n) === 'one' ? 'Comment' : 'Comments'}` : 'Comments',
  none: 'No comments yet. Yours can be the first.',
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
  someone: 'Former reader',
  via: (provider: string) => `by ${provider}`,
  owner: 'Owner',
  moderator: 'Moderator',
  pinned: 'Pinned',
  edited: 'edited',
  rejected: 'Your comment was not accepted. Only you can see it.',
  removedByAuthor: 'This comment was deleted by its author.',
  removedByModerator: 'This comment was removed by a moderator.',
  removed: 'This comment was deleted.',
  voteUp: 'Vote up',
  voteDown: 'Vote down',
  reply: 'Reply',
  replyTo: (name: string) => `Reply to ${name}`,
  edit: 'Edit',
  save: 'Save',
  saved: 'Your comment was changed.',
  delete: 'Delete',
  confirmDelete: 'Delete this comment?',
  deleted: 'Your comment was deleted.',
  keep: 'Keep it',
};

/** What the embed says more rarely, in English; by the same rules as texts.ts. A name with hyphens is the slug of the
 *  problem that the sentence explains. */

export const rareEnglish = {
  // Signing in
  chooseOther: 'Choose the account to comment with:',
  chooseToVote: 'Please log in using one of these methods to vote:',
  switchThere: (names: string) => `To use another account of ${names}, please change it there first.`,
  connecting: (name: string) => `Connecting to ${name}`,
  finishThere: 'Please finish logging in in the window that opened.',
  noProvider: 'Nobody can log in here yet: the people who run this service have set up no way to.',
  cancel: 'Cancel',
  loggedOut: 'You are logged out.',
  'login-denied': 'You were not logged in. Choose an account to try again.',
  'login-expired': 'Logging in took too long. Please try again.',
  'login-failed': 'Logging in did not work. Please try again or choose another account.',
  'provider-unavailable':
    'This service cannot be reached just now. Please choose another account or try later.',
  'popup-blocked': 'Your browser blocked the window for logging in. Please allow pop-ups here and try again.',
  'session-expired': 'Your login has expired. Please log in again; your text is kept.',

  // Refusals
  'text-empty': 'Please enter a comment.',
  'text-too-long': 'Your comment is too long. Please shorten it.',
  'text-invalid': 'Your comment has characters that cannot be stored. Please remove them.',
  'too-many-links': 'Your comment has too many links. Please remove some.',
  'too-deep': 'This conversation goes no deeper. Please answer a comment further up.',
  'rate-limited': 'That was a little fast. Your text is kept; please try again in a moment.',
  waitSeconds: (n: number) =>
    `That was a little fast. Your text is kept; please try again in ${n} ${n === 1 ? 'second' : 'seconds'}.`,
  'thread-closed': 'Comments were closed while you were writing. You can still copy your text.',
  'parent-removed': 'The comment you are answering was removed. Your text is kept.',
  banned: 'You cannot comment on this site at present. You can still copy your text.',
  'idempotency-conflict': 'What you sent before has arrived. Post once more to send this text as well.',
  'own-vote': 'You cannot vote on your own comment.',
  'edit-window-closed': 'The time to edit this comment has passed.',
  'comment-unknown': 'This comment is no longer there.',
  'comment-removed': 'This comment was removed.',
  'site-unknown': 'Comments are not set up for this page.',
  'origin-foreign': 'Comments are not set up for this address.',
  failed: 'Sorry, something went wrong. Your text is kept; please try again.',
  copy: 'Copy your text',
  copied: 'Copied.',
  postToArticle: 'Reply to the article instead',
  notKept: 'This browser keeps nothing for this page: your text is lost when you leave it.',

  // Editing and deleting
  save: 'Save',
  saved: 'Your comment was changed.',
  confirmDelete: 'Delete this comment?',
  deleted: 'Your comment was deleted.',
  keep: 'Keep it',
};

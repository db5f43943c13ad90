/** 日本語. */
import { plurals } from '../plurals.ts';
import type { Texts } from '../texts.ts';

const count = plurals('ja');

const texts: Texts = {
  lang: 'ja',
  dir: 'ltr',

  // Reply box
  leaveReply: 'コメントを残す',
  leaveReplyTo: (name) => `${name}さんに返信する`,
  cancelReply: '返信をキャンセル',
  enterComment: 'コメントを入力…',
  commentingAs: (provider) => `${provider}アカウントでコメントします。`,
  logOut: 'ログアウト',
  change: '変更',
  post: 'コメントを投稿',
  posting: 'コメントを投稿しています…',
  posted: 'コメントを投稿しました。',
  awaiting: 'コメントは承認待ちです。',
  empty: 'コメントを入力してください。',
  tooLong: (n) => count(n, { other: 'コメントの文字数が上限を#文字超えています。' }),
  unavailable: '現在、コメントサービスに接続できません。入力した文章は保存されています。',
  retry: 'もう一度試す',
  closed: 'コメントは受け付けていません。',

  // Thread
  comments: (n) => (n ? count(n, { other: '#件のコメント' }) : 'コメント'),
  none: 'コメントはまだありません。',
  loading: 'コメントを読み込んでいます…',
  notLoaded: 'コメントを読み込めませんでした。',
  more: 'コメントをさらに表示',
  moreReplies: '返信をさらに表示',
  sort: '並べ替え',
  oldest: '古い順',
  newest: '新しい順',
  best: '評価の高い順',

  // A comment
  commentBy: (name) => `${name}さんのコメント`,
  someone: '退会したユーザー',
  anonymous: '匿名',
  guest: 'ゲスト',
  by: (provider) => `${provider}経由`,
  inReplyTo: (name) => `${name}さんへの返信`,
  owner: 'サイト運営者',
  moderator: 'モデレーター',
  pinned: '固定',
  edited: '編集済み',
  removedBy: (who) =>
    `このコメントは${who === 'author' ? '投稿者により' : who === 'moderator' ? 'モデレーターにより' : ''}削除されました。`,
  voteUp: '高評価',
  voteDown: '低評価',
  reply: '返信',
  replyTo: (name) => `${name}さんに返信`,
  readMore: '続きを読む',
  conversation: (name) => `${name}さんから始まる会話`,

  // Signing in
  choose: 'コメントを投稿するには、次のいずれかの方法でログインしてください。',
  chooseOther: 'コメントに使うアカウントを選んでください。',
  chooseToVote: '評価するには、次のいずれかの方法でログインしてください。',
  switchThere: (names) => `${names}の別のアカウントを使うには、先にそのサービスで切り替えてください。`,
  connecting: (name) => `${name}に接続しています`,
  finishThere: '開いたウィンドウでログインを完了してください。',
  noProvider: 'ここではまだログインできません。運営者がログイン方法を設定していません。',
  cancel: 'キャンセル',
  loggedOut: 'ログアウトしました。',
  'pending-auto-post': 'ログインすると、コメントがすぐに投稿されます。',
  'login-denied': 'ログインは完了していません。もう一度試すには、アカウントを選んでください。',
  'login-timeout': 'ログインに時間がかかりすぎました。もう一度お試しください。',
  'login-failed': 'ログインできませんでした。もう一度試すか、別のアカウントを選んでください。',
  'provider-unavailable':
    '現在、このサービスに接続できません。別のアカウントを選ぶか、後でもう一度お試しください。',
  'popup-blocked':
    'ログイン用のウィンドウがブラウザーにブロックされました。このサイトのポップアップを許可して、もう一度お試しください。',
  'session-expired':
    'ログインの有効期限が切れました。もう一度ログインしてください。入力した文章は保存されています。',

  // Guests
  fillIn: '以下に入力するか、アイコンをクリックしてログインしてください。',
  email: 'メールアドレス',
  neverPublic: '公開されません',
  name: '名前',
  website: 'サイト',
  required: '必須',
  commentingAsGuest: 'ゲストとしてコメントします。',
  'name-missing': '名前を入力してください。',
  'email-missing': 'メールアドレスを入力してください。',
  'email-invalid': 'メールアドレスが正しくありません。ご確認ください。',
  'website-invalid': 'サイトのアドレスが正しくありません。修正するか、空欄にしてください。',
  'guests-off': 'コメントするにはログインが必要です。',
  'sign-in-required': 'この操作にはログインが必要です。',
  claimOffer: '以下は、ここでゲストとして書かれたコメントです。ご自分のアカウントに追加しますか？',
  claim: '追加する',
  notMine: '自分のコメントではない',
  claimed: 'コメントをアカウントに追加しました。',

  // Refusals
  'text-empty': 'コメントを入力してください。',
  'text-too-long': 'コメントが長すぎます。短くしてください。',
  'text-invalid': '保存できない文字が含まれています。取り除いてください。',
  'too-many-links': 'リンクが多すぎます。いくつか減らしてください。',
  'too-deep': 'この会話にはこれ以上深く返信できません。上のコメントに返信してください。',
  'comment-duplicate': '同じコメントがすでに投稿されているようです。',
  showIt: '表示する',
  'rate-limited': '操作が速すぎます。入力した文章は保存されています。少し待ってからもう一度お試しください。',
  waitSeconds: (n) =>
    count(n, {
      other: '操作が速すぎます。入力した文章は保存されています。#秒後にもう一度お試しください。',
    }),
  waitOver: 'コメントを投稿できるようになりました。',
  'thread-closed': '入力中にコメントの受け付けが終了しました。文章はまだコピーできます。',
  'parent-removed': '返信先のコメントは削除されました。入力した文章は保存されています。',
  banned: '現在、このサイトではコメントできません。文章はまだコピーできます。',
  bannedUntil: (date) => `${date}まで、このサイトではコメントできません。文章はまだコピーできます。`,
  'idempotency-conflict': '先ほどのコメントは届いています。この文章も送るには、もう一度投稿してください。',
  'own-vote': '自分のコメントは評価できません。',
  'edit-window-closed': 'このコメントを編集できる時間は過ぎました。',
  'undo-expired': '元に戻せる時間は過ぎました。',
  'comment-unknown': 'このコメントはもうありません。',
  'comment-removed': 'このコメントは削除されました。',
  'origin-foreign': 'このアドレスではコメントが設定されていません。',
  failed: '申し訳ありません。問題が発生しました。入力した文章は保存されています。もう一度お試しください。',
  'offline-retry':
    '現在、コメントサービスに接続できません。コメントは保存されており、つながり次第、自動で送信されます。',
  copy: '文章をコピー',
  copied: 'コピーしました。',
  postToArticle: '記事へのコメントにする',
  notKept: 'このブラウザーではこのページの内容が保存されません。ページを離れると、文章は失われます。',

  // One's own comments
  rejected: 'コメントは承認されませんでした。ご自分にだけ表示されています。',
  edit: '編集',
  delete: '削除',
  save: '保存',
  saved: 'コメントを変更しました。',
  timeLeft: (time) => `編集できる時間：あと${time}`,
  confirmDelete: 'このコメントを削除しますか？',
  deleted: 'コメントを削除しました。',
  keep: '削除しない',
  undo: '元に戻す',
  restored: 'コメントを元に戻しました。',

  // Writing
  charactersLeft: (n) => count(n, { other: '残り#文字' }),
  formatting: '書式',
  write: '入力に戻る',
  preview: 'プレビュー',
  previewEmpty: 'まだ表示する内容がありません。',
  bold: '太字',
  italic: '斜体',
  strike: '取り消し線',
  link: 'リンク',
  quote: '引用',
  code: 'コード',
  list: '箇条書き',
  numbered: '番号付きリスト',
  mentionList: 'この会話の参加者',
  mentionCount: (n) => count(n, { other: '#人見つかりました' }),
};

export default texts;

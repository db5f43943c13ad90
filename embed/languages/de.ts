/** Deutsch; with “Sie”, as newspapers do. */
import { plurals } from '../plurals.ts';
import type { Texts } from '../texts.ts';

const count = plurals('de');

const texts: Texts = {
  lang: 'de',
  dir: 'ltr',

  leaveReply: 'Schreiben Sie einen Kommentar',
  leaveReplyTo: (name) => `Antwort an ${name}`,
  cancelReply: 'Antwort abbrechen',
  enterComment: 'Ihr Kommentar …',
  post: 'Kommentar abschicken',
  posting: 'Kommentar wird abgeschickt …',
  posted: 'Ihr Kommentar ist veröffentlicht.',
  awaiting: 'Ihr Kommentar wartet auf Freigabe.',
  empty: 'Bitte schreiben Sie einen Kommentar.',
  tooLong: (n) => `Ihr Kommentar ist um ${count(n, { one: '# Zeichen', other: '# Zeichen' })} zu lang.`,
  unavailable: 'Die Kommentare sind gerade nicht erreichbar. Ihr Text bleibt erhalten.',
  retry: 'Noch einmal versuchen',
  closed: 'Die Kommentare sind geschlossen.',

  comments: (n) => (n ? count(n, { one: '# Kommentar', other: '# Kommentare' }) : 'Kommentare'),
  none: 'Noch keine Kommentare.',
  loading: 'Kommentare werden geladen …',
  notLoaded: 'Die Kommentare konnten nicht geladen werden.',
  more: 'Weitere Kommentare anzeigen',
  moreReplies: 'Weitere Antworten anzeigen',
  sort: 'Sortieren nach',
  oldest: 'Älteste zuerst',
  newest: 'Neueste zuerst',
  best: 'Beste zuerst',

  commentBy: (name) => `Kommentar von ${name}`,
  someone: 'Ehemaliges Mitglied',
  anonymous: 'Anonym',
  guest: 'Gast',
  by: (provider) => `über ${provider}`,
  inReplyTo: (name) => `als Antwort an ${name}`,
  owner: 'Betreiber',
  moderator: 'Moderation',
  pinned: 'Angeheftet',
  edited: 'bearbeitet',
  removedBy: (who) =>
    who === 'author'
      ? 'Wer diesen Kommentar schrieb, hat ihn gelöscht.'
      : who === 'moderator'
        ? 'Dieser Kommentar wurde von der Moderation entfernt.'
        : 'Dieser Kommentar wurde gelöscht.',
  voteUp: 'Positiv bewerten',
  voteDown: 'Negativ bewerten',
  reply: 'Antworten',
  replyTo: (name) => `${name} antworten`,
  readMore: 'Weiterlesen',
  conversation: (name) => `Unterhaltung, begonnen von ${name}`,

  choose: 'Bitte melden Sie sich über einen dieser Dienste an, um Ihren Kommentar abzuschicken:',
  chooseOther: 'Wählen Sie das Konto, mit dem Sie kommentieren möchten:',
  chooseToVote: 'Bitte melden Sie sich über einen dieser Dienste an, um abzustimmen:',
  switchThere: (names) =>
    `Um ein anderes Konto bei ${names} zu verwenden, wechseln Sie es bitte zuerst dort.`,
  connecting: (name) => `Verbindung mit ${name} wird hergestellt`,
  finishThere: 'Bitte schließen Sie die Anmeldung in dem Fenster ab, das sich geöffnet hat.',
  noProvider:
    'Hier kann sich noch niemand anmelden: Für diesen Dienst ist noch keine Anmeldemöglichkeit eingerichtet.',
  cancel: 'Abbrechen',
  commentingAs: (provider) => `Sie kommentieren mit Ihrem Konto bei ${provider}.`,
  logOut: 'Abmelden',
  change: 'Wechseln',
  loggedOut: 'Sie sind abgemeldet.',
  'pending-auto-post': 'Ihr Kommentar wird abgeschickt, sobald Sie angemeldet sind.',
  'login-denied': 'Sie wurden nicht angemeldet. Wählen Sie ein Konto, um es noch einmal zu versuchen.',
  'login-timeout': 'Die Anmeldung hat zu lange gedauert. Bitte versuchen Sie es noch einmal.',
  'login-failed':
    'Die Anmeldung hat nicht geklappt. Bitte versuchen Sie es noch einmal oder wählen Sie ein anderes Konto.',
  'provider-unavailable':
    'Dieser Dienst ist gerade nicht erreichbar. Bitte wählen Sie ein anderes Konto oder versuchen Sie es später.',
  'popup-blocked':
    'Ihr Browser hat das Anmeldefenster blockiert. Bitte erlauben Sie hier Pop-ups und versuchen Sie es noch einmal.',
  'session-expired':
    'Ihre Anmeldung ist abgelaufen. Bitte melden Sie sich wieder an; Ihr Text bleibt erhalten.',

  fillIn: 'Geben Sie unten Ihre Daten ein oder melden Sie sich über ein Symbol an:',
  email: 'E-Mail',
  neverPublic: 'wird nicht veröffentlicht',
  name: 'Name',
  website: 'Website',
  required: 'erforderlich',
  commentingAsGuest: 'Sie kommentieren als Gast.',
  'name-missing': 'Bitte geben Sie hier Ihren Namen ein.',
  'email-missing': 'Bitte geben Sie hier Ihre E-Mail-Adresse ein.',
  'email-invalid': 'Das ist keine E-Mail-Adresse. Bitte korrigieren Sie die Angabe.',
  'website-invalid': 'Das ist keine Webadresse. Bitte korrigieren Sie die Angabe oder lassen Sie sie weg.',
  'guests-off': 'Um hier zu kommentieren, müssen Sie angemeldet sein.',
  'sign-in-required': 'Bitte melden Sie sich dafür an.',
  claimOffer:
    'Diese Kommentare haben Sie hier als Gast geschrieben. Möchten Sie sie in Ihr Konto übernehmen?',
  claim: 'Übernehmen',
  notMine: 'Nicht von mir',
  claimed: 'Die Kommentare gehören jetzt zu Ihrem Konto.',

  'text-empty': 'Bitte schreiben Sie einen Kommentar.',
  'text-too-long': 'Ihr Kommentar ist zu lang. Bitte kürzen Sie ihn.',
  'text-invalid':
    'Ihr Kommentar enthält Zeichen, die sich nicht speichern lassen. Bitte entfernen Sie diese Zeichen.',
  'too-many-links': 'Ihr Kommentar enthält zu viele Links. Bitte entfernen Sie einige.',
  'too-deep':
    'Tiefer lässt sich diese Unterhaltung nicht verschachteln. Bitte antworten Sie auf einen Kommentar weiter oben.',
  'comment-duplicate': 'Das haben Sie anscheinend schon gesagt!',
  showIt: 'Anzeigen',
  'rate-limited':
    'Das ging ein wenig schnell. Ihr Text bleibt erhalten; bitte versuchen Sie es gleich noch einmal.',
  waitSeconds: (n) =>
    `Das ging ein wenig schnell. Ihr Text bleibt erhalten; bitte versuchen Sie es in ${count(n, { one: '# Sekunde', other: '# Sekunden' })} noch einmal.`,
  waitOver: 'Sie können Ihren Kommentar jetzt abschicken.',
  'thread-closed':
    'Die Kommentare wurden geschlossen, während Sie schrieben. Sie können Ihren Text noch kopieren.',
  'parent-removed': 'Der Kommentar, auf den Sie antworten, wurde entfernt. Ihr Text bleibt erhalten.',
  banned: 'Sie können auf dieser Website zurzeit nicht kommentieren. Ihren Text können Sie noch kopieren.',
  bannedUntil: (date) =>
    `Sie können auf dieser Website bis ${date} nicht kommentieren. Ihren Text können Sie noch kopieren.`,
  'idempotency-conflict':
    'Was Sie zuvor abgeschickt haben, ist angekommen. Schicken Sie noch einmal ab, um auch diesen Text zu senden.',
  'own-vote': 'Den eigenen Kommentar können Sie nicht bewerten.',
  'edit-window-closed': 'Die Zeit, diesen Kommentar zu bearbeiten, ist abgelaufen.',
  'undo-expired': 'Das lässt sich jetzt nicht mehr rückgängig machen.',
  'comment-unknown': 'Diesen Kommentar gibt es nicht mehr.',
  'comment-removed': 'Dieser Kommentar wurde entfernt.',
  'origin-foreign': 'Für diese Adresse sind keine Kommentare eingerichtet.',
  failed: 'Leider ist etwas schiefgegangen. Ihr Text bleibt erhalten; bitte versuchen Sie es noch einmal.',
  'offline-retry':
    'Die Kommentare sind gerade nicht erreichbar. Ihr Kommentar bleibt erhalten und wird von selbst abgeschickt, sobald es wieder geht.',
  copy: 'Ihren Text kopieren',
  copied: 'Kopiert.',
  postToArticle: 'Stattdessen den Artikel kommentieren',
  notKept: 'Dieser Browser speichert für diese Seite nichts: Ihr Text geht verloren, wenn Sie sie verlassen.',

  rejected: 'Ihr Kommentar wurde nicht freigegeben. Nur Sie können ihn sehen.',
  edit: 'Bearbeiten',
  delete: 'Löschen',
  save: 'Speichern',
  saved: 'Ihr Kommentar wurde geändert.',
  timeLeft: (time) => `Noch ${time} zum Bearbeiten`,
  confirmDelete: 'Diesen Kommentar löschen?',
  deleted: 'Ihr Kommentar wurde gelöscht.',
  keep: 'Behalten',
  undo: 'Rückgängig machen',
  restored: 'Ihr Kommentar ist wieder da.',

  charactersLeft: (n) => `Noch ${count(n, { one: '# Zeichen', other: '# Zeichen' })}`,
  formatting: 'Formatierung',
  write: 'Schreiben',
  preview: 'Vorschau',
  previewEmpty: 'Noch gibt es nichts in der Vorschau zu sehen.',
  bold: 'Fett',
  italic: 'Kursiv',
  strike: 'Durchgestrichen',
  link: 'Link',
  quote: 'Zitat',
  code: 'Code',
  list: 'Liste',
  numbered: 'Nummerierte Liste',
  mentionList: 'Wer hier mitdiskutiert',
  mentionCount: (n) => count(n, { one: '# Person gefunden', other: '# Personen gefunden' }),
};

export default texts;

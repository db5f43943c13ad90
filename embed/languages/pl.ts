/** Polski; calls the reader nothing where it can, and says nothing that depends on the gender or the case of a name. */
import { plurals } from '../plurals.ts';
import type { Texts } from '../texts.ts';

const count = plurals('pl');

const texts: Texts = {
  lang: 'pl',
  dir: 'ltr',

  leaveReply: 'Dodaj komentarz',
  leaveReplyTo: (name) => `Odpowiedź do: ${name}`,
  cancelReply: 'Anuluj odpowiedź',
  enterComment: 'Tu wpisz komentarz…',
  post: 'Opublikuj komentarz',
  posting: 'Publikowanie komentarza…',
  posted: 'Komentarz został opublikowany.',
  awaiting: 'Komentarz czeka na moderację.',
  empty: 'Wpisz treść komentarza.',
  tooLong: (n) =>
    `Komentarz jest za długi o ${count(n, { one: '# znak', few: '# znaki', many: '# znaków', other: '# znaku' })}.`,
  unavailable: 'Komentarze są chwilowo niedostępne. Tekst jest zachowany.',
  retry: 'Spróbuj ponownie',
  closed: 'Możliwość komentowania jest wyłączona.',

  comments: (n) =>
    n
      ? count(n, { one: '# komentarz', few: '# komentarze', many: '# komentarzy', other: '# komentarza' })
      : 'Komentarze',
  none: 'Nie ma jeszcze komentarzy.',
  loading: 'Wczytywanie komentarzy…',
  notLoaded: 'Nie udało się wczytać komentarzy.',
  more: 'Pokaż więcej komentarzy',
  moreReplies: 'Pokaż więcej odpowiedzi',
  sort: 'Kolejność',
  oldest: 'Od najstarszych',
  newest: 'Od najnowszych',
  best: 'Od najlepszych',

  commentBy: (name) => `Komentarz od: ${name}`,
  someone: 'Konto usunięte',
  anonymous: 'Anonim',
  guest: 'Gość',
  by: (provider) => `z konta ${provider}`,
  inReplyTo: (name) => `odpowiedź do: ${name}`,
  owner: 'Właściciel',
  moderator: 'Moderacja',
  pinned: 'Przypięty',
  edited: 'edytowany',
  removedBy: (who) =>
    who === 'author'
      ? 'Ten komentarz usunęła osoba, która go napisała.'
      : who === 'moderator'
        ? 'Ten komentarz został usunięty przez moderację.'
        : 'Ten komentarz został usunięty.',
  voteUp: 'Głos na plus',
  voteDown: 'Głos na minus',
  reply: 'Odpowiedz',
  replyTo: (name) => `Odpowiedz na komentarz od: ${name}`,
  readMore: 'Czytaj dalej',
  conversation: (name) => `Rozmowa, którą zaczyna ${name}`,

  choose: 'Aby opublikować komentarz, zaloguj się w jeden z tych sposobów:',
  chooseOther: 'Wybierz konto, z którego chcesz komentować:',
  chooseToVote: 'Aby zagłosować, zaloguj się w jeden z tych sposobów:',
  switchThere: (names) => `Aby użyć innego konta ${names}, najpierw zmień je tam.`,
  connecting: (name) => `Łączenie z serwisem ${name}`,
  finishThere: 'Dokończ logowanie w oknie, które się otworzyło.',
  noProvider: 'Tu jeszcze nie można się zalogować: w tym serwisie nie ustawiono żadnego sposobu logowania.',
  cancel: 'Anuluj',
  commentingAs: (provider) => `Komentujesz z konta ${provider}.`,
  logOut: 'Wyloguj',
  change: 'Zmień',
  loggedOut: 'Wylogowano.',
  'pending-auto-post': 'Komentarz zostanie opublikowany zaraz po zalogowaniu.',
  'login-denied': 'Logowanie nie doszło do skutku. Wybierz konto, aby spróbować ponownie.',
  'login-timeout': 'Logowanie trwało zbyt długo. Spróbuj ponownie.',
  'login-failed': 'Logowanie się nie powiodło. Spróbuj ponownie albo wybierz inne konto.',
  'provider-unavailable': 'Ten serwis jest chwilowo niedostępny. Wybierz inne konto albo spróbuj później.',
  'popup-blocked':
    'Przeglądarka zablokowała okno logowania. Zezwól tu na wyskakujące okna i spróbuj ponownie.',
  'session-expired': 'Sesja wygasła. Zaloguj się ponownie; tekst jest zachowany.',

  fillIn: 'Wypełnij pola poniżej lub kliknij ikonę, aby się zalogować:',
  email: 'E-mail',
  neverPublic: 'nie zostanie opublikowany',
  name: 'Imię lub pseudonim',
  website: 'Strona internetowa',
  required: 'wymagane',
  commentingAsGuest: 'Komentujesz jako gość.',
  'name-missing': 'Wpisz tu imię lub pseudonim.',
  'email-missing': 'Wpisz tu adres e-mail.',
  'email-invalid': 'To nie jest adres e-mail. Popraw go.',
  'website-invalid': 'To nie jest adres strony. Popraw go albo zostaw pole puste.',
  'guests-off': 'Aby tu komentować, trzeba się zalogować.',
  'sign-in-required': 'Aby to zrobić, zaloguj się.',
  claimOffer: 'Te komentarze zostały tu dodane w trybie gościa. Przypisać je do Twojego konta?',
  claim: 'Przypisz',
  notMine: 'To nie moje',
  claimed: 'Komentarze należą teraz do Twojego konta.',

  'text-empty': 'Wpisz treść komentarza.',
  'text-too-long': 'Komentarz jest za długi. Skróć go.',
  'text-invalid': 'W komentarzu są znaki, których nie można zapisać. Usuń je.',
  'too-many-links': 'W komentarzu jest za dużo linków. Usuń kilka.',
  'too-deep': 'Ta rozmowa nie może być bardziej zagnieżdżona. Odpowiedz na komentarz wyżej.',
  'comment-duplicate': 'Wygląda na to, że ten komentarz już tu jest!',
  showIt: 'Pokaż',
  'rate-limited': 'Trochę za szybko. Tekst jest zachowany; spróbuj ponownie za chwilę.',
  waitSeconds: (n) =>
    `Trochę za szybko. Tekst jest zachowany; spróbuj ponownie za ${count(n, { one: '# sekundę', few: '# sekundy', many: '# sekund', other: '# sekundy' })}.`,
  waitOver: 'Możesz już opublikować komentarz.',
  'thread-closed': 'Komentowanie zostało wyłączone w trakcie pisania. Nadal możesz skopiować tekst.',
  'parent-removed': 'Komentarz, na który odpowiadasz, został usunięty. Tekst jest zachowany.',
  banned: 'W tej chwili nie możesz komentować w tym serwisie. Nadal możesz skopiować tekst.',
  bannedUntil: (date) => `Do ${date} nie możesz komentować w tym serwisie. Nadal możesz skopiować tekst.`,
  'idempotency-conflict': 'Poprzedni tekst już dotarł. Opublikuj jeszcze raz, aby wysłać także ten.',
  'own-vote': 'Nie można głosować na własny komentarz.',
  'edit-window-closed': 'Czas na edycję tego komentarza minął.',
  'undo-expired': 'Za późno, żeby to cofnąć.',
  'comment-unknown': 'Tego komentarza już nie ma.',
  'comment-removed': 'Ten komentarz został usunięty.',
  'origin-foreign': 'Komentarze nie są skonfigurowane dla tego adresu.',
  failed: 'Przepraszamy, coś poszło nie tak. Tekst jest zachowany; spróbuj ponownie.',
  'offline-retry':
    'Komentarze są chwilowo niedostępne. Komentarz jest zachowany i wyśle się sam, gdy tylko będzie to możliwe.',
  copy: 'Skopiuj tekst',
  copied: 'Skopiowano.',
  postToArticle: 'Skomentuj zamiast tego artykuł',
  notKept: 'Ta przeglądarka nic dla tej strony nie zapisuje: po jej opuszczeniu tekst przepadnie.',

  rejected: 'Komentarz nie został zaakceptowany. Tylko Ty go widzisz.',
  edit: 'Edytuj',
  delete: 'Usuń',
  save: 'Zapisz',
  saved: 'Komentarz został zmieniony.',
  timeLeft: (time) => `Czas na edycję: ${time}`,
  confirmDelete: 'Usunąć ten komentarz?',
  deleted: 'Komentarz został usunięty.',
  keep: 'Zostaw',
  undo: 'Cofnij',
  restored: 'Komentarz wrócił na miejsce.',

  charactersLeft: (n) =>
    count(n, {
      one: 'Pozostał # znak',
      few: 'Pozostały # znaki',
      many: 'Pozostało # znaków',
      other: 'Pozostało # znaku',
    }),
  formatting: 'Formatowanie',
  write: 'Edycja',
  preview: 'Podgląd',
  previewEmpty: 'Nie ma jeszcze nic do podglądu.',
  bold: 'Pogrubienie',
  italic: 'Kursywa',
  strike: 'Przekreślenie',
  link: 'Link',
  quote: 'Cytat',
  code: 'Kod',
  list: 'Lista',
  numbered: 'Lista numerowana',
  mentionList: 'Osoby w tej dyskusji',
  mentionCount: (n) =>
    count(n, {
      one: 'Znaleziono # osobę',
      few: 'Znaleziono # osoby',
      many: 'Znaleziono # osób',
      other: 'Znaleziono # osoby',
    }),
};

export default texts;

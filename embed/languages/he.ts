/** עברית. */
import { plurals } from '../plurals.ts';
import type { Texts } from '../texts.ts';

const count = plurals('he');

/** Keeps a name that runs the other way from turning the sentence around. */
const isolate = (name: string) => `\u2068${name}\u2069`;
/** The same for names listed with words of this language between them. */
const isolateList = (names: string) => `\u2067${names}\u2069`;

const texts: Texts = {
  lang: 'he',
  dir: 'rtl',

  // Reply box
  leaveReply: 'כתיבת תגובה',
  leaveReplyTo: (name) => `תגובה ל־${isolate(name)}`,
  cancelReply: 'ביטול התגובה',
  enterComment: 'כאן כותבים את התגובה…',
  commentingAs: (provider) => `התגובה תפורסם מחשבון ה־${isolate(provider)} שלך.`,
  logOut: 'התנתקות',
  change: 'החלפה',
  post: 'שליחת התגובה',
  posting: 'התגובה נשלחת…',
  posted: 'התגובה שלך פורסמה.',
  awaiting: 'התגובה שלך ממתינה לאישור.',
  empty: 'יש לכתוב תגובה.',
  tooLong: (n) =>
    count(n, {
      one: 'התגובה ארוכה מדי בתו אחד.',
      two: 'התגובה ארוכה מדי בשני תווים.',
      other: 'התגובה ארוכה מדי ב־# תווים.',
    }),
  unavailable: 'התגובות אינן זמינות כרגע. הטקסט שלך נשמר.',
  retry: 'ניסיון נוסף',
  closed: 'התגובות סגורות.',

  // Thread
  comments: (n) => (n ? count(n, { one: 'תגובה אחת', two: 'שתי תגובות', other: '# תגובות' }) : 'תגובות'),
  none: 'אין עדיין תגובות.',
  loading: 'התגובות נטענות…',
  notLoaded: 'טעינת התגובות נכשלה.',
  more: 'הצגת תגובות נוספות',
  moreReplies: 'הצגת המשך השרשור',
  sort: 'מיון לפי',
  oldest: 'מהישנה לחדשה',
  newest: 'מהחדשה לישנה',
  best: 'המובילות תחילה',

  // A comment
  commentBy: (name) => `תגובה מאת ${isolate(name)}`,
  someone: 'חשבון שנמחק',
  anonymous: 'אנונימי',
  guest: 'אורח',
  by: (provider) => `דרך ${isolate(provider)}`,
  inReplyTo: (name) => `בתגובה ל־${isolate(name)}`,
  owner: 'בעלי האתר',
  moderator: 'מנחה',
  pinned: 'תגובה נעוצה',
  edited: 'נערכה',
  removedBy: (who) =>
    who === 'author'
      ? 'התגובה נמחקה על ידי הכותב/ת.'
      : who === 'moderator'
        ? 'התגובה הוסרה על ידי מנחה הדיון.'
        : 'התגובה נמחקה.',
  voteUp: 'הצבעה בעד',
  voteDown: 'הצבעה נגד',
  reply: 'להגיב',
  replyTo: (name) => `להגיב ל־${isolate(name)}`,
  readMore: 'להמשך קריאה',
  conversation: (name) => `שרשור שנפתח בתגובה של ${isolate(name)}`,

  // Signing in
  choose: 'כדי לפרסם את התגובה, יש להתחבר באחת מהדרכים האלה:',
  chooseOther: 'מאיזה חשבון להגיב?',
  chooseToVote: 'כדי להצביע, יש להתחבר באחת מהדרכים האלה:',
  switchThere: (names) => `כדי להשתמש בחשבון ${isolateList(names)} אחר, יש להחליף אותו קודם באתר של השירות.`,
  connecting: (name) => `מתבצעת התחברות אל ${isolate(name)}`,
  finishThere: 'יש להשלים את ההתחברות בחלון שנפתח.',
  noProvider: 'עדיין אי אפשר להתחבר כאן: מפעילי השירות לא הגדירו דרך לעשות זאת.',
  cancel: 'ביטול',
  loggedOut: 'התנתקת מהחשבון.',
  'pending-auto-post': 'התגובה שלך תישלח מיד לאחר ההתחברות.',
  'login-denied': 'ההתחברות לא בוצעה. אפשר לבחור חשבון ולנסות שוב.',
  'login-timeout': 'ההתחברות נמשכה זמן רב מדי. נא לנסות שוב.',
  'login-failed': 'ההתחברות נכשלה. אפשר לנסות שוב או לבחור חשבון אחר.',
  'provider-unavailable': 'השירות הזה אינו זמין כרגע. אפשר לבחור חשבון אחר או לנסות מאוחר יותר.',
  'popup-blocked': 'הדפדפן חסם את חלון ההתחברות. נא לאפשר חלונות קופצים באתר הזה ולנסות שוב.',
  'session-expired': 'תוקף ההתחברות פג. נא להתחבר שוב; הטקסט שלך נשמר.',

  // Guests
  fillIn: 'אפשר למלא את הפרטים למטה או ללחוץ על סמל כדי להתחבר:',
  email: 'אימייל',
  neverPublic: 'לא יפורסם',
  name: 'שם',
  website: 'אתר',
  required: 'חובה',
  commentingAsGuest: 'התגובה תפורסם כתגובת אורח.',
  'name-missing': 'יש להזין שם.',
  'email-missing': 'יש להזין כתובת אימייל.',
  'email-invalid': 'כתובת האימייל אינה תקינה. יש לתקן אותה.',
  'website-invalid': 'כתובת האתר אינה תקינה. יש לתקן אותה או להשאיר את השדה ריק.',
  'guests-off': 'כדי להגיב כאן יש להתחבר.',
  'sign-in-required': 'לשם כך יש להתחבר.',
  claimOffer: 'את התגובות האלה כתבת כאן ללא חשבון. להוסיף אותן לחשבון שלך?',
  claim: 'להוסיף',
  notMine: 'הן לא שלי',
  claimed: 'התגובות שייכות עכשיו לחשבון שלך.',

  // Refusals
  'text-empty': 'יש לכתוב תגובה.',
  'text-too-long': 'התגובה שלך ארוכה מדי. יש לקצר אותה.',
  'text-invalid': 'בתגובה שלך יש תווים שאי אפשר לשמור. יש להסיר אותם.',
  'too-many-links': 'בתגובה שלך יש יותר מדי קישורים. יש להסיר כמה מהם.',
  'too-deep': 'אי אפשר להעמיק עוד בשרשור הזה. אפשר להגיב לתגובה מוקדמת יותר בו.',
  'comment-duplicate': 'נראה שכבר כתבת את זה!',
  showIt: 'להצגת התגובה',
  'rate-limited': 'זה היה קצת מהיר. הטקסט שלך נשמר; נא לנסות שוב בעוד רגע.',
  waitSeconds: (n) =>
    `זה היה קצת מהיר. הטקסט שלך נשמר; נא לנסות שוב בעוד ${count(n, { one: 'שנייה אחת', two: 'שתי שניות', other: '# שניות' })}.`,
  waitOver: 'עכשיו אפשר לשלוח את התגובה.',
  'thread-closed': 'התגובות נסגרו בזמן הכתיבה. עדיין אפשר להעתיק את הטקסט שלך.',
  'parent-removed': 'התגובה שאליה התייחסת הוסרה. הטקסט שלך נשמר.',
  banned: 'כרגע אין לך אפשרות להגיב באתר הזה. עדיין אפשר להעתיק את הטקסט שלך.',
  bannedUntil: (date) => `אין לך אפשרות להגיב באתר הזה עד ${date}. עדיין אפשר להעתיק את הטקסט שלך.`,
  'idempotency-conflict': 'מה ששלחת קודם התקבל. כדי לשלוח גם את הטקסט הזה, יש לשלוח פעם נוספת.',
  'own-vote': 'אי אפשר להצביע לתגובה שלך.',
  'edit-window-closed': 'הזמן לעריכת התגובה הזאת עבר.',
  'undo-expired': 'כבר אי אפשר לבטל את המחיקה.',
  'comment-unknown': 'התגובה הזאת כבר לא קיימת.',
  'comment-removed': 'התגובה הזאת הוסרה.',
  'origin-foreign': 'לא הוגדרו תגובות לכתובת הזאת.',
  failed: 'סליחה, משהו השתבש. הטקסט שלך נשמר; נא לנסות שוב.',
  'offline-retry': 'התגובות אינן זמינות כרגע. התגובה שלך נשמרה ותישלח מעצמה כשיחזור החיבור.',
  copy: 'העתקת הטקסט',
  copied: 'הטקסט הועתק.',
  postToArticle: 'להגיב לכתבה עצמה',
  notKept: 'הדפדפן לא שומר דבר עבור העמוד הזה: הטקסט שלך יאבד ביציאה ממנו.',

  // One's own comments
  rejected: 'התגובה שלך לא אושרה. רק לך היא מוצגת.',
  edit: 'עריכה',
  delete: 'מחיקה',
  save: 'שמירה',
  saved: 'התגובה שלך עודכנה.',
  timeLeft: (time) => `הזמן שנותר לעריכה: ${time}`,
  confirmDelete: 'למחוק את התגובה הזאת?',
  deleted: 'התגובה שלך נמחקה.',
  keep: 'להשאיר',
  undo: 'ביטול המחיקה',
  restored: 'התגובה שלך שוחזרה.',

  // Writing
  charactersLeft: (n) => count(n, { one: 'נותר תו אחד', two: 'נותרו שני תווים', other: 'נותרו # תווים' }),
  formatting: 'עיצוב טקסט',
  write: 'חזרה לכתיבה',
  preview: 'תצוגה מקדימה',
  previewEmpty: 'אין עדיין מה להציג.',
  bold: 'מודגש',
  italic: 'נטוי',
  strike: 'קו חוצה',
  link: 'קישור',
  quote: 'ציטוט',
  code: 'קוד',
  list: 'רשימה',
  numbered: 'רשימה ממוספרת',
  mentionList: 'משתתפי הדיון',
  mentionCount: (n) => count(n, { one: 'נמצא אדם אחד', two: 'נמצאו שני אנשים', other: 'נמצאו # אנשים' }),
};

export default texts;

/** Français; with “vous”. The spaces before ; ! ? are U+202F, those before : are U+00A0. */
import { plurals } from '../plurals.ts';
import type { Texts } from '../texts.ts';

const count = plurals('fr');

const texts: Texts = {
  lang: 'fr',
  dir: 'ltr',

  leaveReply: 'Laisser un commentaire',
  leaveReplyTo: (name) => `Répondre à ${name}`,
  cancelReply: 'Annuler la réponse',
  enterComment: 'Écrivez votre commentaire ici…',
  post: 'Publier le commentaire',
  posting: 'Publication du commentaire…',
  posted: 'Votre commentaire est publié.',
  awaiting: 'Votre commentaire est en attente de modération.',
  empty: 'Veuillez écrire un commentaire.',
  tooLong: (n) =>
    `Votre commentaire compte ${count(n, { one: '# caractère', many: '# de caractères', other: '# caractères' })} de trop.`,
  unavailable: 'Les commentaires sont inaccessibles pour l’instant. Votre texte est conservé.',
  retry: 'Réessayer',
  closed: 'Les commentaires sont fermés.',

  comments: (n) =>
    n
      ? count(n, { one: '# commentaire', many: '# de commentaires', other: '# commentaires' })
      : 'Commentaires',
  none: 'Aucun commentaire pour l’instant.',
  loading: 'Chargement des commentaires…',
  notLoaded: 'Les commentaires n’ont pas pu être chargés.',
  more: 'Afficher plus de commentaires',
  moreReplies: 'Afficher plus de réponses',
  sort: 'Trier par',
  oldest: 'Plus anciens',
  newest: 'Plus récents',
  best: 'Meilleurs',

  commentBy: (name) => `Commentaire publié par ${name}`,
  someone: 'Compte supprimé',
  anonymous: 'Anonyme',
  guest: 'Invité',
  by: (provider) => `via ${provider}`,
  inReplyTo: (name) => `en réponse à ${name}`,
  owner: 'Propriétaire',
  moderator: 'Modération',
  pinned: 'Épinglé',
  edited: 'modifié',
  removedBy: (who) =>
    `Ce commentaire a été ${who === 'author' ? 'supprimé par la personne qui l’a écrit' : who === 'moderator' ? 'retiré par la modération' : 'supprimé'}.`,
  voteUp: 'Voter pour',
  voteDown: 'Voter contre',
  reply: 'Répondre',
  replyTo: (name) => `Répondre à ${name}`,
  readMore: 'Lire la suite',
  conversation: (name) => `Conversation lancée par ${name}`,

  choose: 'Connectez-vous avec l’un de ces services pour publier votre commentaire :',
  chooseOther: 'Choisissez le compte avec lequel commenter :',
  chooseToVote: 'Connectez-vous avec l’un de ces services pour voter :',
  switchThere: (names) =>
    `Pour utiliser un autre compte ${names}, changez d’abord de compte sur le site en question.`,
  connecting: (name) => `Connexion à ${name}`,
  finishThere: 'Terminez la connexion dans la fenêtre qui vient de s’ouvrir.',
  noProvider:
    'Personne ne peut encore se connecter ici : aucun moyen de connexion n’a été mis en place pour ce service.',
  cancel: 'Annuler',
  commentingAs: (provider) => `Vous commentez avec votre compte ${provider}.`,
  logOut: 'Se déconnecter',
  change: 'Changer',
  loggedOut: 'Déconnexion effectuée.',
  'pending-auto-post': 'Votre commentaire sera publié dès votre connexion.',
  'login-denied': 'La connexion n’a pas eu lieu. Choisissez un compte pour réessayer.',
  'login-timeout': 'La connexion a pris trop de temps. Veuillez réessayer.',
  'login-failed': 'La connexion a échoué. Réessayez ou choisissez un autre compte.',
  'provider-unavailable':
    'Ce service est inaccessible pour l’instant. Choisissez un autre compte ou réessayez plus tard.',
  'popup-blocked':
    'Votre navigateur a bloqué la fenêtre de connexion. Autorisez les fenêtres pop-up ici, puis réessayez.',
  'session-expired': 'Votre session a expiré. Reconnectez-vous ; votre texte est conservé.',

  fillIn: 'Renseignez vos coordonnées ci-dessous ou cliquez sur une icône pour vous connecter :',
  email: 'E-mail',
  neverPublic: 'ne sera jamais publié',
  name: 'Nom',
  website: 'Site web',
  required: 'obligatoire',
  commentingAsGuest: 'Vous commentez en mode invité.',
  'name-missing': 'Veuillez indiquer votre nom ici.',
  'email-missing': 'Veuillez indiquer votre adresse e-mail ici.',
  'email-invalid': 'Cette adresse e-mail n’est pas valide. Veuillez la corriger.',
  'website-invalid': 'Cette adresse web n’est pas valide. Corrigez-la ou laissez le champ vide.',
  'guests-off': 'Il faut se connecter pour commenter ici.',
  'sign-in-required': 'Connectez-vous pour faire cela.',
  claimOffer: 'Vous avez écrit ces commentaires ici en mode invité. Les ajouter à votre compte ?',
  claim: 'Les ajouter',
  notMine: 'Ils ne sont pas de moi',
  claimed: 'Ces commentaires sont maintenant les vôtres.',

  'text-empty': 'Veuillez écrire un commentaire.',
  'text-too-long': 'Votre commentaire est trop long. Veuillez le raccourcir.',
  'text-invalid':
    'Votre commentaire contient des caractères qui ne peuvent pas être enregistrés. Veuillez les retirer.',
  'too-many-links': 'Votre commentaire contient trop de liens. Veuillez en retirer.',
  'too-deep': 'Cette conversation ne peut pas aller plus loin. Répondez à un commentaire plus haut.',
  'comment-duplicate': 'On dirait que vous l’avez déjà dit !',
  showIt: 'L’afficher',
  'rate-limited': 'C’était un peu rapide. Votre texte est conservé ; réessayez dans un instant.',
  waitSeconds: (n) =>
    `C’était un peu rapide. Votre texte est conservé ; réessayez dans ${count(n, { one: '# seconde', many: '# de secondes', other: '# secondes' })}.`,
  waitOver: 'Vous pouvez maintenant publier votre commentaire.',
  'thread-closed':
    'Les commentaires ont été fermés pendant que vous écriviez. Vous pouvez encore copier votre texte.',
  'parent-removed': 'Le commentaire auquel vous répondez a été retiré. Votre texte est conservé.',
  banned: 'Vous ne pouvez pas commenter sur ce site pour le moment. Vous pouvez encore copier votre texte.',
  bannedUntil: (date) =>
    `Vous ne pouvez pas commenter sur ce site jusqu’au ${date}. Vous pouvez encore copier votre texte.`,
  'idempotency-conflict':
    'Votre envoi précédent est bien arrivé. Publiez encore une fois pour envoyer aussi ce texte.',
  'own-vote': 'Vous ne pouvez pas voter pour votre propre commentaire.',
  'edit-window-closed': 'Le délai pour modifier ce commentaire est passé.',
  'undo-expired': 'Il est trop tard pour revenir en arrière.',
  'comment-unknown': 'Ce commentaire n’existe plus.',
  'comment-removed': 'Ce commentaire a été retiré.',
  'origin-foreign': 'Les commentaires ne sont pas configurés pour cette adresse.',
  failed: 'Désolé, un problème est survenu. Votre texte est conservé ; veuillez réessayer.',
  'offline-retry':
    'Les commentaires sont inaccessibles pour l’instant. Votre commentaire est conservé et partira tout seul dès que possible.',
  copy: 'Copier votre texte',
  copied: 'Copié.',
  postToArticle: 'Commenter plutôt l’article',
  notKept: 'Ce navigateur ne conserve rien pour cette page : votre texte sera perdu si vous la quittez.',

  rejected: 'Votre commentaire n’a pas été accepté. Personne d’autre que vous ne peut le voir.',
  edit: 'Modifier',
  delete: 'Supprimer',
  save: 'Enregistrer',
  saved: 'Votre commentaire a été modifié.',
  timeLeft: (time) => `Encore ${time} pour modifier`,
  confirmDelete: 'Supprimer ce commentaire ?',
  deleted: 'Votre commentaire a été supprimé.',
  keep: 'Le garder',
  undo: 'Annuler la suppression',
  restored: 'Votre commentaire est de retour.',

  charactersLeft: (n) =>
    count(n, {
      one: '# caractère restant',
      many: '# de caractères restants',
      other: '# caractères restants',
    }),
  formatting: 'Mise en forme',
  write: 'Écrire',
  preview: 'Aperçu',
  previewEmpty: 'Il n’y a encore rien à prévisualiser.',
  bold: 'Gras',
  italic: 'Italique',
  strike: 'Barré',
  link: 'Lien',
  quote: 'Citation',
  code: 'Code',
  list: 'Liste',
  numbered: 'Liste numérotée',
  mentionList: 'Personnes dans cette discussion',
  mentionCount: (n) =>
    n === 0
      ? 'Aucune personne trouvée'
      : count(n, {
          one: '# personne trouvée',
          many: '# de personnes trouvées',
          other: '# personnes trouvées',
        }),
};

export default texts;

/** Português; with “você”, and where Brazil and Portugal differ in a word, one that both know, else Brazil's. */
import { plurals } from '../plurals.ts';
import type { Texts } from '../texts.ts';

const count = plurals('pt');

const texts: Texts = {
  lang: 'pt',

  leaveReply: 'Deixe um comentário',
  leaveReplyTo: (name) => `Responder a ${name}`,
  cancelReply: 'Cancelar resposta',
  enterComment: 'Escreva aqui o seu comentário…',
  post: 'Publicar comentário',
  posting: 'Publicando o comentário…',
  posted: 'Seu comentário foi publicado.',
  awaiting: 'Seu comentário está aguardando moderação.',
  empty: 'Escreva um comentário, por favor.',
  tooLong: (n) =>
    `Seu comentário tem ${count(n, { one: '# caractere', many: '# de caracteres', other: '# caracteres' })} a mais.`,
  unavailable: 'Os comentários estão indisponíveis no momento. Seu texto continua aqui.',
  retry: 'Tentar de novo',
  closed: 'Os comentários estão encerrados.',

  comments: (n) =>
    n ? count(n, { one: '# comentário', many: '# de comentários', other: '# comentários' }) : 'Comentários',
  none: 'Ainda não há comentários.',
  loading: 'Carregando comentários…',
  notLoaded: 'Não foi possível carregar os comentários.',
  more: 'Ver mais comentários',
  moreReplies: 'Ver mais respostas',
  sort: 'Ordenar por',
  oldest: 'Mais antigos',
  newest: 'Mais recentes',
  best: 'Melhores',

  commentBy: (name) => `Comentário de ${name}`,
  someone: 'Conta apagada',
  anonymous: 'Anônimo',
  guest: 'Visitante',
  by: (provider) => `via ${provider}`,
  inReplyTo: (name) => `em resposta a ${name}`,
  owner: 'Responsável',
  moderator: 'Moderação',
  pinned: 'Fixado',
  edited: 'editado',
  removedBy: (who) =>
    `Este comentário foi ${who === 'author' ? 'apagado por quem o escreveu' : who === 'moderator' ? 'removido pela moderação' : 'apagado'}.`,
  voteUp: 'Votar a favor',
  voteDown: 'Votar contra',
  reply: 'Responder',
  replyTo: (name) => `Responder a ${name}`,
  readMore: 'Ler mais',
  conversation: (name) => `Conversa iniciada por ${name}`,

  choose: 'Para publicar seu comentário, entre com uma destas opções:',
  chooseOther: 'Escolha a conta com que deseja comentar:',
  chooseToVote: 'Para votar, entre com uma destas opções:',
  switchThere: (names) => `Para usar outra conta ${names}, troque de conta lá primeiro.`,
  connecting: (name) => `Conectando com ${name}`,
  finishThere: 'Conclua o login na janela que se abriu.',
  noProvider: 'Ainda não é possível entrar aqui: nenhuma forma de login foi configurada para este serviço.',
  cancel: 'Cancelar',
  commentingAs: (provider) => `Você está comentando com a sua conta ${provider}.`,
  logOut: 'Sair',
  change: 'Trocar',
  loggedOut: 'Você saiu da sua conta.',
  'pending-auto-post': 'Seu comentário será publicado assim que você entrar.',
  'login-denied': 'O login não foi concluído. Escolha uma conta para tentar de novo.',
  'login-timeout': 'O login demorou demais. Tente de novo.',
  'login-failed': 'Não foi possível entrar. Tente de novo ou escolha outra conta.',
  'provider-unavailable':
    'Este serviço está indisponível no momento. Escolha outra conta ou tente mais tarde.',
  'popup-blocked': 'Seu navegador bloqueou a janela de login. Permita pop-ups aqui e tente de novo.',
  'session-expired': 'Sua sessão expirou. Entre de novo; seu texto continua aqui.',

  fillIn: 'Preencha os seus dados abaixo ou clique em um ícone para entrar:',
  email: 'E-mail',
  neverPublic: 'nunca será publicado',
  name: 'Nome',
  website: 'Site',
  required: 'obrigatório',
  commentingAsGuest: 'Você está comentando como visitante.',
  'name-missing': 'Escreva aqui o seu nome, por favor.',
  'email-missing': 'Escreva aqui o seu e-mail, por favor.',
  'email-invalid': 'Este não é um endereço de e-mail. Corrija-o, por favor.',
  'website-invalid': 'Este não é um endereço de site. Corrija-o ou deixe o campo vazio.',
  'guests-off': 'Para comentar aqui, é preciso entrar com uma conta.',
  'sign-in-required': 'Para isso, entre com uma conta.',
  claimOffer: 'Você escreveu estes comentários aqui como visitante. Quer adicioná-los à sua conta?',
  claim: 'Adicionar',
  notMine: 'Não são meus',
  claimed: 'Agora os comentários são seus.',

  'text-empty': 'Escreva um comentário, por favor.',
  'text-too-long': 'Seu comentário é longo demais. Encurte-o, por favor.',
  'text-invalid': 'Seu comentário tem caracteres que não podem ser guardados. Remova-os, por favor.',
  'too-many-links': 'Seu comentário tem links demais. Remova alguns, por favor.',
  'too-deep': 'Esta conversa não permite mais níveis. Responda a um comentário mais acima.',
  'comment-duplicate': 'Parece que você já disse isso!',
  showIt: 'Mostrar',
  'rate-limited': 'Foi um pouco rápido demais. Seu texto continua aqui; tente de novo daqui a pouco.',
  waitSeconds: (n) =>
    `Foi um pouco rápido demais. Seu texto continua aqui; tente de novo em ${count(n, { one: '# segundo', many: '# de segundos', other: '# segundos' })}.`,
  waitOver: 'Agora você já pode publicar seu comentário.',
  'thread-closed':
    'Os comentários foram encerrados enquanto você escrevia. Ainda é possível copiar o seu texto.',
  'parent-removed': 'O comentário a que você responde foi removido. Seu texto continua aqui.',
  banned: 'No momento, você não pode comentar neste site. Ainda é possível copiar o seu texto.',
  bannedUntil: (date) =>
    `Você não pode comentar neste site até ${date}. Ainda é possível copiar o seu texto.`,
  'idempotency-conflict':
    'O que você enviou antes já chegou. Publique mais uma vez para enviar também este texto.',
  'own-vote': 'Não é possível votar no próprio comentário.',
  'edit-window-closed': 'O prazo para editar este comentário terminou.',
  'undo-expired': 'Já é tarde para desfazer isso.',
  'comment-unknown': 'Este comentário não existe mais.',
  'comment-removed': 'Este comentário foi removido.',
  'origin-foreign': 'Os comentários não estão configurados para este endereço.',
  failed: 'Desculpe, algo deu errado. Seu texto continua aqui; tente de novo.',
  'offline-retry':
    'Os comentários estão indisponíveis no momento. Seu comentário está guardado e será enviado sozinho assim que possível.',
  copy: 'Copiar o seu texto',
  copied: 'Copiado.',
  postToArticle: 'Comentar o artigo em vez disso',
  notKept: 'Este navegador não guarda nada desta página: ao sair dela, você perde o seu texto.',

  rejected: 'Seu comentário não foi aceito. Só você pode vê-lo.',
  edit: 'Editar',
  delete: 'Apagar',
  save: 'Salvar',
  saved: 'Seu comentário foi alterado.',
  timeLeft: (time) => `Tempo para editar: ${time}`,
  confirmDelete: 'Apagar este comentário?',
  deleted: 'Seu comentário foi apagado.',
  keep: 'Manter',
  undo: 'Desfazer',
  restored: 'Seu comentário está de volta.',

  charactersLeft: (n) =>
    count(n, {
      one: '# caractere restante',
      many: '# de caracteres restantes',
      other: '# caracteres restantes',
    }),
  formatting: 'Formatação',
  write: 'Escrever',
  preview: 'Prévia',
  previewEmpty: 'Ainda não há nada para mostrar.',
  bold: 'Negrito',
  italic: 'Itálico',
  strike: 'Tachado',
  link: 'Link',
  quote: 'Citação',
  code: 'Código',
  list: 'Lista',
  numbered: 'Lista numerada',
  mentionList: 'Pessoas nesta conversa',
  mentionCount: (n) =>
    n === 0
      ? 'Nenhuma pessoa encontrada'
      : count(n, {
          one: '# pessoa encontrada',
          many: '# de pessoas encontradas',
          other: '# pessoas encontradas',
        }),
};

export default texts;

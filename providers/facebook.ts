/**
 * Facebook Login, the manual flow. Callback: <PUBLIC_URL>/login/callback/facebook.
 * No PKCE and no ID token in its stable flow: the state bound to the browser is the only defence against an injected
 * code. Errors are objects. Only `id` is guaranteed, and it differs per app. Pictures expire. No account chooser:
 * asking for the password again shows "not you?". A Graph version lives about two years.
 */

import { at, type Provider } from './provider.ts';

export const facebook: Provider = {
  id: 'facebook',
  name: 'Facebook',
  brand: { color: '#0866ff', onColor: '#ffffff', icon: 'M9 22v-9H6V9h3c0-5 2-7 8-7v4q-4 0-4 3h4v4h-4v9z' },
  links: {
    register: 'https://developers.facebook.com/apps/',
    documentation: 'https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow',
  },
  kind: 'plain',
  endpoints: {
    authorizationUrl: 'https://www.facebook.com/v26.0/dialog/oauth',
    tokenUrl: 'https://graph.facebook.com/v26.0/oauth/access_token',
    profileUrl: 'https://graph.facebook.com/v26.0/me',
  },
  scope: 'public_profile',
  clientAuth: 'post',
  pkce: false,
  authorizationParameters: { display: 'popup' },
  switchParameters: { auth_type: 'reauthenticate' },
  tokenDefaults: { token_type: 'bearer' },
  profileParameters: { fields: 'id,name,picture.width(200).height(200)' },
  appProof: 'appsecret_proof',
  errorFields: { code: ['error.code', 'error.error_subcode'], trace: 'error.fbtrace_id' },
  failures: { expired: ['100', '100/36007', '100/36009'], config: ['1', '101', '191'], network: ['2', '4'] },
  subject: 'id',
  profile: (raw) => ({
    name: raw.name,
    username: null,
    link: null,
    picture: at(raw, 'picture.data.is_silhouette') === true ? null : at(raw, 'picture.data.url'),
  }),
  pictureHosts: ['platform-lookaside.fbsbx.com', '.fbcdn.net'],
};

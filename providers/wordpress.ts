/**
 * WordPress.com, the documented "Connect" endpoints. Callback: <PUBLIC_URL>/login/callback/wordpress.
 * `scope=auth` matters: without it the reader must pick a blog, and readers without a blog are stuck. The token answer
 * has an odd `scope` and no expiry; profile keys have odd case. PKCE is not documented there, so it is not sent, and
 * there is no parameter to choose an account: its own page offers "log in with another account".
 */

import { type Provider, text, withQuery } from './provider.ts';

export const wordpress: Provider = {
  id: 'wordpress',
  name: 'WordPress.com',
  brand: {
    color: '#3858e9',
    onColor: '#ffffff',
    icon: 'M2 5h4l2.6 9L11 5h2l2.4 9L18 5h4l-4.8 15h-3L12 12.5 9.8 20h-3z',
  },
  links: {
    register: 'https://developer.wordpress.com/apps/',
    documentation: 'https://developer.wordpress.com/docs/oauth2/',
  },
  kind: 'plain',
  endpoints: {
    authorizationUrl: 'https://public-api.wordpress.com/oauth2/authenticate',
    tokenUrl: 'https://public-api.wordpress.com/oauth2/token',
    profileUrl: 'https://public-api.wordpress.com/rest/v1.1/me',
  },
  scope: 'auth',
  clientAuth: 'post',
  pkce: false,
  tokenDefaults: { token_type: 'bearer' },
  failures: { config: ['authorization_required'] },
  subject: 'ID',
  profile: (raw) => ({
    name: text(raw.display_name) || raw.username,
    username: raw.username,
    link: raw.profile_URL,
    picture: withQuery(raw.avatar_URL, { s: '200' }),
  }),
  pictureHosts: ['.gravatar.com'],
};

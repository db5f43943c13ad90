/**
 * GitHub, an OAuth app. Callback: <PUBLIC_URL>/login/callback/github.
 * Token errors come with status 200. No scope is enough for id, name, picture and link. The number `id` is the key:
 * logins are recycled. PKCE since July 2025; since August 2026 the callback names its issuer.
 */

import { type Provider, text, withQuery } from './provider.ts';

export const github: Provider = {
  id: 'github',
  name: 'GitHub',
  brand: {
    color: '#24292f',
    onColor: '#ffffff',
    icon: 'M6 2a3 3 0 0 1 1 5.8v4.4A6 6 0 0 1 11 11h2a3 3 0 0 0 3-2.3 3 3 0 1 1 2 .2A5 5 0 0 1 13 13h-2a4 4 0 0 0-3.6 3.2A3 3 0 1 1 5 16.2V7.8A3 3 0 0 1 6 2z',
  },
  links: {
    register: 'https://github.com/settings/applications/new',
    documentation: 'https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps',
  },
  kind: 'plain',
  endpoints: {
    authorizationUrl: 'https://github.com/login/oauth/authorize',
    tokenUrl: 'https://github.com/login/oauth/access_token',
    profileUrl: 'https://api.github.com/user',
    issuer: 'https://github.com/login/oauth',
  },
  scope: '',
  clientAuth: 'post',
  pkce: true,
  switchParameters: { prompt: 'select_account' },
  failures: {
    expired: ['bad_verification_code'],
    config: ['incorrect_client_credentials', 'redirect_uri_mismatch'],
  },
  subject: 'id',
  profile: (raw) => ({
    name: text(raw.name) || raw.login,
    username: raw.login,
    link: raw.html_url,
    picture: withQuery(raw.avatar_url, { s: '200' }),
  }),
  pictureHosts: ['avatars.githubusercontent.com'],
};

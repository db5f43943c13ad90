/**
 * Google, OpenID Connect by discovery. Callback: <PUBLIC_URL>/login/callback/google.
 * Name and picture are in the ID token, so no profile request is needed. The `profile` link claim is gone since 2019,
 * and `prompt=login` is not supported. A wrong redirect address or client id is shown on Google's own page and never
 * comes back.
 */

import { type Provider, text } from './provider.ts';

export const google: Provider = {
  id: 'google',
  name: 'Google',
  brand: {
    color: '#ffffff',
    onColor: '#1f1f1f',
    icon: 'M12 2a10 10 0 1 0 10 10.4V10.4H12v3.8h5.8A6.2 6.2 0 1 1 12 5.8c1.6 0 3 .6 4.1 1.6l2.7-2.8A10 10 0 0 0 12 2z',
  },
  links: {
    register: 'https://console.cloud.google.com/auth/clients',
    documentation: 'https://developers.google.com/identity/openid-connect/openid-connect',
  },
  kind: 'openid',
  endpoints: { issuer: 'https://accounts.google.com' },
  claims: ['name'],
  scope: 'openid profile',
  clientAuth: 'post',
  pkce: true,
  switchParameters: { prompt: 'select_account' },
  subject: 'sub',
  profile: (raw) => ({
    name: raw.name,
    username: null,
    link: null,
    // The suffix is the size in pixels; 96 is what the token carries.
    picture: text(raw.picture).replace(/=s\d+-c$/, '=s200-c'),
  }),
  pictureHosts: [
    'lh3.googleusercontent.com',
    'lh4.googleusercontent.com',
    'lh5.googleusercontent.com',
    'lh6.googleusercontent.com',
  ],
};

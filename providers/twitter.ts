/**
 * X, formerly Twitter, OAuth 2.0 for "Web App" clients. Callback: <PUBLIC_URL>/login/callback/twitter.
 * PKCE is required, the secret goes into the header, and a code lives 30 seconds. `users.read` does not work without
 * `tweet.read`. A profile answer may be 200 with `errors` and no `data`. Every profile read costs money; without
 * balance X answers 402. OAuth 2.0 has no parameter to choose an account.
 */

import { at, below, type Provider, text } from './provider.ts';

export const twitter: Provider = {
  id: 'twitter',
  name: 'Twitter',
  brand: {
    color: '#000000',
    onColor: '#ffffff',
    icon: 'M3.5 3h5l3.9 5.7L16.5 3h4l-6.2 8.4L21 21h-5l-4.3-6.1L7.2 21h-4l6.5-9z',
  },
  links: {
    register: 'https://developer.x.com/en/portal/dashboard',
    documentation: 'https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code',
  },
  kind: 'plain',
  endpoints: {
    authorizationUrl: 'https://x.com/i/oauth2/authorize',
    tokenUrl: 'https://api.x.com/2/oauth2/token',
    profileUrl: 'https://api.x.com/2/users/me',
  },
  scope: 'users.read tweet.read',
  clientAuth: 'basic',
  pkce: true,
  tokenDefaults: { token_type: 'bearer' },
  profileParameters: { 'user.fields': 'profile_image_url' },
  errorFields: { code: ['error', 'type', 'errors.0.type'] },
  // "Value passed for the authorization code was invalid" has this code: used, late or forged.
  failures: { expired: ['invalid_request'] },
  subject: 'data.id',
  profile: (raw) => ({
    name: at(raw, 'data.name'),
    username: at(raw, 'data.username'),
    link: below('https://x.com/', at(raw, 'data.username')),
    picture: text(at(raw, 'data.profile_image_url')).replace(/_normal(\.\w+)$/, '_200x200$1'),
  }),
  pictureHosts: ['pbs.twimg.com', 'abs.twimg.com'],
};

/**
 * Guests: readers who sign in nowhere and say themselves who they are. Whether a site takes them, and whether name and
 * e-mail are required, is its setting `mode`. Nothing here is proved, so a guest is known as one wherever they are shown.
 */

import type { Provider } from './provider.ts';

export const guest: Provider = {
  id: 'guest',
  name: 'Guest',
  brand: {
    color: '#50575e',
    onColor: '#ffffff',
    icon: 'M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zm0 2c-4.4 0-8 2.4-8 5.5V21h16v-1.5c0-3.1-3.6-5.5-8-5.5z',
  },
  kind: 'guest',
  fields: {
    name: 'as comments will show it, shortened to 80 characters',
    email: 'stored, never shown and never believed',
    website: 'linked from the name; a bare domain means https',
  },
  profile: (raw) => ({
    name: raw.name,
    username: null,
    link: raw.website,
    picture: null,
    email: raw.email,
  }),
};

/**
 * Every provider that exists here, in the order in which readers see them. A provider without credentials in the
 * environment is off, so a new line changes nothing until an operator wants it. `src/edge/oauth.ts` alone reads this.
 */

import { facebook } from './facebook.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import type { Provider } from './provider.ts';
import { twitter } from './twitter.ts';
import { wordpress } from './wordpress.ts';

export const PROVIDERS: readonly Provider[] = [wordpress, google, twitter, facebook, github];

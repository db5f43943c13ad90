/**
 * Every provider that exists here, in the order in which readers see them. A provider without credentials in the
 * environment is off, so a new line changes nothing until an operator wants it; guests need none, and a site's mode
 * turns them on. The two engines in `src/edge/` alone read this.
 */

import { facebook } from './facebook.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { guest } from './guest.ts';
import type { Provider } from './provider.ts';
import { twitter } from './twitter.ts';
import { wordpress } from './wordpress.ts';

export const PROVIDERS: readonly Provider[] = [wordpress, google, twitter, facebook, github, guest];

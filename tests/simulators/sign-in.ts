/**
 * Plays the reader at a simulated provider without a browser: opens the authorization address, answers the question,
 * returns where the browser would be sent. It never follows a redirect and never calls the client.
 */

export interface SignInChoice {
  /** The name of the account; any name is an account. Absent: the account that `cookies` remembers. */
  account?: string;
  allow?: boolean;
  /** The browser's cookies at the provider, read and written. */
  cookies?: Map<string, string>;
}

/** The callback address with its parameters. Throws when the provider keeps the reader on its page, with what it says. */
export async function signIn(authorizationUrl: string | URL, choice: SignInChoice): Promise<URL> {
  const { account, allow = true, cookies = new Map() } = choice;
  const first = await fetch(authorizationUrl, {
    redirect: 'manual',
    headers: { cookie: cookieHeader(cookies) },
  });
  const early = first.headers.get('location');
  if (early) return new URL(early, authorizationUrl);
  const text = await first.text();
  const ask = /name="ask" value="([0-9a-f]+)"/.exec(text)?.[1];
  const action = /<form method="post" action="([^"]+)"/.exec(text)?.[1];
  if (first.status !== 200 || !ask || !action) {
    const detail = /data-refusal>([^<]*)</.exec(text)?.[1] ?? text.slice(0, 200);
    throw new Error(`The simulated provider keeps the reader (${first.status}): ${detail}`);
  }
  if (account === undefined && !text.includes('value="continue"')) {
    throw new Error('The simulated provider remembers no account here; name one.');
  }
  const who = account === undefined ? { who: 'continue' } : { who: 'other', name: account };
  const answer = await fetch(new URL(action, authorizationUrl), {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookieHeader(cookies) },
    body: new URLSearchParams({ ask, ...who, decision: allow ? 'allow' : 'deny' }),
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name) cookies.set(name, value ?? '');
  }
  const location = answer.headers.get('location');
  if (!location) throw new Error(`The simulated provider answered ${answer.status}: ${await answer.text()}`);
  return new URL(location);
}

function cookieHeader(cookies: Map<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/**
 * What tests of sign-in share: an attempt, and a way to look at a failure that at the same time proves that it gives
 * nothing away. It starts no server and knows no provider.
 */

import { inspect } from 'node:util';
import * as oauth from 'oauth4webapi';
import { expect, onTestFinished } from 'vitest';
import { SignInFailure } from '../../src/edge/oauth.ts';

export const PUBLIC_URL = 'https://comments.example';

export function newAttempt() {
  return {
    state: oauth.generateRandomState(),
    verifier: oauth.generateRandomCodeVerifier(),
    nonce: oauth.generateRandomNonce(),
    switchAccount: false,
  };
}

/** Runs `stop` when the test ends, however it ends. */
export function after(stop: () => unknown): void {
  onTestFinished(async () => {
    await stop();
  });
}

/** The failure of a sign-in that must fail, as it may be logged. Fails when the sign-in succeeds, when anything but a
 *  SignInFailure is thrown, or when any of `secrets` shows anywhere in it, stack and hidden members included. */
export async function failureOf(signIn: Promise<unknown>, secrets: readonly string[]) {
  const error = await signIn.then(
    (value) => expect.fail(`signed in as ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SignInFailure)) throw error;
  const shown = `${inspect(error, { depth: 20, showHidden: true })} ${error.stack} ${JSON.stringify(error)}`;
  for (const secret of secrets.filter(Boolean)) expect(shown).not.toContain(secret);
  const { kind, stage, status, code, traceId } = error;
  return { kind, stage, status, code, ...(traceId && { traceId }) };
}

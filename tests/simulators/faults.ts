/**
 * Everything a simulated provider can be told to do wrong, one line each: the name, and what a client then meets.
 * Holds no behaviour: the desk carries out what all providers share, a provider's own file the rest. A provider
 * refuses a fault that it does not carry out, so that no test passes because nothing happened.
 */

export const FAULTS = {
  // On the way back from the provider's page
  'state-wrong': 'The callback carries another state than the request did.',
  'state-missing': 'The callback carries no state.',
  'callback-empty': 'The callback carries neither a code nor an error.',
  'callback-issuer-wrong': 'The callback names a foreign issuer (RFC 9207).',
  'callback-issuer-missing': 'The callback names no issuer although the metadata promises one.',
  'callback-error-code': 'The callback carries error_code and error_message, but no error.',
  coop: 'The pages send Cross-Origin-Opener-Policy: same-origin, which severs the opener of a popup.',

  // At the token endpoint
  'code-expired': 'Every code is too old when it is redeemed.',
  hang: 'The token endpoint takes the request and never answers.',
  'token-500': 'The token endpoint answers 500.',
  'token-429': 'The token endpoint answers 429 with Retry-After.',
  'html-token': 'The token endpoint answers 200 with a page in place of JSON.',
  'redirect-token': 'The token endpoint answers 302 to another address of the simulator.',
  'huge-token': 'The token endpoint answers 200 with a megabyte of valid JSON.',
  'error-with-200': 'The token endpoint answers 200 with an error object.',
  'token-type-missing': 'The token answer lacks token_type.',
  'token-type-odd': 'The token answer names a token type that nobody knows.',
  'scope-null': 'The token answer carries scope: null, expires_in: null and refresh_token: null.',
  'token-error-as-script':
    'The code is refused in text/javascript, with a WWW-Authenticate of its own making.',

  // In the ID token
  'id-token-missing': 'The token answer lacks the ID token.',
  'claims-missing': 'The ID token lacks all but the subject, so that the profile has to be asked.',
  'wrong-nonce': 'The ID token carries the nonce of another sign-in.',
  'nonce-missing': 'The ID token carries no nonce although one was sent.',
  'wrong-issuer': 'The ID token names a foreign issuer.',
  'wrong-audience': 'The ID token is meant for another client.',
  'wrong-signature': 'The ID token is signed by a stranger who uses the key id of the provider.',
  'unsigned-id-token': 'The ID token has the algorithm none and no signature.',
  'expired-id-token': 'The ID token expired an hour ago.',

  // At the profile
  'no-subject': 'The person comes without an id.',
  'empty-subject': 'The id of the person is the empty string.',
  'same-subject': 'Everybody has one and the same id.',
  'subject-mismatch': 'The profile has another subject than the ID token.',
  'name-null': 'The display name is null.',
  'profile-hang': 'The profile takes the request and never answers.',
  'profile-500': 'The profile answers 500.',
  'profile-429': 'The profile answers 429.',
  'profile-html': 'The profile answers 200 with a page in place of JSON.',
  'profile-redirect': 'The profile answers 302 to another address of the simulator.',
  'profile-error-with-200': 'The profile answers 200 with an error and no person.',

  // At the picture
  'picture-new': 'The person has another picture, at another address.',
  'picture-404': 'The picture is not there.',
  'picture-500': 'The picture answers 500.',
  'picture-svg': 'The picture is SVG with a script, and says so.',
  'picture-html': 'The picture is a page with a script that says it is a PNG.',
  'picture-huge': 'The picture is a PNG of more than a megabyte.',
} as const;

export type Fault = keyof typeof FAULTS;

/** Carried out by the desk, the same for every provider. */
export const SHARED_FAULTS: readonly Fault[] = [
  'state-wrong',
  'state-missing',
  'callback-empty',
  'coop',
  'code-expired',
  'hang',
  'token-500',
  'token-429',
  'html-token',
  'redirect-token',
  'huge-token',
  'error-with-200',
  'token-type-missing',
  'token-type-odd',
  'scope-null',
  'no-subject',
  'empty-subject',
  'same-subject',
  'name-null',
  'profile-hang',
  'profile-500',
  'profile-429',
  'profile-html',
  'profile-redirect',
  'profile-error-with-200',
  'picture-new',
  'picture-404',
  'picture-500',
  'picture-svg',
  'picture-html',
  'picture-huge',
];

/**
 * Numbers in a sentence. Holds the one way in which a language file makes them: the forms that its language has, by
 * `Intl.PluralRules`, around the number as the language writes it. Not in the main module, whose English needs no rules.
 */

type Forms = { other: string } & Partial<Record<Intl.LDMLPluralRule, string>>;

/** `plurals('pl')(3, { one: '# komentarz', few: '# komentarze', other: '# komentarzy' })`: `#` is the number. */
export function plurals(lang: string): (n: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(lang);
  return (n, forms) => (forms[rules.select(n)] ?? forms.other).replace('#', n.toLocaleString(lang));
}

/**
 * Commenting without an account, where the site lets one: the fields for e-mail, name and website, and the session
 * that they become. Holds what a guest typed; what of it is accepted, the service decides. The details stay in this
 * browser until the guest logs out, so that they are typed once.
 */

import { sentenceFor } from './refusals.ts';
import { keepSession } from './session-keeping.ts';
import type { Tools } from './tools.ts';
import type { Grant, RareWidget } from './types.ts';

const DETAILS = 'parley.guest';

/** In the order of the form. */
const FIELDS = { email: 'email', name: 'name', website: 'url' } as const;
type Field = keyof typeof FIELDS;
type Details = Record<Field, string>;

export function createGuest(w: RareWidget, tools: Tools) {
  const { t, box } = w;
  const { h, keep, recall, slugOf } = tools;
  const isRequired = w.site.settings.mode === 'open-required';
  const kept = recall<Details>(DETAILS);
  const inputs = {} as Record<Field, HTMLInputElement>;
  let isBusy = false;
  // A browser's own bubble would say what is wrong in its own words, and to nobody who listens to ours.
  box.text.form!.noValidate = true;

  const read = () =>
    Object.fromEntries(Object.entries(inputs).map(([name, { value }]) => [name, value.trim()])) as Details;

  const fields = h(
    'div',
    { class: 'fields' },
    ...(Object.keys(FIELDS) as Field[]).map((name) => {
      const hints = [
        isRequired && name !== 'website' && t.required,
        name === 'email' && t.neverPublic,
      ].filter(Boolean);
      const input = h('input', {
        part: 'field',
        type: name === 'email' ? 'email' : 'text',
        autocomplete: FIELDS[name],
        inputmode: name === 'website' && 'url',
        'aria-required': String(isRequired && name !== 'website'),
        'aria-describedby': 'message',
        maxlength: '254',
        // Addresses are Latin, whatever is written around them.
        dir: name === 'name' ? 'auto' : 'ltr',
        placeholder: name === 'name' && !isRequired && t.anonymous,
        input: () => {
          input.ariaInvalid = null;
          input.nextSibling?.remove();
          keep(DETAILS, read());
        },
      });
      input.value = kept?.[name] ?? '';
      inputs[name] = input;
      return h(
        'label',
        {},
        h('span', {}, t[name], ...hints.map((hint) => h('small', {}, ` (${hint})`))),
        input,
      );
    }),
  );

  function refuse(slug: string): void {
    const field = slug.split('-')[0] as Field;
    box.enter('invalid', sentenceFor(w.t, slug));
    // Nothing is wrong with the text.
    box.text.ariaInvalid = null;
    const input = inputs[field];
    input.ariaInvalid = 'true';
    // Below the text, where it is said, it may be out of sight.
    input.nextSibling?.remove();
    input.after(h('p', { class: 'message', 'aria-hidden': 'true' }, sentenceFor(w.t, slug)));
    input.focus();
  }

  return {
    fields,
    /** Makes the session under which the comment is posted, or says which field is wrong. */
    async enter(): Promise<void> {
      const details = read();
      if (isBusy) return;
      if (isRequired && !details.email) return refuse('email-missing');
      if (inputs.email.validity.typeMismatch) return refuse('email-invalid');
      if (isRequired && !details.name) return refuse('name-missing');
      isBusy = true;
      box.enter('submitting');
      // Said when the comment itself is sent.
      w.announce('');
      try {
        const before = w.session.get();
        // Somebody else's session is no proof of who this guest was.
        const headers = before && w.isGuest(before.person) ? {} : { authorization: '' };
        const proof = { guest: details };
        const grant = await w.api.call<Grant>('POST', '/session', { proof }, headers);
        // Whoever the reader was before, it is this guest who posts.
        box.draft.wanted = { at: Date.now() };
        keepSession(tools, w.session, { ...grant, c: '' });
      } catch (cause) {
        const slug = slugOf(cause);
        if (/^(name|email|website)-/.test(slug)) refuse(slug);
        else void w.rare().then((rare) => rare.refuse(cause));
      } finally {
        isBusy = false;
      }
    },
    forget(): void {
      for (const input of Object.values(inputs)) input.value = '';
      keep(DETAILS, undefined);
    },
  };
}

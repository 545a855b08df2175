// One's own password: the one before, and the one from now on.
import { useSignal } from '@preact/signals';
import { Problem, write } from '../api/client';
import { passwordHint } from '../format/password';
import { Field } from '../parts/field';
import { inWords, say, Wrong } from '../parts/notices';
import { session } from '../session';

export function PasswordSection({ changed }: { changed: () => void }) {
  const user = session.value?.user;
  const next = useSignal('');
  const wrong = useSignal<Record<string, string>>({});
  const busy = useSignal(false);
  if (!user?.has_password) return null;
  const hint = passwordHint(next.value, user.name);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const said = new FormData(form);
    busy.value = true;
    wrong.value = await change(String(said.get('current')), next.value);
    busy.value = false;
    if (Object.keys(wrong.value).length) return;
    form.reset();
    next.value = '';
    say('Your password is changed; your other sessions have ended');
    changed();
  };

  return (
    <section>
      <h2>Password</h2>
      <form onSubmit={submit}>
        <Wrong text={wrong.value.form ?? ''} />
        <input hidden autocomplete="username" value={user.name} readOnly />
        <div class="fields">
          <Field label="Current password" wrong={wrong.value.current}>
            {(control) => <input {...control} name="current" type="password" autocomplete="current-password" required />}
          </Field>
          <Field label="New password" wrong={wrong.value.new} hint={hint.text}>
            {(control) => (
              <input
                {...control} name="new" type="password" autocomplete="new-password" required value={next.value}
                onInput={(event) => (next.value = event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy.value || !hint.fits}>
            {busy.value ? 'Changing …' : 'Change password'}
          </button>
        </div>
      </form>
    </section>
  );
}

/** What is wrong, by field. */
async function change(current: string, next: string): Promise<Record<string, string>> {
  try {
    await write('POST', '/auth/password', { body: { current, new: next } });
    return {};
  } catch (error) {
    if (error instanceof Problem && error.code === 'proof_refused') return { current: 'This is not your password.' };
    if (error instanceof Problem && Object.keys(error.fields).length) return error.fields;
    return { form: inWords(error) };
  }
}

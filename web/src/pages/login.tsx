// Signing in, and back to where one was.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Problem, readNow } from '../api/client';
import { Field } from '../parts/field';
import { inWords, Wrong } from '../parts/notices';
import { Screen } from '../parts/screen';
import { navigate, query } from '../router';
import { pathAfterSignIn, session, signIn } from '../session';
import { ProviderLink, providerProblem } from './provider';

export function LoginPage() {
  const wrong = useSignal('');
  const busy = useSignal(false);
  const codeNeeded = useSignal(false);
  const setupIsOpen = useSignal(false);
  const signedIn = Boolean(session.value);

  useEffect(() => {
    if (signedIn) navigate(pathAfterSignIn(query.peek()), { replace: true });
  }, [signedIn]);
  useEffect(() => {
    readNow<{ open: boolean }>('/auth/setup').then(({ open }) => (setupIsOpen.value = open), () => {});
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const said = new FormData(form);
    busy.value = true;
    wrong.value = '';
    try {
      await signIn(String(said.get('name')), String(said.get('password')), String(said.get('code') ?? '').trim());
    } catch (error) {
      if (error instanceof Problem && error.code === 'second_factor_needed') {
        codeNeeded.value = true;
        return;
      }
      wrong.value = inWords(error);
      form.querySelector<HTMLInputElement>(codeNeeded.value ? '[name=code]' : '[name=password]')?.select();
    } finally {
      busy.value = false;
    }
  };

  return (
    <div class="gate">
      <Screen title="Sign in">
        {setupIsOpen.value && (
          <p class="note">
            Nobody has an account here yet. Open the setup link that the server has printed where it was started, or run{' '}
            <code>autom8 user add NAME --role admin</code> on that machine.
          </p>
        )}
        <form onSubmit={submit}>
          <Wrong text={wrong.value || providerProblem(query.value)} />
          <Field label="Name">
            {(control) => <input {...control} name="name" autocomplete="username" autofocus required />}
          </Field>
          <Field label="Password">
            {(control) => <input {...control} name="password" type="password" autocomplete="current-password" required />}
          </Field>
          {codeNeeded.value && <CodeField />}
          <button type="submit" class="primary" disabled={busy.value}>
            {busy.value ? 'Signing in …' : 'Sign in'}
          </button>
        </form>
        <ProviderLink />
      </Screen>
    </div>
  );
}

/** The second step, for whom the password alone does not let in. */
function CodeField() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <Field label="Code of your authenticator" hint="Or one of your recovery codes.">
      {(control) => (
        <input {...control} ref={input} name="code" class="code" autocomplete="one-time-code" spellcheck={false} required />
      )}
    </Field>
  );
}

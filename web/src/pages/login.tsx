// Signing in, and back to where one was.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { readNow } from '../api/client';
import { Field } from '../parts/field';
import { inWords, Wrong } from '../parts/notices';
import { Screen } from '../parts/screen';
import { navigate, query } from '../router';
import { pathAfterSignIn, session, signIn } from '../session';
import { ProviderLink, providerProblem } from './provider';

export function LoginPage() {
  const wrong = useSignal('');
  const busy = useSignal(false);
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
      await signIn(String(said.get('name')), String(said.get('password')));
    } catch (error) {
      wrong.value = inWords(error);
      form.querySelector<HTMLInputElement>('[name=password]')?.select();
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
          <button type="submit" class="primary" disabled={busy.value}>
            {busy.value ? 'Signing in …' : 'Sign in'}
          </button>
        </form>
        <ProviderLink />
      </Screen>
    </div>
  );
}

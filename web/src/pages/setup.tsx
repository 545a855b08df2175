// The first admin of a fresh installation, by the one-time link that the server has printed.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Problem, write } from '../api/client';
import { passwordHint } from '../format/password';
import { Field } from '../parts/field';
import { inWords, Wrong } from '../parts/notices';
import { Screen } from '../parts/screen';
import { navigate, query } from '../router';
import { signIn } from '../session';

export function SetupPage() {
  const name = useSignal('');
  const password = useSignal('');
  const again = useSignal('');
  const wrong = useSignal<Record<string, string>>({});
  const busy = useSignal(false);
  const token = useMemo(() => query.peek().get('token'), []); // the address loses it once it is used
  const hint = passwordHint(password.value, name.value);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    wrong.value = check(hint.fits, password.value, again.value);
    if (!Object.keys(wrong.value).length) {
      busy.value = true;
      wrong.value = await setUp(token ?? '', name.value, password.value);
      busy.value = false;
    }
    const first = Object.keys(wrong.value)[0];
    if (first) form.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  };

  if (!token) return <NoToken />;
  return (
    <div class="gate">
      <Screen title="Welcome to Autom8">
        <p>Make the first account. It is an admin: it can do everything, and make further accounts.</p>
        <form onSubmit={submit}>
          <Wrong text={wrong.value.form ?? ''} />
          <Field label="Name" wrong={wrong.value.name}>
            {(control) => (
              <input
                {...control} name="name" autocomplete="username" autofocus required value={name.value}
                onInput={(event) => (name.value = event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Password" wrong={wrong.value.password} hint={hint.text}>
            {(control) => (
              <input
                {...control} name="password" type="password" autocomplete="new-password" required
                onInput={(event) => (password.value = event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Password, once more" wrong={wrong.value.again}>
            {(control) => (
              <input
                {...control} name="again" type="password" autocomplete="new-password" required
                onInput={(event) => (again.value = event.currentTarget.value)}
              />
            )}
          </Field>
          <button type="submit" class="primary" disabled={busy.value}>
            {busy.value ? 'Making the account …' : 'Make the account'}
          </button>
        </form>
      </Screen>
    </div>
  );
}

function NoToken() {
  return (
    <div class="gate">
      <Screen title="The setup link is not whole">
        <p>
          Open the whole link that the server has printed where it was started. It works once, for an hour, on that
          machine. Afterwards <code>autom8 user add NAME --role admin</code> there does the same.
        </p>
        <p>
          <a href="/login">Sign in</a>
        </p>
      </Screen>
    </div>
  );
}

function check(fits: boolean, password: string, again: string): Record<string, string> {
  if (!fits) return { password: 'Too short.' };
  return password === again ? {} : { again: 'Not the same as above.' };
}

/** Makes the account and signs in. Returns what is wrong, by field. */
async function setUp(token: string, name: string, password: string): Promise<Record<string, string>> {
  try {
    await write('POST', '/auth/setup', { body: { token, name, password } });
    navigate('/setup', { replace: true });
    await signIn(name, password);
    navigate('/', { replace: true });
    return {};
  } catch (error) {
    if (error instanceof Problem && Object.keys(error.fields).length) return { form: error.message, ...error.fields };
    return { form: inWords(error) };
  }
}

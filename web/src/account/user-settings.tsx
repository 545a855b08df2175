// What administrators change of a user: role, state, limit, password, second factor; and their removal.
import { useSignal } from '@preact/signals';
import { Problem, read, write } from '../api/client';
import { type Account, ROLES } from '../api/access';
import type { Role } from '../api/types';
import { passwordHint } from '../format/password';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { attempt, inWords, say, Wrong } from '../parts/notices';
import { navigate } from '../router';

/** Changes the user as they are now; who was changed since this page looked is told. */
async function change(user: Account, changes: Record<string, unknown>): Promise<Account> {
  const changed = await write<Account>('PATCH', `/users/${user.id}`, { body: changes, etag: await seen(user) });
  say(`${user.name} is changed`);
  return changed;
}

async function seen(user: Account): Promise<string | null> {
  const answer = await read<Account>(`/users/${user.id}`);
  if (answer?.data.updated_at !== user.updated_at) throw new Error(`${user.name} was changed meanwhile. Look again first.`);
  return answer.etag;
}

export function UserSettings({ user, show }: { user: Account; show: (changed: Account) => void }) {
  const wrong = useSignal<Record<string, string>>({});
  const password = useSignal('');
  const hint = passwordHint(password.value, user.name);
  const apply = async (changes: Record<string, unknown>) => {
    wrong.value = {};
    try {
      show(await change(user, changes));
      password.value = '';
    } catch (error) {
      wrong.value = { form: inWords(error), ...(error instanceof Problem ? error.fields : {}) };
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.currentTarget as HTMLFormElement);
    const limit = String(said.get('limit'));
    void apply({
      role: said.get('role') as Role,
      requests_per_minute: limit ? Number(limit) : null,
      ...(password.value ? { password: password.value } : {}),
    });
  };
  return (
    <section>
      <h2>What they may</h2>
      <form key={user.updated_at} onSubmit={submit}>
        <Wrong text={wrong.value.form ?? ''} />
        <div class="fields">
          <Field label="Role" wrong={wrong.value.role}>
            {(control) => (
              <select {...control} name="role">
                {ROLES.map((role) => (
                  <option key={role} selected={role === user.role}>
                    {role}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Requests a minute" wrong={wrong.value.requests_per_minute} hint="Empty: as many as their role has.">
            {(control) => (
              <input {...control} name="limit" type="number" min="1" max="1000000" defaultValue={user.requests_per_minute ?? ''} />
            )}
          </Field>
          <Field
            label="New password" wrong={wrong.value.password}
            hint={password.value ? hint.text : 'Empty: it stays. A new one ends their sessions.'}
          >
            {(control) => (
              <input
                {...control} name="password" type="password" autocomplete="new-password" value={password.value}
                onInput={(event) => (password.value = event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
        <div class="actions">
          <button type="submit" class="primary" disabled={Boolean(password.value) && !hint.fits}>
            Save
          </button>
          <button type="button" onClick={() => void apply({ disabled: !user.disabled })}>
            {user.disabled ? 'Enable' : 'Disable'}
          </button>
        </div>
      </form>
    </section>
  );
}

export function FactorOfUser({ user, mayRemove, refresh }: { user: Account; mayRemove: boolean; refresh: () => void }) {
  const asking = useSignal(false);
  const remove = async () => {
    asking.value = false;
    await write('DELETE', `/users/${user.id}/factor`);
    say(`The second factor of ${user.name} is removed`);
    refresh();
  };
  return (
    <section>
      <h2>Second factor</h2>
      <p>{user.second_factor ? 'On.' : 'None.'}</p>
      {user.second_factor && mayRemove && (
        <div class="actions">
          <button type="button" class="danger" onClick={() => (asking.value = true)}>
            Remove the second factor
          </button>
        </div>
      )}
      {asking.value && (
        <Question
          title={`Remove the second factor of ${user.name}?`} action="Remove" danger
          onAnswer={() => attempt(remove)} onClose={() => (asking.value = false)}
        >
          <p>Do it when their authenticator and recovery codes are lost, and you are sure that it is they who ask.</p>
        </Question>
      )}
    </section>
  );
}

export function RemoveUser({ user }: { user: Account }) {
  const asking = useSignal(false);
  const typed = useSignal('');
  const remove = async () => {
    asking.value = false;
    await write('DELETE', `/users/${user.id}`, { etag: await seen(user) });
    say(`${user.name} is removed`);
    navigate('/users');
  };
  return (
    <section>
      <h2>Removal</h2>
      <p>Their sessions and API keys end with them. The audit keeps what they did.</p>
      <div class="actions">
        <button type="button" class="danger" onClick={() => ((typed.value = ''), (asking.value = true))}>
          Remove {user.name}
        </button>
      </div>
      {asking.value && (
        <Question
          title={`Remove ${user.name}?`} action="Remove" danger disabled={typed.value.trim() !== user.name}
          onAnswer={() => attempt(remove)} onClose={() => (asking.value = false)}
        >
          <Field label={`Type ${user.name} to confirm`}>
            {(control) => (
              <input
                {...control} autocomplete="off" autofocus value={typed.value}
                onInput={(event) => (typed.value = event.currentTarget.value)}
              />
            )}
          </Field>
        </Question>
      )}
    </section>
  );
}

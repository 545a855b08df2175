// A new user: name, password, role.
import { useSignal } from '@preact/signals';
import { write } from '../api/client';
import { ROLES } from '../api/access';
import { useSending } from '../form/sending';
import { passwordHint } from '../format/password';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

export function UserForm({ added, back }: { added: () => void; back: () => void }) {
  const name = useSignal('');
  const password = useSignal('');
  const hint = passwordHint(password.value, name.value);
  const { wrong, busy, submit } = useSending(async (said) => {
    await write('POST', '/users', { body: { name: name.value, password: password.value, role: said.get('role') } });
    say(`${name.value} is added`);
    added();
    back();
  });

  return (
    <form class="boxed" onSubmit={submit}>
      <h2>A new user</h2>
      <Wrong text={wrong.form ?? ''} />
      <div class="fields">
        <Field label="Name" wrong={wrong.name}>
          {(control) => (
            <input
              {...control} name="name" autocomplete="off" autofocus required value={name.value}
              onInput={(event) => (name.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Password" wrong={wrong.password} hint={hint.text}>
          {(control) => (
            <input
              {...control} name="password" type="password" autocomplete="new-password" required value={password.value}
              onInput={(event) => (password.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Role" hint="Each may do what the one before may.">
          {(control) => (
            <select {...control} name="role">
              {ROLES.map((role) => (
                <option key={role}>{role}</option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy || !hint.fits}>
          {busy ? 'Adding …' : 'Add the user'}
        </button>
        <button type="button" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}

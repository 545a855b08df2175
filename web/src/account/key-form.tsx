// A new API key: its name, what it may, and for how long.
import { write } from '../api/client';
import type { ApiKey } from '../api/access';
import { useSending } from '../form/sending';
import { Field } from '../parts/field';
import { Wrong } from '../parts/notices';
import { can, session } from '../session';

const DAY_S = 86_400;
const LIVES = [
  [30, '30 days'],
  [90, '90 days'],
  [365, 'a year'],
  [0, 'until it is revoked'],
] as const;
// What no key may hold: it can't prove again who stands behind it.
const PERSONAL = ['self:write', 'users:write', 'keys:write'];

interface KeyFormProps {
  done: (key: ApiKey & { key: string }) => void;
  back: () => void;
}

export function KeyForm({ done, back }: KeyFormProps) {
  const scopes = (session.value?.scopes ?? []).filter((scope) => !PERSONAL.includes(scope));
  const { wrong, busy, submit } = useSending(async (said) =>
    done(await write<ApiKey & { key: string }>('POST', '/auth/keys', { body: bodyOf(said) })),
  );

  return (
    <form class="boxed" onSubmit={submit}>
      <h3>A new key</h3>
      <Wrong text={wrong.form ?? ''} />
      <div class="fields">
        <Field label="Name" wrong={wrong.name} hint="What it is for, such as “backup script”.">
          {(control) => <input {...control} name="name" maxLength={100} autocomplete="off" autofocus required />}
        </Field>
        <Field label="Good for" wrong={wrong.expires_in_s}>
          {(control) => (
            <select {...control} name="days">
              {LIVES.map(([days, text]) => (
                <option key={days} value={days} selected={days === 90}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
        {can('users:write') && (
          <Field label="Requests a minute" wrong={wrong.requests_per_minute} hint="Empty: it shares your own limit.">
            {(control) => <input {...control} name="limit" type="number" min="1" max="1000000" />}
          </Field>
        )}
      </div>
      <fieldset>
        <legend>What it may</legend>
        {wrong.scopes && <p class="wrong">{wrong.scopes}</p>}
        <div class="checks">
          {scopes.map((scope) => (
            <label class="check" key={scope}>
              <input type="checkbox" name="scopes" value={scope} /> <code>{scope}</code>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? 'Making it …' : 'Make the key'}
        </button>
        <button type="button" onClick={back}>
          Back
        </button>
      </div>
    </form>
  );
}

function bodyOf(said: FormData): Record<string, unknown> {
  const days = Number(said.get('days'));
  const limit = Number(said.get('limit'));
  return {
    name: String(said.get('name')).trim(),
    scopes: said.getAll('scopes'),
    ...(days ? { expires_in_s: days * DAY_S } : {}),
    ...(limit ? { requests_per_minute: limit } : {}),
  };
}

// One's own API keys: made, shown once, revoked.
import { useSignal } from '@preact/signals';
import { write } from '../api/client';
import type { ApiKey } from '../api/access';
import type { Page, Scope } from '../api/types';
import { useLive } from '../live';
import { Question } from '../parts/dialog';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Secret } from '../parts/secret';
import { KeyForm } from './key-form';

const EVERY_MS = 30_000;

export function KeysSection() {
  const live = useLive<Page<ApiKey>>('/auth/keys?limit=200', { everyMs: EVERY_MS });
  const making = useSignal(false);
  const made = useSignal<(ApiKey & { key: string }) | null>(null);
  return (
    <section>
      <h2>API keys</h2>
      <p>
        With a key, a program acts for you within the scopes that you give it. Programs send it as{' '}
        <code>Authorization: Bearer a8_live_…</code>
      </p>
      {made.value && (
        <div class="note">
          <p>
            <strong>This is the key {made.value.name}. It is not shown again.</strong>
          </p>
          <Secret label="API key" lines={[made.value.key]} />
          <div class="actions">
            <button type="button" class="primary" onClick={() => (made.value = null)}>
              I have kept it
            </button>
          </div>
        </div>
      )}
      <ProblemNote error={live.problem.value} />
      {live.data.value && <KeyTable keys={live.data.value.items} path="/auth/keys" refresh={live.refresh} />}
      {making.value ? (
        <KeyForm
          back={() => (making.value = false)}
          done={(key) => {
            made.value = key;
            making.value = false;
            live.refresh();
          }}
        />
      ) : (
        <div class="actions">
          <button type="button" onClick={() => (making.value = true)}>
            Make a key
          </button>
        </div>
      )}
    </section>
  );
}

interface KeyTableProps {
  keys: readonly ApiKey[];
  path: string;
  mayRevoke?: boolean;
  refresh: () => void;
}

export function KeyTable({ keys, path, mayRevoke = true, refresh }: KeyTableProps) {
  const revoking = useSignal<ApiKey | null>(null);
  const revoke = async (key: ApiKey) => {
    revoking.value = null;
    await write('DELETE', `${path}/${key.id}`);
    say(`The key ${key.name} is revoked`);
    refresh();
  };
  if (!keys.length) return <p class="quiet">None.</p>;
  const asked = revoking.value;
  return (
    <>
      <table class="cards access">
        <caption class="unseen">API keys, the newest first</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Scopes</th>
            <th scope="col">Good until</th>
            <th scope="col">Last used</th>
            {mayRevoke && <th scope="col">Revoke</th>}
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <KeyRow key={key.id} apiKey={key} revoke={mayRevoke ? () => (revoking.value = key) : null} />
          ))}
        </tbody>
      </table>
      {asked && (
        <Question
          title={`Revoke ${asked.name}?`} action="Revoke" danger
          onAnswer={() => attempt(() => revoke(asked))} onClose={() => (revoking.value = null)}
        >
          <p>Programs that use this key are refused from then on. A revoked key is never good again.</p>
        </Question>
      )}
    </>
  );
}

function KeyRow({ apiKey: key, revoke }: { apiKey: ApiKey; revoke: (() => void) | null }) {
  const over = key.revoked_at ?? (key.expires_at && new Date(key.expires_at) <= new Date() ? key.expires_at : null);
  return (
    <tr class={over ? 'over' : ''}>
      <td class="cell-name">
        {key.name} <code class="quiet">a8_live_{key.key_id}_…</code>
      </td>
      <td data-label="Scopes">
        <Scopes scopes={key.scopes} />
      </td>
      <td data-label="Good until">
        {key.revoked_at ? 'revoked' : key.expires_at ? <Moment at={key.expires_at} /> : 'without end'}
      </td>
      <td data-label="Last used">
        {key.last_used_at ? <Moment at={key.last_used_at} /> : 'never'}
        {key.last_used_address && <span class="quiet"> {key.last_used_address}</span>}
      </td>
      {revoke && (
        <td class="cell-actions">
          {!key.revoked_at && (
            <button type="button" aria-label={`Revoke ${key.name}`} onClick={revoke}>
              Revoke
            </button>
          )}
        </td>
      )}
    </tr>
  );
}

function Scopes({ scopes }: { scopes: readonly Scope[] }) {
  return <span class="scopes">{scopes.join(', ')}</span>;
}

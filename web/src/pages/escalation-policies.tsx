// Who is told of an incident, step by step, until somebody acknowledges it.
import { useSignal } from '@preact/signals';
import { read, readNow, write } from '../api/client';
import type { Policy } from '../api/oncall';
import type { Page } from '../api/types';
import { stepsInWords } from '../format/oncall';
import { useLoaded } from '../loaded';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Question } from '../parts/dialog';
import { Screen } from '../parts/screen';
import { can } from '../session';
import { PolicyQuestion } from './policy-form';

type Asking = { kind: 'new' } | { kind: 'change' | 'remove'; policy: Policy } | null;

export function PoliciesPage() {
  const loaded = useLoaded('policies', (signal) => readNow<Page<Policy>>('/escalation-policies?limit=200', { signal }));
  const asking = useSignal<Asking>(null);
  const policies = loaded.data.value?.items;
  const close = () => (asking.value = null);
  const done = () => {
    close();
    void loaded.reload();
  };
  const asked = asking.value;
  return (
    <Screen
      title="Escalation policies" above={<a href="/oncall">On call</a>}
      actions={
        can('oncall:write') && (
          <button type="button" class="primary" onClick={() => (asking.value = { kind: 'new' })}>
            New policy
          </button>
        )
      }
    >
      <ProblemNote error={loaded.problem.value} />
      {!policies && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {policies?.length === 0 && <p class="note">There is no policy yet, so nobody is told of incidents by steps.</p>}
      {policies && policies.length > 0 && <PolicyTable policies={policies} ask={(next) => (asking.value = next)} />}
      {asked?.kind === 'new' && <PolicyQuestion close={close} done={done} />}
      {asked?.kind === 'change' && <PolicyQuestion policy={asked.policy} close={close} done={done} />}
      {asked?.kind === 'remove' && <RemoveQuestion policy={asked.policy} close={close} done={done} />}
    </Screen>
  );
}

function PolicyTable({ policies, ask }: { policies: readonly Policy[]; ask: (asking: Asking) => void }) {
  return (
    <table class="cards">
      <caption class="unseen">Escalation policies, by name</caption>
      <thead>
        <tr>
          <th scope="col">Policy</th>
          <th scope="col">Whom it tells</th>
          <th scope="col">Used</th>
          {can('oncall:write') && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {policies.map((policy) => (
          <tr key={policy.id}>
            <th scope="row" class="cell-name">
              {policy.name}
            </th>
            <td data-label="Whom it tells">
              {stepsInWords(policy).map((text, index) => (
                <p key={index}>{text}</p>
              ))}
              {policy.amiss.map((text) => (
                <p key={text} class="wrong">
                  {text}
                </p>
              ))}
            </td>
            <td data-label="Used">{policy.is_default ? 'by all rules that name no policy' : 'by rules that name it'}</td>
            {can('oncall:write') && (
              <td class="cell-actions">
                <div class="row-actions">
                  <button type="button" aria-label={`Edit ${policy.name}`} onClick={() => ask({ kind: 'change', policy })}>
                    Edit
                  </button>
                  <button type="button" class="danger" aria-label={`Remove ${policy.name}`} onClick={() => ask({ kind: 'remove', policy })}>
                    Remove
                  </button>
                </div>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RemoveQuestion({ policy, close, done }: { policy: Policy; close: () => void; done: () => void }) {
  const remove = () =>
    attempt(async () => {
      const path = `/escalation-policies/${policy.id}`;
      await write('DELETE', path, { etag: (await read(path))?.etag ?? null });
      say(`${policy.name} is removed`);
      done();
    });
  return (
    <Question title={`Remove ${policy.name}?`} action="Remove the policy" danger onAnswer={remove} onClose={close}>
      <p>The default one stays, and one that a rule names.</p>
    </Question>
  );
}

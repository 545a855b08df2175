// Escalation policies: who is told of an incident, step by step, until somebody acts.
import { useSignal } from '@preact/signals';
import { read, readNow, withQuery } from '../api/client';
import type { EscalationPolicy } from '../api/oncall';
import type { Page } from '../api/types';
import type { OptionGroup } from '../form/listed';
import { readTargets } from '../form/whom';
import { repeatsInWords, stepsInWords } from '../format/oncall';
import { useLoaded } from '../loaded';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Removal } from '../parts/removal';
import { RowActions } from '../parts/row-actions';
import { Screen } from '../parts/screen';
import { query } from '../router';
import { can } from '../session';
import { PolicyQuestion } from './policy-form';

type Asking =
  | { kind: 'write'; policy: EscalationPolicy | null; etag: string | null; targets: OptionGroup[] }
  | { kind: 'remove'; policy: EscalationPolicy }
  | null;

export function PoliciesPage() {
  const asked = withQuery('/escalation-policies', { cursor: query.value.get('cursor') });
  const loaded = useLoaded(asked, (signal) => readNow<Page<EscalationPolicy>>(asked, { signal }));
  const asking = useSignal<Asking>(null);
  const policies = loaded.data.value?.items;
  const close = () => (asking.value = null);
  const done = (text: string) => {
    close();
    say(text);
    void loaded.reload();
  };
  const open = (id: number | null) =>
    attempt(async () => {
      const targets = await readTargets();
      const seen = id === null ? null : await read<EscalationPolicy>(`/escalation-policies/${id}`);
      asking.value = { kind: 'write', policy: seen?.data ?? null, etag: seen?.etag ?? null, targets };
    });
  const now = asking.value;
  return (
    <Screen
      title="Escalation policies" above={<a href="/oncall">On call</a>}
      actions={
        can('oncall:write') && (
          <button type="button" class="primary" onClick={() => open(null)}>
            New policy
          </button>
        )
      }
    >
      <ProblemNote error={loaded.problem.value} />
      {!policies && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {policies?.length === 0 && <p class="note">There is no escalation policy yet.</p>}
      {policies && policies.length > 0 && (
        <PolicyTable policies={policies} change={({ id }) => open(id)} remove={(policy) => (asking.value = { kind: 'remove', policy })} />
      )}
      <Pager next={loaded.data.value?.next} />
      {now?.kind === 'write' && <PolicyQuestion {...now} close={close} done={done} />}
      {now?.kind === 'remove' && (
        <Removal
          path={`/escalation-policies/${now.policy.id}`} title={`Remove ${now.policy.name}?`} action="Remove the policy" close={close}
          done={() => done(`${now.policy.name} is removed`)}
        >
          <p>Incidents that are open are told by the default policy instead, or to nobody.</p>
        </Removal>
      )}
    </Screen>
  );
}

interface TableProps {
  policies: readonly EscalationPolicy[];
  change: (policy: EscalationPolicy) => void;
  remove: (policy: EscalationPolicy) => void;
}

function PolicyTable({ policies, change, remove }: TableProps) {
  const mayChange = can('oncall:write');
  return (
    <table class="cards">
      <caption class="unseen">Escalation policies, by name</caption>
      <thead>
        <tr>
          <th scope="col">Policy</th>
          <th scope="col">Tells</th>
          <th scope="col">Repeats</th>
          {mayChange && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {policies.map((policy) => (
          <tr key={policy.id}>
            <th scope="row" class="cell-name">
              {policy.name}
              {policy.is_default && <span class="quiet">the default</span>}
              {policy.description && <span class="quiet">{policy.description}</span>}
            </th>
            <td data-label="Tells">
              {stepsInWords(policy)}
              {policy.amiss.map((what) => (
                <p key={what} class="caution">
                  {what}
                </p>
              ))}
            </td>
            <td data-label="Repeats">{repeatsInWords(policy)}</td>
            {mayChange && <RowActions name={policy.name} edit={() => change(policy)} remove={() => remove(policy)} />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

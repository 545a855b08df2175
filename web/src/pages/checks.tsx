// Jobs that run elsewhere and ping: how each stands, with its latest pings as bars.
import { useSignal } from '@preact/signals';
import { withQuery } from '../api/client';
import type { Check } from '../api/alerts';
import type { Page } from '../api/types';
import { useLive } from '../live';
import { Bars, BARS } from '../parts/bars';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { CheckStateMark } from '../parts/state';
import { navigate, query } from '../router';
import { can } from '../session';
import { CheckQuestion } from './check-form';

const EVERY_MS = 5_000;

export function ChecksPage() {
  const asked = withQuery('/checks', { recent: BARS, cursor: query.value.get('cursor') });
  const live = useLive<Page<Check>>(asked, { everyMs: EVERY_MS });
  const asks = useSignal(false);
  const checks = live.data.value?.items;
  return (
    <Screen
      title="Checks"
      actions={
        can('checks:write') && (
          <button type="button" class="primary" onClick={() => (asks.value = true)}>
            New check
          </button>
        )
      }
    >
      <ProblemNote error={live.problem.value} />
      {!checks && !live.problem.value && <p class="quiet">Loading …</p>}
      {checks?.length === 0 && <p class="note">There is no check yet. A check awaits the pings of a job that runs elsewhere.</p>}
      {checks && checks.length > 0 && <CheckTable checks={checks} />}
      <Pager next={live.data.value?.next} />
      {asks.value && <CheckQuestion close={() => (asks.value = false)} done={(made) => navigate(`/checks/${made.id}`)} />}
    </Screen>
  );
}

function CheckTable({ checks }: { checks: readonly Check[] }) {
  return (
    <table class="cards">
      <caption class="unseen">Checks, by name</caption>
      <thead>
        <tr>
          <th scope="col">Check</th>
          <th scope="col">State</th>
          <th scope="col">Latest pings</th>
          <th scope="col">Last ping</th>
          <th scope="col">Expected</th>
        </tr>
      </thead>
      <tbody>
        {checks.map((check) => (
          <tr key={check.id} class={check.enabled ? '' : 'over'}>
            <td class="cell-name">
              <a href={`/checks/${check.id}`}>{check.name}</a>
            </td>
            <td data-label="State">
              <CheckStateMark check={check} />
            </td>
            <td data-label="Latest pings">
              <Bars name={check.name} pings={check.recent} />
            </td>
            <td data-label="Last ping">{check.last_ping_at ? <Moment at={check.last_ping_at} /> : 'never'}</td>
            <td data-label="Expected">{check.expected_at ? <Moment at={check.expected_at} /> : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

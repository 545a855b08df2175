// What is wrong now, the worst and latest first; with what was, too, when asked.
import { withQuery } from '../api/client';
import type { Incident } from '../api/alerts';
import type { Page } from '../api/types';
import { stateInWords } from '../format/incidents';
import { useLive } from '../live';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query } from '../router';

const EVERY_MS = 5_000;
const OPEN = 'open,acknowledged';

export function IncidentsPage() {
  const all = query.value.get('all') === '1';
  const asked = withQuery('/incidents', { state: all ? null : OPEN, cursor: query.value.get('cursor') });
  const live = useLive<Page<Incident>>(asked, { everyMs: EVERY_MS });
  const incidents = live.data.value?.items;
  return (
    <Screen title="Incidents" actions={<Places all={all} />}>
      <ProblemNote error={live.problem.value} />
      {!incidents && !live.problem.value && <p class="quiet">Loading …</p>}
      {incidents?.length === 0 && <p class="note">{all ? 'Nothing was wrong yet.' : 'Nothing is wrong.'}</p>}
      {incidents && incidents.length > 0 && <IncidentTable incidents={incidents} />}
      <Pager next={live.data.value?.next} />
    </Screen>
  );
}

function Places({ all }: { all: boolean }) {
  return (
    <>
      <a href="/rules">Rules</a>
      <a href="/silences">Silences</a>
      <a href={all ? '/incidents' : '/incidents?all=1'}>{all ? 'Only open ones' : 'Resolved ones too'}</a>
    </>
  );
}

function IncidentTable({ incidents }: { incidents: readonly Incident[] }) {
  return (
    <table class="cards">
      <caption class="unseen">Incidents, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Severity</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          <th scope="col">Resolved</th>
        </tr>
      </thead>
      <tbody>
        {incidents.map((incident) => (
          <tr key={incident.id} class={incident.state === 'resolved' ? 'over' : ''}>
            <td class="cell-name">
              <a href={`/incidents/${incident.id}`}>{incident.title}</a>
            </td>
            <td data-label="Severity">{incident.severity}</td>
            <td data-label="State">{stateInWords(incident)}</td>
            <td data-label="Since">
              <Moment at={incident.opened_at} />
            </td>
            <td data-label="Resolved">{incident.resolved_at ? <Moment at={incident.resolved_at} /> : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

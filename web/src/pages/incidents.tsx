// What is wrong now, the latest first; with what was, too, when asked.
import { withQuery } from '../api/client';
import type { Incident } from '../api/alerts';
import type { Page } from '../api/types';
import { useLive } from '../live';
import { Choice, Search } from '../parts/filters';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { IncidentStateMark, SeverityMark } from '../parts/state';
import { Untold } from '../parts/untold';
import { query } from '../router';

const EVERY_MS = 5_000;
const NOT_RESOLVED = 'open,acknowledged';
const STATES = [
  ['', 'Not resolved'], ['open', 'Open'], ['acknowledged', 'Acknowledged'], ['resolved', 'Resolved'], ['all', 'All states'],
] as const;
const SEVERITIES = [['', 'All severities'], ['critical', 'Critical'], ['warning', 'Warning'], ['info', 'Info']] as const;

export function IncidentsPage() {
  const asked = query.value;
  const [state, severity, q, cursor] = ['state', 'severity', 'q', 'cursor'].map((name) => asked.get(name));
  const path = withQuery('/incidents', { state: state === 'all' ? null : state || NOT_RESOLVED, severity, q, cursor });
  const live = useLive<Page<Incident>>(path, { everyMs: EVERY_MS });
  const incidents = live.data.value?.items;
  return (
    <Screen title="Incidents" actions={<Places />}>
      <Untold />
      <Filters />
      <ProblemNote error={live.problem.value} />
      {!incidents && !live.problem.value && <p class="quiet">Loading …</p>}
      {incidents?.length === 0 && <p class="note">{state || severity || q || cursor ? 'No incident fits.' : 'Nothing is wrong.'}</p>}
      {incidents && incidents.length > 0 && <IncidentTable incidents={incidents} mayBeOver={state === 'all' || state === 'resolved'} />}
      <Pager next={live.data.value?.next} />
    </Screen>
  );
}

function Places() {
  return (
    <>
      <a href="/rules">Rules</a>
      <a href="/silences">Silences</a>
    </>
  );
}

function Filters() {
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <Search label="Search incidents by title" placeholder="Search by title ( / )" />
      <Choice name="state" label="State" options={STATES} />
      <Choice name="severity" label="Severity" options={SEVERITIES} />
    </form>
  );
}

function IncidentTable({ incidents, mayBeOver }: { incidents: readonly Incident[]; mayBeOver: boolean }) {
  return (
    <table class="cards">
      <caption class="unseen">Incidents, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">Severity</th>
          <th scope="col">State</th>
          <th scope="col">Since</th>
          {mayBeOver && <th scope="col">Resolved</th>}
        </tr>
      </thead>
      <tbody>
        {incidents.map((incident) => (
          <tr key={incident.id} class={incident.state === 'resolved' ? 'over' : ''}>
            <td class="cell-name">
              <a href={`/incidents/${incident.id}`}>{incident.title}</a>
            </td>
            <td data-label="Severity">
              <SeverityMark severity={incident.severity} />
            </td>
            <td data-label="State">
              <IncidentStateMark incident={incident} />
            </td>
            <td data-label="Since">
              <Moment at={incident.opened_at} />
            </td>
            {mayBeOver && <td data-label="Resolved">{incident.resolved_at ? <Moment at={incident.resolved_at} /> : '–'}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

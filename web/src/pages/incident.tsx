// One incident: what is wrong, what happened since, and what one can do about it.
import { useSignal } from '@preact/signals';
import { idempotencyKey, Problem, withQuery, write } from '../api/client';
import type { Incident, StoryLine } from '../api/alerts';
import type { Page } from '../api/types';
import { linksOf, placeOf } from '../format/incidents';
import { useSending } from '../form/sending';
import { useLive } from '../live';
import { useNames } from '../names';
import { Fact, Facts } from '../parts/facts';
import { Moment } from '../parts/moment';
import { ProblemNote, say, Wrong } from '../parts/notices';
import { Screen } from '../parts/screen';
import { IncidentStateMark, SeverityMark } from '../parts/state';
import { query } from '../router';
import { can } from '../session';
import { IncidentActions } from './incident-actions';
import { Story } from './incident-story';
import { NotFoundPage } from './not-found';

const EVERY_MS = 3_000;

export function IncidentPage({ id }: { id: number }) {
  const live = useLive<Incident>(`/incidents/${id}`, { everyMs: EVERY_MS });
  const told = withQuery(`/incidents/${id}/story`, { order: '-id', cursor: query.value.get('cursor') });
  const story = useLive<Page<StoryLine>>(told, { everyMs: EVERY_MS });
  const incident = live.data.value;
  const problem = live.problem.value;
  const refresh = () => {
    live.refresh();
    story.refresh();
  };
  if (problem instanceof Problem && problem.status === 404) return <NotFoundPage />;
  return (
    <Screen
      title={incident?.title ?? `Incident ${id}`}
      above={<a href="/incidents">Incidents</a>}
      actions={incident && can('alerts:write') && incident.state !== 'resolved' && <IncidentActions incident={incident} refresh={refresh} />}
    >
      <ProblemNote error={problem} />
      {!incident && !problem && <p class="quiet">Loading …</p>}
      {incident && <IncidentFacts incident={incident} />}
      {incident && can('alerts:write') && <NoteForm incident={incident} refresh={refresh} />}
      <Story page={story.data.value} />
    </Screen>
  );
}

function IncidentFacts({ incident }: { incident: Incident }) {
  const place = placeOf(incident);
  const links = linksOf(incident);
  const linked = ['output', ...links.map(({ name }) => name)];
  const said = Object.entries(incident.annotations).filter(([name]) => !linked.includes(name));
  const { output } = incident.annotations;
  return (
    <>
      <Facts>
        <Fact name="Severity">
          <SeverityMark severity={incident.severity} />
        </Fact>
        <Fact name="State">
          <IncidentStateMark incident={incident} />
        </Fact>
        <Fact name="Since">
          <Moment at={incident.opened_at} />
        </Fact>
        <Fact name="Resolved">{incident.resolved_at && <Moment at={incident.resolved_at} />}</Fact>
        <Fact name="Resolved by">{incident.resolved_by}</Fact>
        <Fact name="Acknowledged by">{incident.acknowledged_by}</Fact>
        <Fact name="Acknowledged until">{incident.state === 'acknowledged' && <Until at={incident.acknowledged_until} />}</Fact>
        <Fact name="Assigned to">{incident.assigned_to !== null && <Assignee key={incident.assigned_to} id={incident.assigned_to} />}</Fact>
        <Fact name="Of">{place && <a href={place}>{incident.labels[incident.kind] ?? incident.kind}</a>}</Fact>
        <Fact name="Run">{incident.run_id !== null && <a href={`/runs/${incident.run_id}`}>{incident.run_id}</a>}</Fact>
        {links.map(({ name, words, url }) => (
          <Fact key={name} name={words}>
            <a href={url}>{url}</a>
          </Fact>
        ))}
        {said.map(([name, text]) => (
          <Fact key={name} name={name}>
            {text}
          </Fact>
        ))}
        <Fact name="Labels">
          {Object.entries(incident.labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(', ')}
        </Fact>
      </Facts>
      {output && (
        <pre class="said" tabIndex={0} aria-label="Output">
          {output}
        </pre>
      )}
    </>
  );
}

function Until({ at }: { at: string | null }) {
  return at ? <Moment at={at} /> : <>it is resolved</>;
}

function Assignee({ id }: { id: number }) {
  const words = useNames('contact', [id]).get(id) ?? `contact ${id}`;
  return can('contacts:read') ? <a href={`/contacts/${id}`}>{words}</a> : <>{words}</>;
}

function NoteForm({ incident, refresh }: { incident: Incident; refresh: () => void }) {
  const text = useSignal('');
  const { wrong, busy, submit } = useSending(async () => {
    if (!text.peek().trim()) throw new Error('A note needs a text.');
    await write<Incident>('POST', `/incidents/${incident.id}/notes`, { body: { text: text.value }, key: idempotencyKey() });
    text.value = '';
    say('Noted');
    refresh();
  });
  return (
    <form class="inline" onSubmit={submit}>
      <label>
        Note{' '}
        <input
          value={text.value} maxLength={4000} aria-invalid={wrong.form && !text.value.trim() ? 'true' : undefined}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={busy}>
        Add
      </button>
      <Wrong text={wrong.form ?? ''} />
    </form>
  );
}

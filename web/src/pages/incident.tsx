// One incident: what is wrong, what happened since, and what one can do about it.
import { useSignal } from '@preact/signals';
import { idempotencyKey, Problem, withQuery, write } from '../api/client';
import type { Incident, StoryLine } from '../api/alerts';
import type { Page } from '../api/types';
import { lineInWords, matchersOf, moreInWords, placeOf, stateInWords } from '../format/incidents';
import { useSending } from '../form/sending';
import { useLive } from '../live';
import { Question } from '../parts/dialog';
import { Fact, Facts } from '../parts/facts';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say, Wrong } from '../parts/notices';
import { Screen } from '../parts/screen';
import { can } from '../session';
import { AcknowledgeQuestion, AssignQuestion } from './incident-form';
import { NotFoundPage } from './not-found';
import { SilenceQuestion } from './silence-form';

const EVERY_MS = 3_000;

export function IncidentPage({ id }: { id: number }) {
  const live = useLive<Incident>(`/incidents/${id}`, { everyMs: EVERY_MS });
  const story = useLive<Page<StoryLine>>(withQuery(`/incidents/${id}/story`, { limit: '200' }), { everyMs: EVERY_MS });
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
      actions={incident && can('alerts:write') && incident.state !== 'resolved' && <Actions incident={incident} refresh={refresh} />}
    >
      <ProblemNote error={problem} />
      {!incident && !problem && <p class="quiet">Loading …</p>}
      {incident && <IncidentFacts incident={incident} />}
      {incident && can('alerts:write') && <NoteForm incident={incident} refresh={refresh} />}
      <Story lines={story.data.value?.items ?? []} />
    </Screen>
  );
}

function IncidentFacts({ incident }: { incident: Incident }) {
  const place = placeOf(incident);
  const said = Object.entries(incident.annotations).filter(([name]) => name !== 'output' && name !== 'runbook');
  const { output, runbook } = incident.annotations;
  return (
    <>
      <Facts>
        <Fact name="Severity">{incident.severity}</Fact>
        <Fact name="State">{stateInWords(incident)}</Fact>
        <Fact name="Since">
          <Moment at={incident.opened_at} />
        </Fact>
        <Fact name="Resolved">{incident.resolved_at && <Moment at={incident.resolved_at} />}</Fact>
        <Fact name="Acknowledged by">{incident.acknowledged_by}</Fact>
        <Fact name="Until">{incident.acknowledged_until && <Moment at={incident.acknowledged_until} />}</Fact>
        <Fact name="Of">{place && <a href={place}>{incident.labels[incident.kind] ?? incident.kind}</a>}</Fact>
        <Fact name="Run">{incident.run_id !== null && <a href={`/runs/${incident.run_id}`}>{incident.run_id}</a>}</Fact>
        <Fact name="Runbook">{runbook && <a href={runbook}>{runbook}</a>}</Fact>
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
      {output && <pre class="said">{output}</pre>}
    </>
  );
}

function Actions({ incident, refresh }: { incident: Incident; refresh: () => void }) {
  const asks = useSignal(false);
  const acknowledges = useSignal(false);
  const assigns = useSignal(false);
  const silences = useSignal(false);
  const act = (verb: string, told: string) =>
    attempt(async () => {
      await write<Incident>('POST', `/incidents/${incident.id}/${verb}`, { body: {}, key: idempotencyKey() });
      say(told);
      refresh();
    });
  const resolve = () => {
    asks.value = false;
    return act('resolve', 'Resolved');
  };
  return (
    <>
      {incident.acknowledged_at ? (
        <button type="button" onClick={() => act('unacknowledge', 'It is escalated again')}>
          Take back
        </button>
      ) : (
        <button type="button" class="primary" onClick={() => (acknowledges.value = true)}>
          Acknowledge
        </button>
      )}
      <button type="button" onClick={() => (assigns.value = true)}>
        Assign
      </button>
      <button type="button" onClick={() => (silences.value = true)}>
        Silence
      </button>
      <button type="button" onClick={() => (asks.value = true)}>
        Resolve
      </button>
      {acknowledges.value && (
        <AcknowledgeQuestion
          incident={incident} close={() => (acknowledges.value = false)}
          done={() => void ((acknowledges.value = false), refresh())}
        />
      )}
      {assigns.value && (
        <AssignQuestion
          incident={incident} close={() => (assigns.value = false)}
          done={() => void ((assigns.value = false), refresh())}
        />
      )}
      {silences.value && (
        <SilenceQuestion
          matchers={matchersOf(incident)} close={() => (silences.value = false)}
          done={() => void ((silences.value = false), refresh())}
        />
      )}
      {asks.value && (
        <Question title="Resolve it by hand?" action="Resolve" onAnswer={resolve} onClose={() => (asks.value = false)}>
          <p>It is raised again once it fails anew, or stays wrong for long.</p>
        </Question>
      )}
    </>
  );
}

function NoteForm({ incident, refresh }: { incident: Incident; refresh: () => void }) {
  const text = useSignal('');
  const { wrong, busy, submit } = useSending(async () => {
    await write<Incident>('POST', `/incidents/${incident.id}/notes`, { body: { text: text.value }, key: idempotencyKey() });
    text.value = '';
    say('Noted');
    refresh();
  });
  return (
    <form class="inline" onSubmit={submit}>
      <label>
        Note <input value={text.value} maxLength={4000} required onInput={(event) => (text.value = event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={busy}>
        Add
      </button>
      <Wrong text={wrong.form ?? ''} />
    </form>
  );
}

function Story({ lines }: { lines: readonly StoryLine[] }) {
  if (lines.length === 0) return null;
  return (
    <table class="cards">
      <caption>What happened</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">By</th>
          <th scope="col">More</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.id}>
            <td data-label="When">
              <Moment at={line.at} />
            </td>
            <td data-label="What">{lineInWords(line)}</td>
            <td data-label="By">{line.actor || 'Autom8'}</td>
            <td data-label="More">{moreInWords(line)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

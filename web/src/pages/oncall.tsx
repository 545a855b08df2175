// Who is on call now and who comes next, in each schedule.
import { useSignal } from '@preact/signals';
import type { Standing, Stretch } from '../api/oncall';
import type { Page } from '../api/types';
import { useLive } from '../live';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { navigate, query } from '../router';
import { can } from '../session';
import { withQuery } from '../api/client';
import { ScheduleQuestion } from './oncall-form';

const EVERY_MS = 10_000;

export function OnCallPage() {
  const live = useLive<Page<Standing>>(withQuery('/oncall', { cursor: query.value.get('cursor') }), { everyMs: EVERY_MS });
  const asks = useSignal(false);
  const standings = live.data.value?.items;
  return (
    <Screen
      title="On call"
      actions={
        <>
          <a href="/escalation-policies">Escalation policies</a>
          {can('oncall:write') && (
            <button type="button" class="primary" onClick={() => (asks.value = true)}>
              New schedule
            </button>
          )}
        </>
      }
    >
      <ProblemNote error={live.problem.value} />
      {!standings && !live.problem.value && <p class="quiet">Loading …</p>}
      {standings?.length === 0 && <p class="note">There is no schedule yet, so nobody is on call.</p>}
      {standings && standings.length > 0 && <StandingTable standings={standings} />}
      <Pager next={live.data.value?.next} />
      {asks.value && <ScheduleQuestion close={() => (asks.value = false)} done={(made) => navigate(`/oncall/${made.id}`)} />}
    </Screen>
  );
}

function StandingTable({ standings }: { standings: readonly Standing[] }) {
  return (
    <table class="cards">
      <caption class="unseen">Schedules, by name</caption>
      <thead>
        <tr>
          <th scope="col">Schedule</th>
          <th scope="col">Now</th>
          <th scope="col">Next</th>
        </tr>
      </thead>
      <tbody>
        {standings.map(({ schedule, on_call, next, amiss }) => (
          <tr key={schedule.id}>
            <td class="cell-name">
              <a href={`/oncall/${schedule.id}`}>{schedule.name}</a>
            </td>
            <td data-label="Now">
              {on_call.length ? on_call.map((stretch) => <Now key={stretch.contact.id} stretch={stretch} />) : 'nobody'}
              {amiss.map((text) => (
                <p key={text} class="wrong">
                  {text}
                </p>
              ))}
            </td>
            <td data-label="Next">{next.length ? next.map((stretch) => <Next key={stretch.contact.id} stretch={stretch} />) : '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Now({ stretch: { contact, until } }: { stretch: Stretch }) {
  return (
    <p>
      {contact.name}
      {until && (
        <>
          {' until '}
          <Moment at={until} />
        </>
      )}
    </p>
  );
}

function Next({ stretch: { contact, since } }: { stretch: Stretch }) {
  return (
    <p>
      {contact.name}
      {since && (
        <>
          {' from '}
          <Moment at={since} />
        </>
      )}
    </p>
  );
}

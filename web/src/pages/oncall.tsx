// Who is on call now and next in each schedule, and the calendar of the one that was chosen.
import { useSignal } from '@preact/signals';
import { withQuery } from '../api/client';
import type { Standing, Stretch } from '../api/oncall';
import type { Page } from '../api/types';
import type { OptionGroup } from '../form/listed';
import { readPeople } from '../form/whom';
import { useLive } from '../live';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { hereWith, navigate, query } from '../router';
import { can } from '../session';
import { ScheduleQuestion } from './oncall-form';
import { ScheduleSection } from './oncall-schedule';

const EVERY_MS = 15_000;

export function OnCallPage() {
  const live = useLive<Page<Standing>>(withQuery('/oncall', { cursor: query.value.get('cursor') }), { everyMs: EVERY_MS });
  const adding = useSignal<OptionGroup | null>(null);
  const standings = live.data.value?.items;
  const chosen = Number(query.value.get('schedule')) || standings?.[0]?.schedule.id;
  const close = () => (adding.value = null);
  const made = (text: string, id: number) => {
    close();
    say(text);
    live.refresh();
    navigate(`/oncall?schedule=${id}`);
  };
  const removed = () => {
    navigate('/oncall');
    live.refresh();
  };
  return (
    <Screen
      title="On call"
      actions={
        <>
          <a href="/escalation-policies">Escalation policies</a>
          {can('oncall:write') && (
            <button type="button" class="primary" onClick={() => attempt(async () => void (adding.value = await readPeople()))}>
              New schedule
            </button>
          )}
        </>
      }
    >
      <ProblemNote error={live.problem.value} />
      {!standings && !live.problem.value && <p class="quiet">Loading …</p>}
      {standings?.length === 0 && <p class="note">There is no schedule yet, so nobody is on call.</p>}
      {standings && standings.length > 0 && <StandingTable standings={standings} chosen={chosen} />}
      <Pager next={live.data.value?.next} />
      {chosen && <ScheduleSection key={chosen} id={chosen} changed={live.refresh} removed={removed} />}
      {adding.value && <ScheduleQuestion seen={null} people={adding.value} close={close} done={made} />}
    </Screen>
  );
}

function StandingTable({ standings, chosen }: { standings: readonly Standing[]; chosen: number | undefined }) {
  return (
    <table class="cards standings">
      <caption class="unseen">Who is on call, by schedule and by your clock</caption>
      <thead>
        <tr>
          <th scope="col">Schedule</th>
          <th scope="col">On call now</th>
          <th scope="col">Next</th>
        </tr>
      </thead>
      <tbody>
        {standings.map(({ schedule, on_call, next, amiss }) => (
          <tr key={schedule.id}>
            <th scope="row" class="cell-name">
              <a href={hereWith({ schedule: String(schedule.id) })} aria-current={schedule.id === chosen ? 'true' : undefined}>
                {schedule.name}
              </a>
              {amiss.map((what) => (
                <span key={what} class="caution">
                  {what}
                </span>
              ))}
            </th>
            <td data-label="Now">
              <Stretches stretches={on_call} zone={schedule.zone} from="since" />
            </td>
            <td data-label="Next">
              <Stretches stretches={next} zone={schedule.zone} from="from" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Stretches({ stretches, zone, from }: { stretches: readonly Stretch[]; zone: string; from: string }) {
  if (!stretches.length) return <span class="quiet">nobody</span>;
  return (
    <>
      {stretches.map(({ contact, since, until }) => (
        <p key={contact.id}>
          <strong>{contact.name}</strong>{' '}
          <span class="quiet">
            {since && (
              <>
                {from} <Moment at={since} zone={zone} />{' '}
              </>
            )}
            {until && (
              <>
                until <Moment at={until} zone={zone} />
              </>
            )}
          </span>
        </p>
      ))}
    </>
  );
}

// One schedule: its calendar of four weeks, its rotations, and who stands in for whom.
import { useSignal } from '@preact/signals';
import { Problem, read, readNow, withQuery, write } from '../api/client';
import type { OnCallSchedule, Override, Rotation, Shift } from '../api/oncall';
import type { Page } from '../api/types';
import { mondayOf, onDay, plusDays, turnInWords } from '../format/oncall';
import { dateIn } from '../format/time';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Screen } from '../parts/screen';
import { navigate, query } from '../router';
import { can } from '../session';
import { NotFoundPage } from './not-found';
import { OverrideQuestion, RotationQuestion, ScheduleQuestion } from './oncall-form';

const WEEKS = 4;

type Asking = { kind: 'schedule' | 'override' | 'remove' } | { kind: 'rotation'; index: number } | null;

export function OnCallSchedulePage({ id }: { id: number }) {
  const path = `/oncall/schedules/${id}`;
  const loaded = useLoaded(path, (signal) => readNow<OnCallSchedule>(path, { signal }));
  const schedule = loaded.data.value;
  const problem = loaded.problem.value;
  const changes = useSignal(0);
  const asking = useSignal<Asking>(null);
  const close = () => (asking.value = null);
  const done = () => {
    close();
    changes.value += 1; // what hangs on the schedule is read anew
    void loaded.reload();
  };
  if (problem instanceof Problem && problem.status === 404) return <NotFoundPage />;
  return (
    <Screen
      title={schedule?.name ?? `Schedule ${id}`} above={<a href="/oncall">On call</a>}
      actions={schedule && <Actions schedule={schedule} ask={(next) => (asking.value = next)} />}
    >
      <ProblemNote error={problem} />
      {!schedule && !problem && <p class="quiet">Loading …</p>}
      {schedule && <Calendar schedule={schedule} changes={changes.value} />}
      {schedule && <Overrides schedule={schedule} changes={changes.value} done={done} />}
      {schedule && <Rotations schedule={schedule} ask={(next) => (asking.value = next)} done={done} />}
      {schedule && asking.value && <Asked schedule={schedule} asked={asking.value} close={close} done={done} />}
    </Screen>
  );
}

interface AskedProps {
  schedule: OnCallSchedule;
  asked: NonNullable<Asking>;
  close: () => void;
  done: () => void;
}

function Asked({ schedule, asked, close, done }: AskedProps) {
  const remove = () =>
    attempt(async () => {
      await write('DELETE', `/oncall/schedules/${schedule.id}`, { etag: await etagOf(schedule) });
      say(`${schedule.name} is removed`);
      navigate('/oncall');
    });
  switch (asked.kind) {
    case 'schedule':
      return <ScheduleQuestion schedule={schedule} close={close} done={done} />;
    case 'override':
      return <OverrideQuestion schedule={schedule} close={close} done={done} />;
    case 'rotation':
      return <RotationQuestion schedule={schedule} index={asked.index} close={close} done={done} />;
    case 'remove':
      return (
        <Question title={`Remove ${schedule.name}?`} action="Remove the schedule" danger onAnswer={remove} onClose={close}>
          <p>Nobody is on call by it any more. One that an escalation policy names stays.</p>
        </Question>
      );
  }
}

async function etagOf(schedule: OnCallSchedule): Promise<string | null> {
  return (await read(`/oncall/schedules/${schedule.id}`))?.etag ?? null;
}

function Actions({ schedule, ask }: { schedule: OnCallSchedule; ask: (asking: Asking) => void }) {
  return (
    <>
      <a href={`/api/v1/oncall/schedules/${schedule.id}/calendar.ics`} download>
        Calendar file
      </a>
      {can('oncall:write') && (
        <>
          <button type="button" class="primary" onClick={() => ask({ kind: 'override' })}>
            Override
          </button>
          <button type="button" onClick={() => ask({ kind: 'rotation', index: schedule.rotations.length })}>
            Add a rotation
          </button>
          <button type="button" onClick={() => ask({ kind: 'schedule' })}>
            Edit
          </button>
          <button type="button" class="danger" onClick={() => ask({ kind: 'remove' })}>
            Remove
          </button>
        </>
      )}
    </>
  );
}

function Calendar({ schedule, changes }: { schedule: OnCallSchedule; changes: number }) {
  const { id, zone } = schedule;
  const today = dateIn(zone, new Date());
  const first = mondayOf(query.value.get('from') ?? today);
  // a day more at both ends, because days begin elsewhere at another time
  const asked = { since: `${plusDays(first, -1)}T00:00:00Z`, until: `${plusDays(first, WEEKS * 7 + 1)}T00:00:00Z` };
  const path = withQuery(`/oncall/schedules/${id}/shifts`, asked);
  const loaded = useLoaded(`${path} ${changes}`, (signal) => readNow<Page<Shift>>(path, { signal }));
  const shifts = loaded.data.value?.items ?? [];
  const day = (date: string) => (
    <td key={date} data-label={date} aria-current={date === today ? 'date' : undefined}>
      <span class="quiet">{date.slice(5)}</span>
      {onDay(shifts, zone, date).map((text) => (
        <p key={text}>{text}</p>
      ))}
    </td>
  );
  return (
    <section>
      <ProblemNote error={loaded.problem.value} />
      <nav class="pager" aria-label="Weeks">
        <a href={`/oncall/${id}?from=${plusDays(first, -WEEKS * 7)}`}>Earlier</a>
        <a href={`/oncall/${id}`}>Today</a>
        <a href={`/oncall/${id}?from=${plusDays(first, WEEKS * 7)}`}>Later</a>
      </nav>
      <table class="cards calendar">
        <caption>
          Who is on call, by the clocks of {zone}, from {first} on
        </caption>
        <thead>
          <tr>
            {['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: WEEKS }, (_, week) => (
            <tr key={week}>{Array.from({ length: 7 }, (_, at) => day(plusDays(first, week * 7 + at)))}</tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Overrides({ schedule, changes, done }: { schedule: OnCallSchedule; changes: number; done: () => void }) {
  const path = `/oncall/schedules/${schedule.id}/overrides`;
  const loaded = useLoaded(`${path} ${changes}`, (signal) => readNow<Page<Override>>(path, { signal }));
  const overrides = loaded.data.value?.items ?? [];
  const remove = (override: Override) =>
    attempt(async () => {
      await write('DELETE', `${path}/${override.id}`);
      say('The override is removed');
      done();
    });
  if (!overrides.length) return null;
  return (
    <table class="cards">
      <caption>Overrides</caption>
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">From</th>
          <th scope="col">Until</th>
          <th scope="col">Why</th>
          {can('oncall:write') && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {overrides.map((override) => (
          <tr key={override.id}>
            <th scope="row" class="cell-name">
              {whoInWords(override)}
            </th>
            <td data-label="From">
              <Moment at={override.start} />
            </td>
            <td data-label="Until">
              <Moment at={override.end} />
            </td>
            <td data-label="Why">{override.comment}</td>
            {can('oncall:write') && (
              <td class="cell-actions">
                <button type="button" aria-label={`Remove the override: ${whoInWords(override)}`} onClick={() => remove(override)}>
                  Remove
                </button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whoInWords({ added, removed }: Override): string {
  if (added && removed) return `${added.name} for ${removed.name}`;
  return added ? `${added.name} besides` : `not ${removed?.name}`;
}

interface RotationsProps {
  schedule: OnCallSchedule;
  ask: (asking: Asking) => void;
  done: () => void;
}

function Rotations({ schedule, ask, done }: RotationsProps) {
  const names = new Map(schedule.people.map(({ id, name }) => [id, name]));
  const nameOf = (rotation: Rotation, index: number) => rotation.name || `Rotation ${index + 1}`;
  const drop = (index: number) =>
    attempt(async () => {
      const body = { rotations: schedule.rotations.filter((_, at) => at !== index) };
      await write('PATCH', `/oncall/schedules/${schedule.id}`, { body, etag: await etagOf(schedule) });
      say('The rotation is dropped');
      done();
    });
  if (!schedule.rotations.length) return <p class="note">It has no rotation yet, so nobody is on call by it.</p>;
  return (
    <table class="cards">
      <caption>Rotations</caption>
      <thead>
        <tr>
          <th scope="col">Rotation</th>
          <th scope="col">People, in their order</th>
          <th scope="col">Turns</th>
          {can('oncall:write') && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {schedule.rotations.map((rotation, index) => (
          <tr key={index}>
            <th scope="row" class="cell-name">
              {nameOf(rotation, index)}
            </th>
            <td data-label="People">{rotation.participants.map((id) => names.get(id) ?? `contact ${id}`).join(', ')}</td>
            <td data-label="Turns">{turnInWords(rotation)}</td>
            {can('oncall:write') && (
              <td class="cell-actions">
                <div class="row-actions">
                  <button type="button" aria-label={`Edit ${nameOf(rotation, index)}`} onClick={() => ask({ kind: 'rotation', index })}>
                    Edit
                  </button>
                  <button type="button" class="danger" aria-label={`Drop ${nameOf(rotation, index)}`} onClick={() => drop(index)}>
                    Drop
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

// One schedule: its rotations, its calendar, its overrides, and what can be done with it.
import { useSignal } from '@preact/signals';
import { type Answer, read, readNow, write } from '../api/client';
import type { OnCallSchedule, Override } from '../api/oncall';
import type { Page } from '../api/types';
import { useAnswer } from '../form/answer';
import type { OptionGroup } from '../form/listed';
import { readPeople } from '../form/whom';
import { minuteIn, overrideInWords, rotationInWords } from '../format/oncall';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { Fact, Facts } from '../parts/facts';
import { attempt, ProblemNote, say, Wrong } from '../parts/notices';
import { Removal } from '../parts/removal';
import { can } from '../session';
import { Calendar } from './oncall-calendar';
import { ScheduleQuestion } from './oncall-form';
import { OverrideQuestion } from './oncall-override';

type Asking =
  | { kind: 'change'; seen: Answer<OnCallSchedule>; people: OptionGroup }
  | { kind: 'override'; people: OptionGroup }
  | { kind: 'restore'; override: Override }
  | { kind: 'remove' }
  | null;

interface SectionProps {
  id: number;
  changed: () => void;
  removed: () => void;
}

export function ScheduleSection({ id, changed, removed }: SectionProps) {
  const path = `/oncall/schedules/${id}`;
  const loaded = useLoaded(path, (signal) => readNow<OnCallSchedule>(path, { signal }));
  const overrides = useLoaded(path, (signal) => readNow<Page<Override>>(`${path}/overrides`, { signal }));
  const asking = useSignal<Asking>(null);
  const changes = useSignal(0); // the calendar is asked for again after each
  const close = () => (asking.value = null);
  const done = (text: string) => {
    close();
    say(text);
    changes.value += 1;
    void loaded.reload();
    void overrides.reload();
    changed();
  };
  const gone = (text: string) => {
    close();
    say(text);
    removed();
  };
  const change = () =>
    attempt(async () => {
      const people = await readPeople();
      asking.value = { kind: 'change', people, seen: (await read<OnCallSchedule>(path))! };
    });
  const override = () => attempt(async () => void (asking.value = { kind: 'override', people: await readPeople() }));
  const schedule = loaded.data.value;
  if (!schedule) return <ProblemNote error={loaded.problem.value} />;
  const known = overrides.data.value?.items ?? [];
  return (
    <section aria-labelledby="schedule">
      <div class="output-head">
        <h2 id="schedule">{schedule.name}</h2>
        <div class="actions">
          <a href={`/api/v1${path}/calendar.ics`} download>
            As iCalendar (.ics)
          </a>
          {can('oncall:write') && <Buttons change={change} override={override} remove={() => (asking.value = { kind: 'remove' })} />}
        </div>
      </div>
      <ProblemNote error={loaded.problem.value ?? overrides.problem.value} />
      <Rotations schedule={schedule} />
      <Calendar schedule={schedule} overrides={known} changes={changes.value} />
      {known.length > 0 && (
        <Overrides zone={schedule.zone} overrides={known} remove={(each) => (asking.value = { kind: 'restore', override: each })} />
      )}
      <Asked asking={asking.value} schedule={schedule} path={path} close={close} done={done} removed={gone} />
    </section>
  );
}

interface AskedProps extends QuestionProps {
  asking: Asking;
  schedule: OnCallSchedule;
  removed: (text: string) => void;
}

function Asked({ asking, schedule, removed, ...question }: AskedProps) {
  const { close, done, path } = question;
  switch (asking?.kind) {
    case 'change':
      return <ScheduleQuestion seen={asking.seen} people={asking.people} close={close} done={done} />;
    case 'override':
      return <OverrideQuestion schedule={schedule} people={asking.people} close={close} done={done} />;
    case 'restore':
      return <RestoreQuestion {...question} override={asking.override} />;
    case 'remove':
      return (
        <Removal
          path={path} title={`Remove ${schedule.name}?`} action="Remove the schedule" close={close}
          done={() => removed(`${schedule.name} is removed`)}
        >
          <p>Its overrides go with it. One that an escalation policy names stays.</p>
        </Removal>
      );
    default:
      return null;
  }
}

function Buttons({ change, override, remove }: Record<'change' | 'override' | 'remove', () => void>) {
  return (
    <>
      <button type="button" onClick={override}>
        Override …
      </button>
      <button type="button" onClick={change}>
        Edit …
      </button>
      <button type="button" class="danger" onClick={remove}>
        Remove …
      </button>
    </>
  );
}

function Rotations({ schedule }: { schedule: OnCallSchedule }) {
  const names = new Map(schedule.people.map(({ id, name }) => [id, name]));
  return (
    <Facts>
      <Fact name="Description">{schedule.description}</Fact>
      {schedule.rotations.length === 0 && <Fact name="Rotations">none, so nobody is on call but by an override</Fact>}
      {schedule.rotations.map((rotation, index) => (
        <Fact key={index} name={rotation.name || `Rotation ${index + 1}`}>
          {rotationInWords(rotation, names)}
        </Fact>
      ))}
    </Facts>
  );
}

interface OverridesProps {
  zone: string;
  overrides: readonly Override[];
  remove: (override: Override) => void;
}

function Overrides({ zone, overrides, remove }: OverridesProps) {
  const mayChange = can('oncall:write');
  const instant = (at: string) => <time dateTime={at}>{minuteIn(zone, new Date(at))}</time>;
  return (
    <section>
      <h3>Overrides</h3>
      <table class="cards">
        <caption class="unseen">Overrides that are not over, by the clocks of {zone}</caption>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">From</th>
            <th scope="col">Until</th>
            <th scope="col">Comment</th>
            {mayChange && <th scope="col">Actions</th>}
          </tr>
        </thead>
        <tbody>
          {overrides.map((override) => (
            <tr key={override.id}>
              <th scope="row">{overrideInWords(override)}</th>
              <td data-label="From">{instant(override.start)}</td>
              <td data-label="Until">{instant(override.end)}</td>
              <td data-label="Comment">{override.comment}</td>
              {mayChange && (
                <td class="cell-actions">
                  <button
                    type="button" class="danger" aria-label={`Remove ${overrideInWords(override)}`}
                    onClick={() => remove(override)}
                  >
                    Remove
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface QuestionProps {
  path: string;
  close: () => void;
  done: (text: string) => void;
}

function RestoreQuestion({ path, override, close, done }: QuestionProps & { override: Override }) {
  const { wrong, answer } = useAnswer();
  const words = overrideInWords(override);
  const remove = async () => {
    await write('DELETE', `${path}/overrides/${override.id}`);
    done('The override is removed');
  };
  return (
    <Question title={`Remove ${words}?`} action="Remove the override" danger onClose={close} onAnswer={() => answer(remove)}>
      <Wrong text={wrong.whole ?? ''} />
      <p>Who is on call by rotation is so again at once.</p>
    </Question>
  );
}

// Schedules, their rotations and their overrides being made or changed.
import { useSignal } from '@preact/signals';
import { idempotencyKey, read, write } from '../api/client';
import type { OnCallSchedule, Rotation } from '../api/oncall';
import { useAnswer } from '../form/answer';
import { Chosen } from '../form/chosen';
import { useContacts } from '../form/people';
import { Line } from '../form/line';
import { durationText, parseDuration } from '../form/quantities';
import { mondayOf } from '../format/oncall';
import { dateIn, viewerZone } from '../format/time';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

interface QuestionProps {
  close: () => void;
  done: (schedule: OnCallSchedule) => void;
}

async function change(schedule: OnCallSchedule, body: Partial<OnCallSchedule>): Promise<OnCallSchedule> {
  const path = `/oncall/schedules/${schedule.id}`;
  return write('PATCH', path, { body, etag: (await read(path))?.etag ?? null });
}

export function ScheduleQuestion({ schedule, close, done }: QuestionProps & { schedule?: OnCallSchedule }) {
  const name = useSignal(schedule?.name ?? '');
  const zone = useSignal(schedule?.zone ?? viewerZone);
  const { wrong, answer } = useAnswer();
  const save = async () => {
    const body = { name: name.peek(), zone: zone.peek() };
    const saved = schedule
      ? await change(schedule, body)
      : await write<OnCallSchedule>('POST', '/oncall/schedules', { body, key: idempotencyKey() });
    say(`${saved.name} is ${schedule ? 'saved' : 'made'}`);
    done(saved);
  };
  return (
    <Question
      title={schedule ? `Edit ${schedule.name}` : 'New schedule'} action={schedule ? 'Save' : 'Make the schedule'} onClose={close}
      onAnswer={() => answer(save)}
    >
      <Wrong text={wrong.whole ?? ''} />
      <Line label="Name" autofocus value={name.value} set={(text) => (name.value = text)} wrong={wrong.name} />
      <Line label="Time zone" hint="In which its calendar is shown." value={zone.value} set={(text) => (zone.value = text)} wrong={wrong.zone} />
    </Question>
  );
}

export function RotationQuestion({ schedule, index, close, done }: QuestionProps & { schedule: OnCallSchedule; index: number }) {
  const before = schedule.rotations[index];
  const said = useSignal(saidOf(before, schedule.zone));
  const contacts = useContacts();
  const { wrong, answer } = useAnswer();
  const set = (changes: Partial<typeof said.value>) => (said.value = { ...said.value, ...changes });
  const refused = (field: string) => wrong[`rotations.${index}.${field}`] ?? wrong[`rotations[${index}].${field}`];
  const save = async () => {
    const rotations = [...schedule.rotations];
    rotations[index] = rotationOf(said.peek(), before);
    const saved = await change(schedule, { rotations });
    say('The rotation is saved');
    done(saved);
  };
  const { name, people, turn, start, zone, from, until } = said.value;
  return (
    <Question title={before ? 'Edit the rotation' : 'New rotation'} action="Save" onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrong.whole ?? Object.values(wrong)[0] ?? ''} />
      <Line label="Name" autofocus value={name} set={(text) => set({ name: text })} wrong={refused('name')} />
      <Chosen label="People, in their order" options={contacts} chosen={people} set={(chosen) => set({ people: chosen })} wrong={refused('participants')} />
      <Line label="A turn lasts" hint="1d, 7d, or hours up to a day: 8h." value={turn} set={(text) => set({ turn: text })} wrong={refused('turn_s')} />
      <Line label="First hand-over" type="datetime-local" value={start} set={(text) => set({ start: text })} wrong={refused('start')} />
      <Line label="By the clocks of" value={zone} set={(text) => set({ zone: text })} wrong={refused('zone')} />
      <details open={from !== ''}>
        <summary>Only within hours of the day</summary>
        <Line label="From" value={from} set={(text) => set({ from: text })} wrong={refused('only.from')} />
        <Line label="Until" value={until} set={(text) => set({ until: text })} wrong={refused('only.until')} />
      </details>
    </Question>
  );
}

function saidOf(rotation: Rotation | undefined, zone: string) {
  return {
    name: rotation?.name ?? '',
    people: (rotation?.participants ?? []).map(String),
    turn: durationText(rotation?.turn_s ?? 604_800),
    start: rotation?.start.slice(0, 16) ?? `${mondayOf(dateIn(zone, new Date()))}T09:00`,
    zone: rotation?.zone ?? zone,
    from: rotation?.only?.from ?? '',
    until: rotation?.only?.until ?? '',
  };
}

/** What can't be read as a duration becomes 0, which the server refuses in words. */
function rotationOf(said: ReturnType<typeof saidOf>, before: Rotation | undefined): Rotation {
  const { name, people, turn, start, zone, from, until } = said;
  const days = before?.only?.days ?? ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const only = from || until ? { ...before?.only, days, from, until } : null;
  return { name, participants: people.map(Number), turn_s: parseDuration(turn) ?? 0, start, zone, only };
}

export function OverrideQuestion({ schedule, close, done }: QuestionProps & { schedule: OnCallSchedule }) {
  const said = useSignal({ added: '', removed: '', start: '', end: '', comment: '' });
  const contacts = useContacts();
  const { wrong, answer } = useAnswer();
  const set = (changes: Partial<typeof said.value>) => (said.value = { ...said.value, ...changes });
  const save = async () => {
    const { added, removed, start, end, comment } = said.peek();
    const body = {
      ...(added && { added: Number(added) }), ...(removed && { removed: Number(removed) }),
      ...(start && { start: new Date(start).toISOString() }), end: end && new Date(end).toISOString(), comment,
    };
    const made = await write<{ note: string | null }>('POST', `/oncall/schedules/${schedule.id}/overrides`, { body });
    say(made.note ?? 'The override is made');
    done(schedule);
  };
  const who = (name: 'added' | 'removed', label: string) => (
    <Field label={label} wrong={wrong[name]}>
      {(control) => (
        <select {...control} value={said.value[name]} onChange={(event) => set({ [name]: event.currentTarget.value })}>
          <option value="">nobody</option>
          {contacts.map(([id, words]) => (
            <option key={id} value={id}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  return (
    <Question title="Override" action="Make the override" onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrong.whole ?? ''} />
      {who('added', 'On call')}
      {who('removed', 'In place of')}
      <Line label="From" hint={`By your clock, ${viewerZone}. Empty: now.`} type="datetime-local" value={said.value.start} set={(start) => set({ start })} wrong={wrong.start} />
      <Line label="Until" type="datetime-local" value={said.value.end} set={(end) => set({ end })} wrong={wrong.end} />
      <Line label="Why" value={said.value.comment} set={(comment) => set({ comment })} wrong={wrong.comment} />
    </Question>
  );
}

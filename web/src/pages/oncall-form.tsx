// The question that makes an on-call schedule or changes one, with its rotations.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type Answer, idempotencyKey, write } from '../api/client';
import type { OnCallSchedule } from '../api/oncall';
import { useAnswer } from '../form/answer';
import type { OptionGroup } from '../form/listed';
import { wrongBeside } from '../form/nested';
import { freshRotation, rotationOf, type RotationValues, valuesOf } from '../form/rotation';
import { RotationFields } from '../form/rotation-fields';
import { viewerZone } from '../format/time';
import { now } from '../parts/clock';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Wrong } from '../parts/notices';
import { Zones } from '../parts/zones';

const SHOWN = /^(name|description|zone|rotations\.\d+\.(name|participants|turn|turn_s|start|zone|only\.(from|until|days))(\.\d+)?)$/;

interface Values {
  name: string;
  description: string;
  zone: string;
  rotations: RotationValues[];
}

function startOf(schedule: OnCallSchedule | null): Values {
  const zone = schedule?.zone ?? viewerZone;
  const fresh = freshRotation(zone, now.peek());
  return {
    name: schedule?.name ?? '',
    description: schedule?.description ?? '',
    zone,
    rotations: schedule?.rotations.map((each) => valuesOf(each, fresh)) ?? [fresh],
  };
}

interface ScheduleProps {
  seen: Answer<OnCallSchedule> | null;
  people: OptionGroup;
  close: () => void;
  done: (text: string, id: number) => void;
}

export function ScheduleQuestion({ seen, people, close, done }: ScheduleProps) {
  const schedule = seen?.data ?? null;
  const values = useSignal(startOf(schedule));
  const { wrong, answer } = useAnswer();
  const set = (changes: Partial<Values>) => (values.value = { ...values.peek(), ...changes });
  const save = async () => {
    const body = { ...values.peek(), rotations: values.peek().rotations.map(rotationOf) };
    const saved = schedule
      ? await write<OnCallSchedule>('PATCH', `/oncall/schedules/${schedule.id}`, { body, etag: seen!.etag })
      : await write<OnCallSchedule>('POST', '/oncall/schedules', { body, key: idempotencyKey() });
    done(`${saved.name} is ${schedule ? 'saved' : 'made'}`, saved.id);
  };
  const { name, description, zone, rotations } = values.value;
  const add = useRef<HTMLButtonElement>(null);
  const removeRotation = (index: number) => {
    set({ rotations: rotations.toSpliced(index, 1) });
    add.current?.focus(); // the button that had the focus goes
  };
  const setRotation = (index: number, changes: Partial<RotationValues>) =>
    set({ rotations: rotations.with(index, { ...rotations[index]!, ...changes }) });
  /** Of a new schedule the rotations go along, as long as they have the same zone. */
  const setZone = (next: string) =>
    set({ zone: next, rotations: schedule ? rotations : rotations.map((each) => (each.zone === zone ? { ...each, zone: next } : each)) });
  const nameOf = (id: string) => schedule?.people.find((each) => String(each.id) === id)?.name ?? `contact ${id} (gone)`;
  return (
    <Question
      title={schedule ? `Edit ${schedule.name}` : 'New schedule'} action={schedule ? 'Save' : 'Make the schedule'} onClose={close}
      onAnswer={() => answer(save)}
    >
      <Wrong text={wrongBeside(wrong, SHOWN)} />
      <Field label="Name" wrong={wrong.name}>
        {(control) => <input {...control} autofocus value={name} onInput={(event) => set({ name: event.currentTarget.value })} />}
      </Field>
      <Field label="Description" wrong={wrong.description}>
        {(control) => <input {...control} value={description} onInput={(event) => set({ description: event.currentTarget.value })} />}
      </Field>
      <Field label="Time zone" hint="In which its calendar is shown." wrong={wrong.zone}>
        {(control) => <input {...control} list="oncall-zones" value={zone} onInput={(event) => setZone(event.currentTarget.value)} />}
      </Field>
      <Zones id="oncall-zones" />
      {rotations.map((rotation, index) => (
        <RotationFields
          key={index} index={index} values={rotation} set={(changes) => setRotation(index, changes)} wrong={wrong} people={people}
          nameOf={nameOf} remove={() => removeRotation(index)}
        />
      ))}
      <div class="actions">
        <button type="button" ref={add} onClick={() => set({ rotations: [...rotations, freshRotation(zone, now.peek())] })}>
          Add a rotation
        </button>
      </div>
    </Question>
  );
}

// The question that puts somebody on call for a time, or takes somebody off.
import { useSignal } from '@preact/signals';
import { write } from '../api/client';
import type { OnCallSchedule, Override } from '../api/oncall';
import { useAnswer } from '../form/answer';
import type { OptionGroup } from '../form/listed';
import { wrongBeside } from '../form/nested';
import { overrideInWords } from '../format/oncall';
import { instantOf } from '../format/wall';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

const SHOWN = /^(added|removed|start|end|comment)$/;

interface OverrideProps {
  schedule: OnCallSchedule;
  people: OptionGroup;
  close: () => void;
  done: (text: string) => void;
}

export function OverrideQuestion({ schedule, people, close, done }: OverrideProps) {
  const { wrong, answer, refuse } = useAnswer();
  const values = useSignal({ added: '', removed: '', start: '', end: '', comment: '' });
  const set = (changes: Partial<typeof values.value>) => (values.value = { ...values.peek(), ...changes });
  const instant = (wall: string) => instantOf(schedule.zone, wall)?.toISOString() ?? null;
  const save = async () => {
    const { added, removed, start, end, comment } = values.peek();
    if (!end) return void refuse({ end: 'is needed' });
    const body = { added: Number(added) || null, removed: Number(removed) || null, start: instant(start), end: instant(end), comment };
    const made = await write<Override & { note: string | null }>('POST', `/oncall/schedules/${schedule.id}/overrides`, { body });
    done(`Overridden: ${overrideInWords(made)}`);
    if (made.note) say(`But ${named(made.note, made)}`, { bad: true }); // stays until it was read
  };
  const { start, end, comment } = values.value;
  return (
    <Question title={`Override ${schedule.name}`} action="Add the override" onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrongBeside(wrong, SHOWN)} />
      <Who label="On call" value={values.value.added} people={people} wrong={wrong.added} set={(added) => set({ added })} />
      <Who label="Instead of" value={values.value.removed} people={people} wrong={wrong.removed} set={(removed) => set({ removed })} />
      <Field label="From" hint={`By the clocks of ${schedule.zone}; empty is now.`} wrong={wrong.start}>
        {(control) => (
          <input {...control} type="datetime-local" value={start} onInput={(event) => set({ start: event.currentTarget.value })} />
        )}
      </Field>
      <Field label="Until" wrong={wrong.end}>
        {(control) => <input {...control} type="datetime-local" value={end} onInput={(event) => set({ end: event.currentTarget.value })} />}
      </Field>
      <Field label="Comment (optional)" wrong={wrong.comment}>
        {(control) => <input {...control} value={comment} onInput={(event) => set({ comment: event.currentTarget.value })} />}
      </Field>
    </Question>
  );
}

/** The server's remark, with names for numbers. */
function named(note: string, { added, removed }: Override): string {
  const names = new Map([added, removed].map((each) => [String(each?.id), each?.name]));
  return note.replaceAll(/contact (\d+)/g, (said, id: string) => names.get(id) ?? said);
}

interface WhoProps {
  label: string;
  value: string;
  people: OptionGroup;
  wrong: string | undefined;
  set: (id: string) => void;
}

function Who({ label, value, people, wrong, set }: WhoProps) {
  return (
    <Field label={label} wrong={wrong}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => set(event.currentTarget.value)}>
          <option value="">nobody</option>
          {people.options.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

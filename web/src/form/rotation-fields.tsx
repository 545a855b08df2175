// One rotation in the form of a schedule: who, how long, from when, and in which hours.
import type { ComponentChild } from 'preact';
import type { Weekday } from '../api/types';
import { WEEKDAYS } from '../format/contacts';
import { type Control, Field } from '../parts/field';
import { Listed, type OptionGroup } from './listed';
import { wrongAt } from './nested';
import type { RotationValues } from './rotation';

const TURNS = [['day', 'Every day'], ['week', 'Every week'], ['days', 'After days'], ['hours', 'After hours']] as const;

interface RotationProps {
  index: number;
  values: RotationValues;
  set: (changes: Partial<RotationValues>) => void;
  wrong: Readonly<Record<string, string>>;
  people: OptionGroup;
  nameOf: (id: string) => string;
  remove: () => void;
}

export function RotationFields({ index, values, set, wrong, people, nameOf, remove }: RotationProps) {
  const at = (field: string) => wrongAt(wrong, `rotations.${index}.${field}`);
  return (
    <fieldset>
      <legend>Rotation {index + 1}</legend>
      <Field label="Name of the rotation (optional)" wrong={at('name')}>
        {(control) => <input {...control} value={values.name} onInput={(event) => set({ name: event.currentTarget.value })} />}
      </Field>
      <Listed
        noun="Participant" ordered groups={[people]} nameOf={nameOf} values={values.participants} wrong={at('participants')}
        set={(participants) => set({ participants })}
      />
      <TurnFields values={values} set={set} at={at} />
      <label class="check">
        <input type="checkbox" checked={values.limited} onChange={() => set({ limited: !values.limited })} />
        Only in some hours of the week
      </label>
      {values.limited && <HoursFields values={values} set={set} at={at} />}
      <div class="actions">
        <button type="button" class="danger" aria-label={`Remove rotation ${index + 1}`} onClick={remove}>
          Remove the rotation
        </button>
      </div>
    </fieldset>
  );
}

type PartProps = Pick<RotationProps, 'values' | 'set'> & { at: (field: string) => string | undefined };

/** How long a turn is, and when the first begins. */
function TurnFields({ values, set, at }: PartProps) {
  const custom = values.turn === 'days' || values.turn === 'hours';
  return (
    <div class="fields grid">
      <Field label="Hand-over" wrong={custom ? undefined : (at('turn') ?? at('turn_s'))}>
        {(control) => (
          <select
            {...control} value={values.turn}
            onChange={(event) => set({ turn: event.currentTarget.value as RotationValues['turn'] })}
          >
            {TURNS.map(([turn, words]) => (
              <option key={turn} value={turn}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      {custom && (
        <Field label={values.turn === 'days' ? 'How many days' : 'How many hours'} wrong={at('turn') ?? at('turn_s')}>
          {(control) => (
            <input
              {...control} inputMode="numeric" value={values.length}
              onInput={(event) => set({ length: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      <Field label="First hand-over" hint="Its time of day is that of all." wrong={at('start')}>
        {(control) => (
          <input
            {...control} type="datetime-local" step={values.start.length > 16 ? 1 : 60} value={values.start}
            onInput={(event) => set({ start: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="By the clocks of" wrong={at('zone')}>
        {(control) => (
          <input {...control} list="oncall-zones" value={values.zone} onInput={(event) => set({ zone: event.currentTarget.value })} />
        )}
      </Field>
    </div>
  );
}

function HoursFields({ values, set, at }: PartProps) {
  const clock = (name: 'from' | 'until') => (control: Control): ComponentChild => (
    <input
      {...control} class="code" placeholder="09:00" value={values[name]}
      onInput={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <>
      <div class="fields grid">
        <Field label="Hours from" wrong={at('only.from')}>
          {clock('from')}
        </Field>
        <Field label="Hours until" hint="May be the next morning." wrong={at('only.until')}>
          {clock('until')}
        </Field>
      </div>
      <DayChoices chosen={values.days} choose={(days) => set({ days })} wrong={at('only.days')} />
      {values.hoursZone && <p class="hint">These hours are by the clocks of {values.hoursZone}.</p>}
    </>
  );
}

interface DaysProps {
  chosen: readonly Weekday[];
  choose: (days: Weekday[]) => void;
  wrong: string | undefined;
}

function DayChoices({ chosen, choose, wrong }: DaysProps) {
  const toggle = (day: Weekday) =>
    choose(WEEKDAYS.map(([each]) => each).filter((each) => (each === day) !== chosen.includes(each)));
  return (
    <div class="field" role="group" aria-label="Hours that begin on">
      <span class="choices-legend">Hours that begin on</span>
      <div class="choices">
        {WEEKDAYS.map(([day, words]) => (
          <label key={day} class="check">
            <input type="checkbox" checked={chosen.includes(day)} onChange={() => toggle(day)} />
            {words}
          </label>
        ))}
      </div>
      {wrong && <p class="wrong">{wrong}</p>}
    </div>
  );
}

// Choices one below the other: added, removed, and moved where their order means something.
import { useRef } from 'preact/hooks';
import { Field } from '../parts/field';

export interface OptionGroup {
  legend: string;
  options: readonly (readonly [string, string])[];
}

interface ListedProps {
  /** What one of them is called, such as `Participant`. */
  noun: string;
  groups: readonly OptionGroup[];
  values: readonly string[];
  set: (values: string[]) => void;
  /** What a value is called that is no option any more. */
  nameOf: (value: string) => string;
  wrong?: string | undefined;
  ordered?: boolean;
}

export function Listed({ noun, groups, values, set, nameOf, wrong, ordered = false }: ListedProps) {
  const add = useRef<HTMLButtonElement>(null);
  const lower = noun.toLowerCase();
  const isEmpty = groups.every(({ options }) => options.length === 0);
  const remove = (index: number) => {
    set(values.toSpliced(index, 1));
    add.current?.focus(); // the button that had the focus goes
  };
  const earlier = (index: number) => set(values.toSpliced(index, 1).toSpliced(index - 1, 0, values[index]!));
  return (
    <>
      {values.map((value, index) => (
        <div key={index} class="listed">
          <Field label={`${noun} ${index + 1}`} hint={isEmpty && 'There is nobody to choose yet.'} wrong={index === 0 ? wrong : undefined}>
            {(control) => (
              <select {...control} value={value} onChange={(event) => set(values.with(index, event.currentTarget.value))}>
                <option value="">Choose …</option>
                <Options groups={groups} value={value} nameOf={nameOf} />
              </select>
            )}
          </Field>
          {ordered && index > 0 && (
            <button type="button" aria-label={`Move ${lower} ${index + 1} up`} onClick={() => earlier(index)}>
              Up
            </button>
          )}
          {values.length > 1 && (
            <button type="button" aria-label={`Remove ${lower} ${index + 1}`} onClick={() => remove(index)}>
              Remove
            </button>
          )}
        </div>
      ))}
      <div class="actions">
        <button type="button" ref={add} onClick={() => set([...values, ''])}>
          Add a {lower}
        </button>
      </div>
    </>
  );
}

interface OptionsProps {
  groups: readonly OptionGroup[];
  value: string;
  nameOf: (value: string) => string;
}

function Options({ groups, value, nameOf }: OptionsProps) {
  const there = groups.filter(({ options }) => options.length > 0);
  const isKnown = value === '' || there.some(({ options }) => options.some(([id]) => id === value));
  return (
    <>
      {!isKnown && <option value={value}>{nameOf(value)}</option>}
      {there.map(({ legend, options }) => (
        <optgroup key={legend} label={legend}>
          {options.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  );
}

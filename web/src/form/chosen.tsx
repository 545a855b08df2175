// Several chosen from many, in their order.
import { Field } from '../parts/field';

interface ChosenProps {
  label: string;
  options: readonly (readonly [string, string])[];
  chosen: readonly string[];
  set: (chosen: string[]) => void;
  wrong?: string | undefined;
}

export function Chosen({ label, options, chosen, set, wrong }: ChosenProps) {
  const words = new Map(options);
  return (
    <>
      {chosen.length > 0 && (
        <ol aria-label={label}>
          {chosen.map((each, index) => (
            <li key={`${each} ${index}`}>
              {words.get(each) ?? each}{' '}
              <button
                type="button" class="link" aria-label={`Take out ${words.get(each) ?? each}`}
                onClick={() => set(chosen.filter((_, at) => at !== index))}
              >
                take out
              </button>
            </li>
          ))}
        </ol>
      )}
      <Field label={label} wrong={wrong}>
        {(control) => (
          <select {...control} value="" onChange={(event) => set([...chosen, event.currentTarget.value])}>
            <option value="" disabled>
              Add …
            </option>
            {options.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}

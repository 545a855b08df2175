// One line of text in a question.
import { Field } from '../parts/field';

interface LineProps {
  label: string;
  value: string;
  set: (text: string) => void;
  hint?: string;
  wrong?: string | undefined;
  type?: 'text' | 'datetime-local';
  autofocus?: boolean;
}

export function Line({ label, value, set, hint, wrong, type = 'text', autofocus = false }: LineProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(control) => (
        <input
          {...control} type={type as 'text'} autofocus={autofocus} autocomplete="off" spellcheck={false} value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

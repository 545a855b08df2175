// Text, choices and long text, tied to one value of the form and to the API's name for it.
import type { ComponentChildren } from 'preact';
import { Field } from '../parts/field';
import type { FormState } from './state';
import type { FormValues } from './values';

type TextName = { [Name in keyof FormValues]: FormValues[Name] extends string ? Name : never }[keyof FormValues];

interface InputProps {
  form: FormState;
  value: TextName;
  /** The API's name, by which the server says what is wrong. */
  field: string;
  label: string;
  hint?: ComponentChildren;
  wide?: boolean;
}

export function Text({ form, value, field, label, hint, wide, ...more }: InputProps & TextInput) {
  const input = more as { type?: 'text' }; // the types tell kinds of input apart that differ only at run time
  return (
    <Field label={label} hint={hint} wide={wide ?? false} wrong={form.wrongOf(field)}>
      {(control) => (
        <input
          {...control} {...input} data-field={field} spellcheck={false} autocomplete="off" value={form.values.value[value]}
          onInput={(event) => form.set({ [value]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

interface TextInput {
  type?: string;
  list?: string;
  inputMode?: 'numeric';
  step?: number;
  class?: string;
  required?: boolean;
}

export function LongText({ form, value, field, label, hint, rows = 3 }: InputProps & { rows?: number }) {
  return (
    <Field label={label} hint={hint} wide wrong={form.wrongOf(field)}>
      {(control) => (
        <textarea
          {...control} data-field={field} rows={rows} spellcheck={false} value={form.values.value[value]}
          onInput={(event) => form.set({ [value]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

export function Choice({ form, value, field, label, hint, options }: InputProps & { options: readonly (readonly [string, string])[] }) {
  return (
    <Field label={label} hint={hint} wrong={form.wrongOf(field)}>
      {(control) => (
        <select
          {...control} data-field={field} value={form.values.value[value]}
          onChange={(event) => form.set({ [value]: event.currentTarget.value })}
        >
          {options.map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

// One form being filled in: its values, what is wrong with them, and whether they were touched.
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { FormValues, Wrong } from './values';

export interface FormState {
  values: Signal<FormValues>;
  wrong: Signal<Wrong>;
  touched: ReadonlySignal<boolean>;
  set(changes: Partial<FormValues>): void;
  /** What the server says of a field, or of a part of it (`env.PATH` belongs to `env`). */
  wrongOf(field: string): string | undefined;
}

export function newForm(initial: FormValues): FormState {
  const values = signal(initial);
  const wrong = signal<Wrong>({});
  return {
    values,
    wrong,
    touched: computed(() => JSON.stringify(values.value) !== JSON.stringify(initial)),
    set: (changes) => (values.value = { ...values.peek(), ...changes }),
    wrongOf: (field) => {
      const found = Object.entries(wrong.value).filter(([at]) => at === field || at.startsWith(`${field}.`));
      return found.map(([at, what]) => (at === field ? what : `${at.slice(field.length + 1)}: ${what}`)).join(' ') || undefined;
    },
  };
}

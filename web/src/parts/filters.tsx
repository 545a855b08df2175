// What narrows a list: a text that is searched for as it is typed, and choices; all of it stands in the address.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { query, setQuery } from '../router';

const TYPING_MS = 250;

interface SearchProps {
  /** Such as `Search tasks by name`. */
  label: string;
  placeholder: string;
}

export function Search({ label, placeholder }: SearchProps) {
  const text = useSignal(query.value.get('q') ?? '');
  const timer = useRef(0);
  const search = (value: string) => {
    text.value = value;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuery({ q: value, cursor: null }, { replace: true }), TYPING_MS);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <label>
      <span class="unseen">{label}</span>
      <input type="search" placeholder={placeholder} value={text.value} onInput={(event) => search(event.currentTarget.value)} />
    </label>
  );
}

interface ChoiceProps {
  /** Of the address's parameter. */
  name: string;
  label: string;
  options: readonly (readonly [string, string])[];
}

export function Choice({ name, label, options }: ChoiceProps) {
  return (
    <label>
      <span class="unseen">{label}</span>
      <select
        value={query.value.get(name) ?? ''}
        onChange={(event) => setQuery({ [name]: event.currentTarget.value, cursor: null })}
      >
        {options.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

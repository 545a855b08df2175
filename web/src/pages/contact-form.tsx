// Adding a contact and editing one.
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChild } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { idempotencyKey, Problem, read, readNow, write } from '../api/client';
import type { Channel, Contact, ContactGroup, Page, Weekday } from '../api/types';
import { useLeaveGuard } from '../form/leaving';
import { CHANNELS, listOf, WEEKDAYS } from '../format/contacts';
import { useLoaded } from '../loaded';
import { type Control, Field } from '../parts/field';
import { inWords, ProblemNote, say, Wrong } from '../parts/notices';
import { Screen } from '../parts/screen';
import { guardLeaving, navigate } from '../router';
import { can } from '../session';
import { ContactGone } from './contact-gone';
import { Masked } from './contacts';

/** What is typed, as texts; `settingsOf` makes of it what the API takes. */
interface Values {
  name: string;
  email: string;
  phone: string;
  notes: string;
  tags: string;
  groups: string[];
  zone: string;
  language: string;
  quietFrom: string;
  quietUntil: string;
  quietDays: Weekday[];
  channels: Channel[];
}

const ALL_DAYS = WEEKDAYS.map(([day]) => day);

const FRESH: Values = {
  name: '', email: '', phone: '', notes: '', tags: '', groups: [], zone: '', language: '', quietFrom: '', quietUntil: '',
  quietDays: ALL_DAYS, channels: [],
};

function valuesOf(contact: Contact): Values {
  return {
    name: contact.name,
    email: contact.email ?? '',
    phone: contact.phone ?? '',
    notes: contact.notes ?? '',
    tags: contact.tags.join(', '),
    groups: contact.groups.map((group) => group.name),
    zone: contact.zone ?? '',
    language: contact.language ?? '',
    quietFrom: contact.quiet?.from ?? '',
    quietUntil: contact.quiet?.until ?? '',
    quietDays: contact.quiet?.days ?? ALL_DAYS,
    channels: contact.channels,
  };
}

function settingsOf(values: Values): Record<string, unknown> {
  const { quietFrom, quietUntil, quietDays, ...rest } = values;
  const quiet = quietFrom || quietUntil ? { from: quietFrom, until: quietUntil, days: quietDays } : null;
  const texts = Object.fromEntries(
    (['email', 'phone', 'notes', 'zone', 'language'] as const).map((name) => [name, values[name].trim() || null]),
  );
  return { ...rest, ...texts, tags: listOf(values.tags), quiet };
}

export function NewContactPage() {
  const key = useMemo(idempotencyKey, []);
  if (!can('contacts:write')) return <MayNot title="New contact" />;
  const save = async (values: Values) => {
    const contact = await write<Contact>('POST', '/contacts', { body: settingsOf(values), key });
    return { id: contact.id, told: `${contact.name} is added` };
  };
  return (
    <Screen title="New contact" above={<a href="/contacts">Contacts</a>}>
      <ContactForm initial={FRESH} action="Add the contact" back="/contacts" save={save} />
    </Screen>
  );
}

export function EditContactPage({ id }: { id: number }) {
  const loaded = useLoaded(String(id), async (signal) => (await read<Contact>(`/contacts/${id}`, { signal }))!);
  const seen = loaded.data.value;
  const problem = loaded.problem.value;
  if (!can('contacts:write')) return <MayNot title="Edit contact" />;
  if (problem instanceof Problem && problem.status === 404) return <ContactGone id={id} />;
  return (
    <Screen
      title={seen ? `Edit ${seen.data.name}` : 'Edit contact'}
      above={<a href={`/contacts/${id}`}>{seen?.data.name ?? 'Contact'}</a>}
    >
      <ProblemNote error={problem} />
      {seen?.data.masked && <Masked />}
      {seen && <EditForm key={seen.etag} contact={seen.data} etag={seen.etag} reload={loaded.reload} />}
    </Screen>
  );
}

function EditForm({ contact, etag, reload }: { contact: Contact; etag: string | null; reload: () => Promise<void> }) {
  const stale = useSignal(false);
  const save = async (values: Values) => {
    const before = settingsOf(valuesOf(contact));
    const after = settingsOf(values);
    const names = Object.keys(after).filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));
    const body = Object.fromEntries(names.map((name) => [name, after[name]])); // what is masked is not sent back
    try {
      if (names.length) await write('PATCH', `/contacts/${contact.id}`, { body, etag });
    } catch (error) {
      stale.value = error instanceof Problem && error.status === 412;
      throw error;
    }
    return { id: contact.id, told: `${values.name} is saved` };
  };
  return (
    <>
      {stale.value && (
        <p class="note">
          Somebody has changed this contact meanwhile.{' '}
          <button type="button" class="link" onClick={() => (guardLeaving(null), void reload())}>
            Drop mine and load theirs
          </button>
        </p>
      )}
      <ContactForm initial={valuesOf(contact)} action="Save" back={`/contacts/${contact.id}`} save={save} />
    </>
  );
}

interface FormProps {
  initial: Values;
  action: string;
  back: string;
  save: (values: Values) => Promise<{ id: number; told: string }>;
}

function ContactForm({ initial, action, back, save }: FormProps) {
  const element = useRef<HTMLFormElement>(null);
  const values = useSignal(initial);
  const wrong = useSignal<Record<string, string>>({});
  const failure = useSignal('');
  const busy = useSignal(false);
  useLeaveGuard(() => JSON.stringify(values.peek()) !== JSON.stringify(initial));

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.peek()) return;
    busy.value = true;
    wrong.value = {};
    failure.value = '';
    try {
      const { id, told } = await save(values.peek());
      guardLeaving(null);
      say(told);
      navigate(`/contacts/${id}`);
    } catch (error) {
      wrong.value = fieldsOf(error);
      failure.value = Object.keys(wrong.value).length ? 'Some fields need another look.' : inWords(error);
      requestAnimationFrame(() => element.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
    }
    busy.value = false;
  };
  const fields = { values, wrong: wrong.value };
  return (
    <form class="task-form" ref={element} onSubmit={submit} noValidate>
      <Wrong text={failure.value} />
      <fieldset>
        <legend>Who</legend>
        <div class="fields grid">
          <Line {...fields} name="name" label="Name" />
          <Line {...fields} name="email" label="Email" type="email" />
          <Line {...fields} name="phone" label="Phone" type="tel" hint="With + and the country’s code, such as +49 30 901820." />
          <Line {...fields} name="tags" label="Tags" hint="Parted by commas." />
          <Groups {...fields} />
        </div>
        <Field label="Notes" wide wrong={wrong.value.notes}>
          {(control) => (
            <textarea
              {...control} class="prose" rows={3} value={values.value.notes}
              onInput={(event) => (values.value = { ...values.peek(), notes: event.currentTarget.value })}
            />
          )}
        </Field>
      </fieldset>
      <Telling {...fields} />
      <div class="actions">
        <button type="submit" class="primary" disabled={busy.value}>
          {busy.value ? 'Saving …' : action}
        </button>
        <a class="button" href={back}>
          Back
        </a>
      </div>
    </form>
  );
}

/** An email that is taken is a conflict, not an invalid body; to the reader it is a wrong field. */
function fieldsOf(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  if (error.code === 'email_taken') return { email: error.message };
  const parts = Object.entries(error.fields).filter(([name]) => name.startsWith('quiet.') && name !== 'quiet.until');
  const quiet = parts.map(([, what]) => what).join('; ');
  return quiet ? { ...error.fields, quiet } : error.fields;
}

interface FieldsProps {
  values: Signal<Values>;
  wrong: Record<string, string>;
}

type TextName = 'name' | 'email' | 'phone' | 'tags' | 'zone' | 'language' | 'quietFrom' | 'quietUntil';

interface LineProps extends FieldsProps {
  name: TextName;
  label: string;
  type?: string;
  hint?: string;
  field?: string;
  list?: string;
}

function Line({ values, wrong, name, label, type = 'text', hint, field = name, list }: LineProps) {
  return (
    <Field label={label} hint={hint} wrong={wrong[field]}>
      {(control: Control): ComponentChild => (
        <input
          {...control} type={type as 'text'} list={list} data-field={field} autocomplete="off" spellcheck={false}
          value={values.value[name]} onInput={(event) => (values.value = { ...values.peek(), [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

function Groups({ values, wrong }: FieldsProps) {
  const groups = useLoaded('groups', (signal) => readNow<Page<ContactGroup>>('/groups?limit=200', { signal }));
  const there = groups.data.value?.items ?? [];
  if (!there.length) return null;
  return (
    <Choices
      legend="Groups" wrong={wrong.groups} options={there.map(({ name }) => [name, name])} chosen={values.value.groups}
      choose={(chosen) => (values.value = { ...values.peek(), groups: chosen })}
    />
  );
}

function Telling({ values, wrong }: FieldsProps) {
  const change = (changes: Partial<Values>) => (values.value = { ...values.peek(), ...changes });
  const zones = useMemo(() => Intl.supportedValuesOf('timeZone'), []);
  return (
    <fieldset>
      <legend>How to tell them</legend>
      <Choices
        legend="Channels, the preferred first" wrong={wrong.channels} options={CHANNELS} chosen={values.value.channels} numbered
        choose={(channels) => change({ channels })}
      />
      <div class="fields grid">
        <Line values={values} wrong={wrong} name="zone" label="Time zone" hint="Such as Europe/Berlin." list="contact-zones" />
        <Line values={values} wrong={wrong} name="language" label="Language" hint="Such as de or pt-BR." />
      </div>
      <div class="fields grid">
        <Line values={values} wrong={wrong} name="quietFrom" field="quiet" label="Quiet from" type="time" hint="In their time zone." />
        <Line values={values} wrong={wrong} name="quietUntil" field="quiet.until" label="Quiet until" type="time" hint="May be the next morning." />
      </div>
      <datalist id="contact-zones">
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      {(values.value.quietFrom || values.value.quietUntil) && (
        <Choices
          legend="Quiet on nights and days that begin on" wrong={undefined} options={WEEKDAYS} chosen={values.value.quietDays}
          choose={(quietDays) => change({ quietDays })}
        />
      )}
    </fieldset>
  );
}

interface ChoicesProps<T extends string> {
  legend: string;
  wrong: string | undefined;
  options: readonly (readonly [T, string])[];
  chosen: readonly T[];
  choose: (chosen: T[]) => void;
  numbered?: boolean;
}

/** Boxes to tick; `numbered` ones show in which order they were. */
function Choices<T extends string>({ legend, wrong, options, chosen, choose, numbered = false }: ChoicesProps<T>) {
  const toggle = (option: T) =>
    choose(chosen.includes(option) ? chosen.filter((each) => each !== option) : [...chosen, option]);
  return (
    <div class="field" role="group" aria-label={legend}>
      <span class="choices-legend">{legend}</span>
      <div class="choices">
        {options.map(([option, words]) => (
          <label key={option} class="check">
            <input type="checkbox" checked={chosen.includes(option)} onChange={() => toggle(option)} />
            {words}
            {numbered && chosen.includes(option) && <span class="quiet">{chosen.indexOf(option) + 1}.</span>}
          </label>
        ))}
      </div>
      {wrong && <p class="wrong">{wrong}</p>}
    </div>
  );
}

function MayNot({ title }: { title: string }) {
  return (
    <Screen title={title} above={<a href="/contacts">Contacts</a>}>
      <p class="note">Your role may look at contacts but not change them. An operator or an admin may.</p>
    </Screen>
  );
}

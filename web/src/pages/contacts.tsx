// Whom Autom8 tells: found by name, email or phone, narrowed by tag and group.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { readNow, write } from '../api/client';
import type { Contact, ContactGroup, Page } from '../api/types';
import { searchOf } from '../format/contacts';
import { useLoaded } from '../loaded';
import { attempt, ProblemNote } from '../parts/notices';
import { Screen } from '../parts/screen';
import { Tags } from '../parts/tags';
import { query, setQuery } from '../router';
import { can } from '../session';
import { BulkBar } from './contact-bulk';
import { ExportButton } from './contact-export';

const TYPING_MS = 250;
const PAGE = 50;
const GROUPS_MAX = 200;

export function ContactsPage() {
  const typed = useSignal(''); // not in the address: it may be somebody's email
  const [tag, group] = [query.value.get('tag'), query.value.get('group')];
  const asked = { ...searchOf(typed.value), tag, group_id: group ? Number(group) : null, limit: PAGE };
  const chosen = useSignal<ReadonlySet<number>>(new Set());
  const ask = (cursor: string | null, signal?: AbortSignal) =>
    write<Page<Contact>>('POST', '/contacts/search', { body: { ...asked, cursor }, ...(signal && { signal }) });
  const key = JSON.stringify(asked);
  const found = useLoaded(key, (signal) => ask(null, signal));
  const list = found.data.value;
  useEffect(() => void (chosen.value = new Set()), [key]); // nobody is changed who is not to be seen
  const more = async () => {
    const page = await ask(list!.next);
    if (found.data.peek() !== list) return; // something else was asked meanwhile
    found.data.value = { items: [...list!.items, ...page.items], next: page.next };
  };
  const narrowed = Boolean(typed.value.trim() || tag || group);

  return (
    <Screen title="Contacts" actions={<Actions />}>
      <Filters typed={typed.value} type={(text) => (typed.value = text)} />
      <ProblemNote error={found.problem.value} />
      {!list && !found.problem.value && <p class="quiet">Loading …</p>}
      {list?.items.some((contact) => contact.masked) && <Masked />}
      {list?.items.length === 0 && (narrowed ? <p class="note">No contact fits.</p> : <NoContacts />)}
      {list && list.items.length > 0 && (
        <>
          {can('contacts:write') && (
            <BulkBar chosen={chosen.value} done={() => ((chosen.value = new Set()), void found.reload())} />
          )}
          <ContactTable contacts={list.items} chosen={chosen.value} choose={(next) => (chosen.value = next)} />
        </>
      )}
      {list?.next && (
        <button type="button" class="more" onClick={() => attempt(more)}>
          Show more
        </button>
      )}
    </Screen>
  );
}

function Actions() {
  return (
    <>
      <a class="button" href="/contacts/groups">
        Groups
      </a>
      {can('contacts:write') && (
        <>
          <a class="button" href="/contacts/duplicates">
            Duplicates
          </a>
          <a class="button" href="/contacts/import">
            Import
          </a>
        </>
      )}
      {can('contacts:export') && <ExportButton />}
      {can('contacts:erase') && (
        <a class="button" href="/contacts/erasures">
          Erasures
        </a>
      )}
      {can('contacts:write') && (
        <a class="button primary" href="/contacts/new">
          New contact
        </a>
      )}
    </>
  );
}

export function Masked() {
  return <p class="note">Emails and phone numbers are masked, and notes left out: your role need not see them.</p>;
}

function NoContacts() {
  return (
    <div class="empty">
      <p>Nobody is here yet. Contacts are the people whom Autom8 tells when something breaks.</p>
      {can('contacts:write') && (
        <p>
          <a href="/contacts/new">Add one</a>, or <a href="/contacts/import">import a list</a>.
        </p>
      )}
    </div>
  );
}

interface FiltersProps {
  typed: string;
  type: (text: string) => void;
}

function Filters({ typed, type }: FiltersProps) {
  const timer = useRef(0);
  const text = useSignal(typed);
  const tags = useLoaded('tags', () => readNow<{ items: { tag: string; count: number }[] }>('/contacts/tags'));
  const groups = useLoaded('groups', () => readNow<Page<ContactGroup>>(`/groups?limit=${GROUPS_MAX}`));
  useEffect(() => () => clearTimeout(timer.current), []);
  const search = (value: string) => {
    text.value = value;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => type(value), TYPING_MS);
  };
  const words = can('contacts:pii') ? 'name, email or phone' : 'name';
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span class="unseen">Search contacts by {words}</span>
        <input
          type="search" placeholder={`Search by ${words} ( / )`} value={text.value} autocomplete="off"
          onInput={(event) => search(event.currentTarget.value)}
        />
      </label>
      <label>
        <span class="unseen">Tag</span>
        <select value={query.value.get('tag') ?? ''} onChange={(event) => setQuery({ tag: event.currentTarget.value })}>
          <option value="">All tags</option>
          {tags.data.value?.items.map(({ tag, count }) => (
            <option key={tag} value={tag}>
              {tag} ({count})
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">Group</span>
        <select value={query.value.get('group') ?? ''} onChange={(event) => setQuery({ group: event.currentTarget.value })}>
          <option value="">All groups</option>
          {groups.data.value?.items.map(({ id, name, members }) => (
            <option key={id} value={id}>
              {name} ({members})
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}

interface TableProps {
  contacts: readonly Contact[];
  chosen: ReadonlySet<number>;
  choose: (chosen: ReadonlySet<number>) => void;
}

function ContactTable({ contacts, chosen, choose }: TableProps) {
  const mayChange = can('contacts:write');
  const all = contacts.every((contact) => chosen.has(contact.id));
  return (
    <table class="contacts cards">
      <caption class="unseen">Contacts</caption>
      <thead>
        <tr>
          {mayChange && (
            <th scope="col">
              <input
                type="checkbox" aria-label="All on this page" checked={all}
                onChange={() => choose(all ? new Set() : new Set(contacts.map((contact) => contact.id)))}
              />
            </th>
          )}
          <th scope="col">Name</th>
          <th scope="col">Email</th>
          <th scope="col">Phone</th>
          <th scope="col">Tags</th>
          <th scope="col">Groups</th>
        </tr>
      </thead>
      <tbody>
        {contacts.map((contact) => (
          <tr key={contact.id}>
            {mayChange && (
              <td class="cell-choose">
                <input
                  type="checkbox" aria-label={`Choose ${contact.name}`} checked={chosen.has(contact.id)}
                  onChange={() => choose(toggled(chosen, contact.id))}
                />
              </td>
            )}
            <th scope="row" class="cell-name">
              <a href={`/contacts/${contact.id}`}>{contact.name}</a>
            </th>
            <td data-label="Email">{shown(contact, 'email')}</td>
            <td data-label="Phone">{shown(contact, 'phone')}</td>
            <td>
              <Tags tags={contact.tags} list="/contacts" />
            </td>
            <td data-label={contact.groups.length ? 'Groups' : undefined}>
              {contact.groups.map((group) => group.name).join(', ')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toggled(chosen: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** A personal value; one that is stored and can't be decrypted is said to be so. */
export function shown(contact: Contact, name: 'email' | 'phone' | 'notes') {
  if (contact.unreadable.includes(name)) return <span class="caution">can’t be decrypted</span>;
  return contact[name] ?? <span class="quiet">–</span>;
}

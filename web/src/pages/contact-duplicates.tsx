// Contacts that may be one person, and how two of them become one.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { idempotencyKey, read, readNow, withQuery, write } from '../api/client';
import type { Contact, Page } from '../api/types';
import { channelWord, quietWords } from '../format/contacts';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { inWords, ProblemNote, say, Wrong } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query } from '../router';
import { can } from '../session';
import { shown } from './contacts';

interface Alike {
  reason: 'phone' | 'name';
  contacts: Contact[];
}

interface Pair {
  kept: Contact;
  other: Contact;
}

const REASONS = { phone: 'The same phone number', name: 'The same name' } as const;

export function DuplicatesPage() {
  const path = withQuery('/contacts/duplicates', { cursor: query.value.get('cursor') });
  const loaded = useLoaded(path, (signal) => readNow<Page<Alike>>(path, { signal }));
  const pair = useSignal<Pair | null>(null);
  const sets = loaded.data.value?.items;
  if (!can('contacts:write')) {
    return (
      <Screen title="Duplicates" above={<a href="/contacts">Contacts</a>}>
        <p class="note">Your role may not merge contacts. An operator or an admin may.</p>
      </Screen>
    );
  }
  return (
    <Screen title="Duplicates" above={<a href="/contacts">Contacts</a>}>
      <ProblemNote error={loaded.problem.value} />
      {!sets && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {sets?.length === 0 && <p class="note">No two contacts share a phone number or a name.</p>}
      {sets?.map((alike) => (
        <AlikeSection key={alike.contacts.map((each) => each.id).join()} alike={alike} merge={(next) => (pair.value = next)} />
      ))}
      <Pager next={loaded.data.value?.next} />
      {pair.value && (
        <MergeQuestion
          pair={pair.value} close={() => (pair.value = null)}
          done={() => ((pair.value = null), void loaded.reload())}
        />
      )}
    </Screen>
  );
}

function AlikeSection({ alike, merge }: { alike: Alike; merge: (pair: Pair) => void }) {
  const [first, ...others] = alike.contacts as [Contact, ...Contact[]];
  const title = `${REASONS[alike.reason]}: ${alike.reason === 'name' ? first.name : (first.phone ?? '')}`;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <table class="cards">
        <caption class="unseen">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Email</th>
            <th scope="col">Phone</th>
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {alike.contacts.map((contact) => (
            <tr key={contact.id}>
              <th scope="row" class="cell-name">
                <a href={`/contacts/${contact.id}`}>{contact.name}</a>
              </th>
              <td data-label="Email">{shown(contact, 'email')}</td>
              <td data-label="Phone">{shown(contact, 'phone')}</td>
              <td class="cell-actions">
                <button
                  type="button" aria-label={`Merge into contact ${contact.id}, ${contact.name}`}
                  onClick={() => merge({ kept: contact, other: contact === first ? others[0]! : first })}
                >
                  Keep this …
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

type Value = (contact: Contact) => string;

const FIELDS: readonly (readonly [string, string, Value])[] = [
  ['name', 'Name', (contact) => contact.name],
  ['email', 'Email', (contact) => contact.email ?? ''],
  ['phone', 'Phone', (contact) => contact.phone ?? ''],
  ['zone', 'Time zone', (contact) => contact.zone ?? ''],
  ['language', 'Language', (contact) => contact.language ?? ''],
  ['quiet', 'Quiet', (contact) => (contact.quiet ? quietWords(contact.quiet) : '')],
  ['channels', 'Tell by', (contact) => contact.channels.map(channelWord).join(', then ')],
];

function MergeQuestion({ pair, close, done }: { pair: Pair; close: () => void; done: () => void }) {
  const { kept, other } = pair;
  const take = useSignal<string[]>([]);
  const joinNotes = useSignal(true);
  const failure = useSignal('');
  const key = useMemo(idempotencyKey, []);
  const differing = FIELDS.filter(([, , value]) => value(kept) && value(other) && value(kept) !== value(other));
  const merge = async () => {
    try {
      const now = (await read<Contact>(`/contacts/${kept.id}`))!;
      if (now.data.version !== kept.version) {
        throw new Error('Somebody has changed this contact meanwhile. Go back and load the page again.');
      }
      const { etag } = now;
      const body = { other_id: other.id, other_version: other.version, take: take.peek(), join_notes: joinNotes.peek() };
      await write('POST', `/contacts/${kept.id}/merge`, { body, etag, key });
      say(`Merged into ${kept.name}; contact ${other.id} is erased`);
      done();
    } catch (error) {
      failure.value = inWords(error);
    }
  };
  return (
    <Question title={`Merge contact ${other.id} into ${kept.id}?`} action="Merge" danger onClose={close} onAnswer={merge}>
      <p>
        Contact {kept.id}, {kept.name}, stays, with the tags and groups of both and what it lacked. Contact {other.id},{' '}
        {other.name}, is erased for ever.
      </p>
      <Wrong text={failure.value} />
      {differing.map(([name, words, value]) => (
        <div key={name} class="field" role="radiogroup" aria-label={words}>
          <span class="choices-legend">{words}</span>
          {[kept, other].map((contact) => (
            <label key={contact.id} class="check">
              <input
                type="radio" name={name} checked={take.value.includes(name) === (contact === other)}
                onChange={() => (take.value = [...take.peek().filter((each) => each !== name), ...(contact === other ? [name] : [])])}
              />
              {value(contact)}
            </label>
          ))}
        </div>
      ))}
      {kept.notes && other.notes && (
        <label class="check">
          <input type="checkbox" checked={joinNotes.value} onChange={() => (joinNotes.value = !joinNotes.value)} />
          Keep the notes of both
        </label>
      )}
    </Question>
  );
}

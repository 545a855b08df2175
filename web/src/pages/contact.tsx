// One contact: how to reach them and when not to; and how they are erased for ever.
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { idempotencyKey, Problem, readNow, write } from '../api/client';
import type { Certificate, Contact } from '../api/types';
import { channelWord, quietWords } from '../format/contacts';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { Fact, Facts } from '../parts/facts';
import { Field } from '../parts/field';
import { Moment } from '../parts/moment';
import { inWords, ProblemNote, say, Wrong } from '../parts/notices';
import { Screen } from '../parts/screen';
import { Tags } from '../parts/tags';
import { navigate } from '../router';
import { can } from '../session';
import { ContactGone } from './contact-gone';
import { Masked, shown } from './contacts';

export function ContactPage({ id }: { id: number }) {
  const loaded = useLoaded(String(id), (signal) => readNow<Contact>(`/contacts/${id}`, { signal }));
  const contact = loaded.data.value;
  const problem = loaded.problem.value;
  if (problem instanceof Problem && problem.status === 404) return <ContactGone id={id} />;
  return (
    <Screen
      title={contact?.name ?? `Contact ${id}`}
      above={<a href="/contacts">Contacts</a>}
      actions={contact && <Actions contact={contact} />}
    >
      <ProblemNote error={problem} />
      {!contact && !problem && <p class="quiet">Loading …</p>}
      {contact?.masked && <Masked />}
      {contact && <ContactFacts contact={contact} />}
    </Screen>
  );
}

function ContactFacts({ contact }: { contact: Contact }) {
  return (
    <div class="columns">
      <Facts>
        <Fact name="Email">{shown(contact, 'email')}</Fact>
        <Fact name="Phone">{shown(contact, 'phone')}</Fact>
        <Fact name="Tell by">{contact.channels.map(channelWord).join(', then ')}</Fact>
        <Fact name="Quiet">{contact.quiet && quietWords(contact.quiet)}</Fact>
        <Fact name="Time zone">{contact.zone}</Fact>
        <Fact name="Language">{contact.language}</Fact>
        <Fact name="Notes">
          {(contact.notes || contact.unreadable.includes('notes')) && <span class="prose">{shown(contact, 'notes')}</span>}
        </Fact>
      </Facts>
      <Facts>
        <Fact name="Tags">{contact.tags.length > 0 && <Tags tags={contact.tags} list="/contacts" />}</Fact>
        <Fact name="Groups">
          {contact.groups.length > 0 &&
            contact.groups.map((group, at) => (
              <span key={group.id}>
                {at > 0 && ', '}
                <a href={`/contacts?group=${group.id}`}>{group.name}</a>
              </span>
            ))}
        </Fact>
        <Fact name="Number">{contact.id}</Fact>
        <Fact name="Added">
          <Moment at={contact.created_at} />
        </Fact>
        <Fact name="Changed">
          <Moment at={contact.updated_at} />
        </Fact>
      </Facts>
    </div>
  );
}

function Actions({ contact }: { contact: Contact }) {
  const erasing = useSignal(false);
  return (
    <>
      {can('contacts:write') && (
        <a class="button" href={`/contacts/${contact.id}/edit`}>
          Edit
        </a>
      )}
      {can('contacts:erase') && (
        <button type="button" class="danger" onClick={() => (erasing.value = true)}>
          Erase …
        </button>
      )}
      {erasing.value && <EraseQuestion contact={contact} close={() => (erasing.value = false)} />}
    </>
  );
}

function EraseQuestion({ contact, close }: { contact: Contact; close: () => void }) {
  const typed = useSignal('');
  const reason = useSignal('');
  const wrong = useSignal<{ reason?: string; whole?: string }>({});
  const key = useMemo(idempotencyKey, []);
  const erase = async () => {
    const body = { confirm: typed.peek(), reason: reason.peek().trim() };
    try {
      await write<Certificate>('POST', `/contacts/${contact.id}/erase`, { body, key });
      say('The contact is erased');
      navigate(`/contacts/erasures/${contact.id}`);
    } catch (error) {
      const fields = error instanceof Problem ? error.fields : {};
      wrong.value = fields.reason ? { reason: fields.reason } : { whole: inWords(error) };
    }
  };
  return (
    <Question
      title={`Erase ${contact.name}?`} action="Erase for ever" danger disabled={typed.value !== contact.name}
      onClose={close} onAnswer={erase}
    >
      <p>
        The key of their data is destroyed. Nothing brings it back: not from the audit trail, and not from a backup once
        the erasure is repeated there. You get a certificate.
      </p>
      <Wrong text={wrong.value.whole ?? ''} />
      <Field label={`Type ${contact.name} to be sure`}>
        {(control) => (
          <input
            {...control} autocomplete="off" spellcheck={false} value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Reason" wrong={wrong.value.reason} hint="Kept for ever, so it must not name them. May be left empty.">
        {(control) => (
          <input {...control} maxLength={200} value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />
        )}
      </Field>
    </Question>
  );
}

// A test message on a channel, and how it went.
import { useSignal } from '@preact/signals';
import { write } from '../api/client';
import type { Channel, ChannelKind } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { useContacts } from '../form/people';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Wrong } from '../parts/notices';
import type { QuestionProps } from './question';

export function TestQuestion({ channel, kinds, close, done }: QuestionProps & { channel: Channel; kinds: readonly ChannelKind[] }) {
  const contact = useSignal('');
  const contacts = useContacts();
  const { wrong, answer, refuse } = useAnswer();
  const addressed = kinds.some((each) => each.kind === channel.kind && each.addressed);
  const send = async () => {
    const body = addressed ? { contact_id: Number(contact.peek()) } : {};
    const sent = await write<{ result: string; detail: string }>('POST', `/channels/${channel.id}/test`, { body });
    if (sent.result !== 'delivered') refuse({ whole: `${sent.result}: ${sent.detail}` });
    else done('The test was delivered');
  };
  return (
    <Question title={`Test ${channel.name}`} action="Send the test" onClose={close} onAnswer={() => answer(send)}>
      <Wrong text={wrong.whole ?? ''} />
      {addressed && (
        <Field label="To" wrong={wrong.contact_id}>
          {(control) => (
            <select {...control} value={contact.value} onChange={(event) => (contact.value = event.currentTarget.value)}>
              <option value="" disabled>
                Choose …
              </option>
              {contacts.map(([id, words]) => (
                <option key={id} value={id}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <p>A message that says that it is a test is sent now.</p>
    </Question>
  );
}

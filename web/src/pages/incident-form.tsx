// An incident being taken on, given to somebody, or ended by hand.
import { useSignal } from '@preact/signals';
import { idempotencyKey, write } from '../api/client';
import type { Incident } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { Line } from '../form/line';
import { useContacts } from '../form/people';
import { parseDuration } from '../form/quantities';
import { now } from '../parts/clock';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

interface QuestionProps {
  incident: Incident;
  close: () => void;
  done: () => void;
}

export function AcknowledgeQuestion({ incident, close, done }: QuestionProps) {
  const lasts = useSignal('');
  const note = useSignal('');
  const { wrong, answer, refuse } = useAnswer();
  const acknowledge = async () => {
    const seconds = parseDuration(lasts.peek());
    if (lasts.peek() && !seconds) return void refuse({ lasts: 'Write how long, such as 30min or 2h.' });
    const until = seconds ? { until: new Date(now.peek().getTime() + seconds * 1000).toISOString() } : {};
    await write('POST', `/incidents/${incident.id}/acknowledge`, { body: { note: note.peek(), ...until }, key: idempotencyKey() });
    say('Acknowledged: nobody else is told');
    done();
  };
  return (
    <Question title="Take care of it?" action="Acknowledge it" onClose={close} onAnswer={() => answer(acknowledge)}>
      <Wrong text={wrong.whole ?? ''} />
      <Line
        label="For" autofocus hint="30min, 2h: then it is told again. Empty: until it is resolved." value={lasts.value}
        set={(text) => (lasts.value = text)} wrong={wrong.lasts ?? wrong.until}
      />
      <Line label="Why" value={note.value} set={(text) => (note.value = text)} wrong={wrong.note} />
    </Question>
  );
}

export function AssignQuestion({ incident, close, done }: QuestionProps) {
  const contact = useSignal(String(incident.assigned_to ?? ''));
  const contacts = useContacts();
  const { wrong, answer } = useAnswer();
  const assign = async () => {
    const body = { contact_id: contact.peek() ? Number(contact.peek()) : null };
    await write('POST', `/incidents/${incident.id}/assign`, { body, key: idempotencyKey() });
    say(body.contact_id === null ? 'It is nobody’s' : 'Assigned');
    done();
  };
  return (
    <Question title="Whose is it?" action="Assign it" onClose={close} onAnswer={() => answer(assign)}>
      <Wrong text={wrong.whole ?? ''} />
      <Field label="Contact" wrong={wrong.contact_id}>
        {(control) => (
          <select {...control} value={contact.value} onChange={(event) => (contact.value = event.currentTarget.value)}>
            <option value="">nobody</option>
            {contacts.map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Question>
  );
}

export function ResolveQuestion({ incident, close, done }: QuestionProps) {
  const { wrong, answer } = useAnswer();
  const resolve = async () => {
    await write('POST', `/incidents/${incident.id}/resolve`, { body: {}, key: idempotencyKey() });
    say('Resolved');
    done();
  };
  return (
    <Question title="Resolve it by hand?" action="Resolve" onClose={close} onAnswer={() => answer(resolve)}>
      <Wrong text={wrong.whole ?? ''} />
      <p>It is raised again once it fails anew, or stays wrong for long.</p>
    </Question>
  );
}

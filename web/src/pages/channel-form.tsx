// A channel being made or changed, by the form of its kind. What is secret is never shown again, only replaced.
import { useSignal } from '@preact/signals';
import { type Answer, idempotencyKey, write } from '../api/client';
import type { Channel, ChannelKind } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { fieldsOf, type Said, saidOf } from '../form/channel';
import { Line } from '../form/line';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Wrong } from '../parts/notices';
import type { QuestionProps } from './question';

export function ChannelQuestion({ seen, kinds, close, done }: QuestionProps & { seen?: Answer<Channel>; kinds: readonly ChannelKind[] }) {
  const channel = seen?.data;
  const name = useSignal(channel?.name ?? '');
  const kind = useSignal(channel?.kind ?? kinds[0]!.kind);
  const said = useSignal<Said>(saidOf(channel));
  const { wrong, answer } = useAnswer();
  const form = kinds.find((each) => each.kind === kind.value)!;
  const save = async () => {
    const fields = fieldsOf(form, said.peek(), saidOf(channel));
    if (seen) await write('PATCH', `/channels/${seen.data.id}`, { body: { name: name.peek(), fields }, etag: seen.etag });
    else await write('POST', '/channels', { body: { name: name.peek(), kind: kind.peek(), fields }, key: idempotencyKey() });
    done(`${name.peek()} is ${channel ? 'saved' : 'made'}`);
  };
  return (
    <Question
      title={channel ? `Edit ${channel.name}` : 'New channel'} action={channel ? 'Save' : 'Make the channel'} onClose={close}
      onAnswer={() => answer(save)}
    >
      <Wrong text={wrong.whole ?? ''} />
      <Line label="Name" autofocus value={name.value} set={(text) => (name.value = text)} wrong={wrong.name} />
      {!channel && (
        <Field label="Kind">
          {(control) => (
            <select {...control} value={kind.value} onChange={(event) => (kind.value = event.currentTarget.value)}>
              {kinds.map((each) => (
                <option key={each.kind}>{each.kind}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      {form.fields.map((field) => (
        <Field
          key={`${form.kind} ${field.name}`} label={field.required ? field.label : `${field.label} (optional)`} hint={field.help}
          wrong={wrong[`fields.${field.name}`]}
        >
          {(control) => (
            <input
              {...control} type={(field.secret ? 'password' : 'text') as 'text'} autocomplete="off"
              placeholder={channel?.secrets.includes(field.name) ? 'set; empty leaves it' : String(field.default ?? '')}
              value={said.value[field.name] ?? ''}
              onInput={(event) => (said.value = { ...said.value, [field.name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </Question>
  );
}

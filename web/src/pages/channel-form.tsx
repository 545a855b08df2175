// A channel being made or changed, by the form of its kind. What is secret is never shown again, only replaced.
import { useSignal } from '@preact/signals';
import { type Answer, idempotencyKey, write } from '../api/client';
import type { Channel, ChannelKind } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { fieldsOf, lackingIn, type Said, saidOf } from '../form/channel';
import { Line } from '../form/line';
import { Question } from '../parts/dialog';
import { type Control, Field } from '../parts/field';
import { Wrong } from '../parts/notices';
import type { QuestionProps } from './question';

export function ChannelQuestion({ seen, kinds, close, done }: QuestionProps & { seen?: Answer<Channel>; kinds: readonly ChannelKind[] }) {
  const channel = seen?.data;
  const name = useSignal(channel?.name ?? '');
  const kind = useSignal(channel?.kind ?? kinds[0]!.kind);
  const said = useSignal<Said>(saidOf(channel));
  const { wrong, answer, refuse } = useAnswer();
  const form = kinds.find((each) => each.kind === kind.value)!;
  const save = async () => {
    const lacking = lackingIn(form, name.peek(), said.peek(), channel);
    if (Object.keys(lacking).length) return void refuse(lacking);
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
          key={`${form.kind} ${field.name}`} label={field.required || field.choices.length ? field.label : `${field.label} (optional)`}
          hint={field.help} wrong={wrong[`fields.${field.name}`]}
        >
          {(control) => (
            <FieldInput
              control={control} field={field} isSet={channel?.secrets.includes(field.name) ?? false} value={said.value[field.name]}
              set={(text) => (said.value = { ...said.value, [field.name]: text })}
            />
          )}
        </Field>
      ))}
    </Question>
  );
}

interface FieldInputProps {
  control: Control;
  field: ChannelKind['fields'][number];
  /** A secret that is there already. */
  isSet: boolean;
  value: string | undefined;
  set: (text: string) => void;
}

function FieldInput({ control, field, isSet, value, set }: FieldInputProps) {
  const usual = String(field.default ?? '');
  if (!field.choices.length) {
    return (
      <input
        {...control} type={(field.secret ? 'password' : 'text') as 'text'} autocomplete="off"
        placeholder={isSet ? 'set; empty leaves it' : usual} value={value ?? ''} onInput={(event) => set(event.currentTarget.value)}
      />
    );
  }
  return (
    <select {...control} value={value ?? usual} onChange={(event) => set(event.currentTarget.value)}>
      {!usual && <option value="">–</option>}
      {field.choices.map((choice) => (
        <option key={choice}>{choice}</option>
      ))}
    </select>
  );
}

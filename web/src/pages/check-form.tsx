// A check being made or changed: its name, when it pings, and how late it may.
import { useSignal } from '@preact/signals';
import { type Answer, idempotencyKey, write } from '../api/client';
import type { Check } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { changesOf, type CheckValues, checkOf, valuesOf } from '../form/check';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

interface CheckQuestionProps {
  seen?: Answer<Check>;
  close: () => void;
  done: (check: Check) => void;
}

export function CheckQuestion({ seen, close, done }: CheckQuestionProps) {
  const check = seen?.data;
  const said = useSignal<CheckValues>(valuesOf(check));
  const { wrong, answer } = useAnswer();
  const save = async () => {
    const saved = seen
      ? await write<Check>('PATCH', `/checks/${seen.data.id}`, { body: changesOf(seen.data, said.peek()), etag: seen.etag })
      : await write<Check>('POST', '/checks', { body: checkOf(said.peek()), key: idempotencyKey() });
    say(`${saved.name} is ${check ? 'saved' : 'made'}`);
    done(saved);
  };
  const text = (name: keyof CheckValues, label: string, hint: string, refused: string | undefined) => (
    <Field label={label} hint={hint} wrong={refused}>
      {(control) => (
        <input
          {...control} autofocus={name === 'name'} spellcheck={false} value={said.value[name]}
          onInput={(event) => (said.value = { ...said.value, [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  return (
    <Question
      title={check ? `Edit ${check.name}` : 'New check'} action={check ? 'Save' : 'Make the check'} onClose={close}
      onAnswer={() => answer(save)}
    >
      <Wrong text={wrong.whole ?? ''} />
      {text('name', 'Name', '', wrong.name)}
      {text('tags', 'Tags', 'Parted by commas.', wrong.tags)}
      {text('when', 'Pings every', 'A time such as 1h, or when the job runs by cron: 30 4 * * *', wrong.period_s ?? wrong.cron)}
      {text('zone', 'Time zone', 'Whose clock cron follows.', wrong.zone)}
      {text('grace', 'Grace', 'How late a ping may be.', wrong.grace_s)}
    </Question>
  );
}

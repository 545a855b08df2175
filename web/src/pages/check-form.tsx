// A check being made or changed: its name, when it pings, and how late it may.
import { useSignal } from '@preact/signals';
import { type Answer, idempotencyKey, write } from '../api/client';
import type { Check } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { durationText, parseDuration } from '../form/quantities';
import { listOf } from '../format/contacts';
import { viewerZone } from '../format/time';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

interface CheckQuestionProps {
  seen?: Answer<Check>;
  close: () => void;
  done: (check: Check) => void;
}

interface Said {
  name: string;
  tags: string;
  when: string; // a duration or a cron expression: five fields are no duration
  zone: string;
  grace: string;
}

export function CheckQuestion({ seen, close, done }: CheckQuestionProps) {
  const check = seen?.data;
  const said = useSignal<Said>(saidOf(check));
  const { wrong, answer } = useAnswer();
  const save = async () => {
    const body = bodyOf(said.peek());
    const saved = seen
      ? await write<Check>('PATCH', `/checks/${seen.data.id}`, { body, etag: seen.etag })
      : await write<Check>('POST', '/checks', { body, key: idempotencyKey() });
    say(`${saved.name} is ${check ? 'saved' : 'made'}`);
    done(saved);
  };
  const text = (name: keyof Said, label: string, hint: string, refused: string | undefined) => (
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

function saidOf(check: Check | undefined): Said {
  if (!check) return { name: '', tags: '', when: '1d', zone: viewerZone, grace: '1h' };
  const when = check.cron ?? durationText(check.period_s ?? 86_400);
  return { name: check.name, tags: check.tags.join(', '), when, zone: check.zone ?? viewerZone, grace: durationText(check.grace_s) };
}

/** What can't be read as a duration goes as it is, so that the server says what is wrong. */
function bodyOf({ name, tags, when, zone, grace }: Said) {
  const period = parseDuration(when);
  const due = period === null ? { cron: when, zone } : { period_s: period };
  return { name, tags: listOf(tags), ...due, grace_s: parseDuration(grace) ?? grace };
}

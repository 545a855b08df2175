// A silence being made: of what, for how long, and why; with hours it is a maintenance window.
import { useSignal } from '@preact/signals';
import { idempotencyKey, write } from '../api/client';
import { useAnswer } from '../form/answer';
import { parseDuration } from '../form/quantities';
import { viewerZone } from '../format/time';
import { now } from '../parts/clock';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

interface SilenceQuestionProps {
  /** What to begin with, in Alertmanager's form. */
  matchers: string;
  close: () => void;
  done: () => void;
}

export function SilenceQuestion({ matchers, close, done }: SilenceQuestionProps) {
  const said = useSignal({ matchers, lasts: '2h', comment: '', from: '', until: '', zone: viewerZone });
  const { wrong, answer, refuse } = useAnswer();
  const set = (changes: Partial<typeof said.value>) => (said.value = { ...said.value, ...changes });
  const save = async () => {
    const { lasts, from, until, zone, ...rest } = said.peek();
    const seconds = parseDuration(lasts);
    if (!seconds) return void refuse({ lasts: 'Write how long, such as 30min, 2h or 7d.' });
    const hours = from || until ? { hours: { from, until, zone } } : {};
    const ends_at = new Date(now.peek().getTime() + seconds * 1000).toISOString();
    await write('POST', '/silences', { body: { ...rest, ends_at, ...hours }, key: idempotencyKey() });
    say('Silenced');
    done();
  };
  return (
    <Question title="New silence" action="Silence" onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrong.whole ?? ''} />
      <Field label="What" hint={'Labels that all must match: task="backup", severity=~"info|warning"'} wrong={wrong.matchers}>
        {(control) => (
          <input
            {...control} autofocus class="code" spellcheck={false} value={said.value.matchers}
            onInput={(event) => set({ matchers: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label="For" hint="From now on: 30min, 2h, 7d." wrong={wrong.lasts ?? wrong.ends_at}>
        {(control) => <input {...control} value={said.value.lasts} onInput={(event) => set({ lasts: event.currentTarget.value })} />}
      </Field>
      <Field label="Why" wrong={wrong.comment}>
        {(control) => <input {...control} value={said.value.comment} onInput={(event) => set({ comment: event.currentTarget.value })} />}
      </Field>
      <details>
        <summary>Only within hours of the day: a maintenance window</summary>
        <Field label="From" wrong={wrong['hours.from']}>
          {(control) => (
            <input {...control} placeholder="02:00" value={said.value.from} onInput={(event) => set({ from: event.currentTarget.value })} />
          )}
        </Field>
        <Field label="Until" wrong={wrong['hours.until']}>
          {(control) => (
            <input {...control} placeholder="04:00" value={said.value.until} onInput={(event) => set({ until: event.currentTarget.value })} />
          )}
        </Field>
        <Field label="Time zone" wrong={wrong['hours.zone']}>
          {(control) => <input {...control} value={said.value.zone} onInput={(event) => set({ zone: event.currentTarget.value })} />}
        </Field>
      </details>
    </Question>
  );
}

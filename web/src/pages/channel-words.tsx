// A channel's own words for its messages, tried on an incident before they are saved.
import { useSignal } from '@preact/signals';
import { type Answer, readNow, write } from '../api/client';
import type { Channel, MessagePreview } from '../api/alerts';
import type { Page } from '../api/types';
import { useAnswer } from '../form/answer';
import { Line } from '../form/line';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Wrong } from '../parts/notices';
import type { QuestionProps } from './question';

export function WordsQuestion({ seen, close, done }: QuestionProps & { seen: Answer<Channel> }) {
  const channel = seen.data;
  const subject = useSignal(channel.templates.subject ?? '');
  const text = useSignal(channel.templates.text ?? '');
  const shown = useSignal<MessagePreview | null>(null);
  const { wrong, answer } = useAnswer();
  const templates = () => ({ subject: subject.peek(), text: text.peek() });
  const save = async () => {
    await write('PATCH', `/channels/${channel.id}`, { body: { templates: templates() }, etag: seen.etag });
    done(`The words of ${channel.name} are saved`);
  };
  const preview = async () => {
    shown.value = await write<MessagePreview>('POST', '/channels/preview', { body: { templates: templates() } });
  };
  return (
    <Question title={`Words of ${channel.name}`} action="Save" onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrong.whole ?? ''} />
      <Line
        label="Subject" hint="{{ notice }}: {{ incident.title }} – empty: Autom8's own." value={subject.value}
        set={(said) => (subject.value = said)} wrong={wrong['templates.subject'] ?? wrong.subject}
      />
      <Field label="Text" wrong={wrong['templates.text'] ?? wrong.text}>
        {(control) => (
          <textarea {...control} rows={6} spellcheck={false} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
        )}
      </Field>
      <FieldNames />
      <button type="button" onClick={() => void answer(preview)}>
        Preview
      </button>
      {shown.value && (
        <pre class="said" tabIndex={0} aria-label="Preview">
          {`${shown.value.subject}\n\n${shown.value.text}`}
        </pre>
      )}
    </Question>
  );
}

function FieldNames() {
  const loaded = useLoaded('fields', (signal) => readNow<Page<{ name: string; meaning: string }>>('/channels/template-fields', { signal }));
  return (
    <details>
      <summary>What may stand between {'{{ }}'}</summary>
      <dl>
        {loaded.data.value?.items.map(({ name, meaning }) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

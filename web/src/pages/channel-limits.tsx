// How many messages a channel brings to one contact; what is above goes into a digest.
import { useSignal } from '@preact/signals';
import { type Answer, write } from '../api/client';
import type { Channel, ChannelLimits } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { limitsOf, valuesOf } from '../form/limits';
import { Line } from '../form/line';
import { wrongBeside } from '../form/nested';
import { Question } from '../parts/dialog';
import { Wrong } from '../parts/notices';
import type { QuestionProps } from './question';

const SHOWN = /^limits\.(alone_max|kept_for_pages|digests_max|window(_s)?)$/;

export function LimitsQuestion({ seen, close, done }: QuestionProps & { seen: Answer<Channel> }) {
  const channel = seen.data;
  const values = useSignal(valuesOf(channel));
  const { wrong, answer } = useAnswer();
  const save = async () => {
    await write('PATCH', `/channels/${channel.id}`, { body: { limits: limitsOf(channel, values.peek()) }, etag: seen.etag });
    done(`The limits of ${channel.name} are saved`);
  };
  const line = (name: keyof ChannelLimits, label: string, hint: string) => (
    <Line
      label={label} hint={hint} autofocus={name === 'window_s'} value={values.value[name]}
      wrong={wrong[`limits.${name}`] ?? wrong[`limits.${name.replace('_s', '')}`]}
      set={(text) => (values.value = { ...values.peek(), [name]: text })}
    />
  );
  return (
    <Question title={`Limits of ${channel.name}`} action="Save" onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrongBeside(wrong, SHOWN)} />
      <p>Messages to one contact. What is above goes into a digest; an empty field is as usual.</p>
      {line('window_s', 'Within', '1h, 30min: from a minute to a day.')}
      {line('alone_max', 'Messages alone', 'With one incident each.')}
      {line('kept_for_pages', 'Of them kept for critical ones', 'Nothing else may use these.')}
      {line('digests_max', 'Digests', 'With all that waits.')}
    </Question>
  );
}

// A dependency being made or changed: what holds back what.
import { useSignal } from '@preact/signals';
import { type Answer, idempotencyKey, write } from '../api/client';
import type { Dependency } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { Line } from '../form/line';
import { wrongAt, wrongBeside } from '../form/nested';
import { listOf } from '../format/contacts';
import { matchersText } from '../format/matchers';
import { Question } from '../parts/dialog';
import { Wrong } from '../parts/notices';

const SHOWN = /^(name|parents|children|equal|comment)(\.|$)/;

interface DependencyProps {
  seen?: Answer<Dependency>;
  close: () => void;
  done: (text: string) => void;
}

export function DependencyQuestion({ seen, close, done }: DependencyProps) {
  const said = useSignal(valuesOf(seen?.data));
  const { wrong, answer } = useAnswer();
  const save = async () => {
    const body = { ...said.peek(), equal: listOf(said.peek().equal) };
    if (seen) await write('PATCH', `/dependencies/${seen.data.id}`, { body, etag: seen.etag });
    else await write('POST', '/dependencies', { body, key: idempotencyKey() });
    done(`${body.name} is ${seen ? 'saved' : 'made'}`);
  };
  const line = (name: keyof typeof said.value, label: string, hint: string) => (
    <Line
      label={label} hint={hint} autofocus={name === 'name'} value={said.value[name]} wrong={wrongAt(wrong, name)}
      set={(text) => (said.value = { ...said.peek(), [name]: text })}
    />
  );
  return (
    <Question
      title={seen ? `Edit ${seen.data.name}` : 'New dependency'} action={seen ? 'Save' : 'Make the dependency'} onClose={close}
      onAnswer={() => answer(save)}
    >
      <Wrong text={wrongBeside(wrong, SHOWN)} />
      {line('name', 'Name', '')}
      {line('parents', 'While this is wrong', 'Labels that all must match: alertname="SiteDown"')}
      {line('children', 'This is told to nobody', 'Labels that all must match: severity=~"info|warning"')}
      {line('equal', 'With the same labels', 'Names, parted by commas, of labels that both must share: site, rack')}
      {line('comment', 'Why', '')}
    </Question>
  );
}

function valuesOf(dependency: Dependency | undefined) {
  if (!dependency) return { name: '', parents: '', children: '', equal: '', comment: '' };
  const { name, parents, children, equal, comment } = dependency;
  return { name, parents: matchersText(parents), children: matchersText(children), equal: equal.join(', '), comment };
}

// One rule being changed: for whom, whether it is on, how grave, and from when on it is told.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { idempotencyKey, write } from '../api/client';
import type { Rule, RuleScope } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { changesOf, type Said, saidOf } from '../form/rule';
import { SeenSettings } from '../form/seen-settings';
import { nameInWords, scopeInWords } from '../format/rules';
import type { Names } from '../names';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Wrong } from '../parts/notices';

interface RuleQuestionProps {
  rule: Rule;
  /** The one object whose rules are shown, if it is one. */
  id: string | null;
  /** Of single objects. */
  names: Names;
  close: () => void;
  done: () => void;
}

export function RuleQuestion({ rule, id, names, close, done }: RuleQuestionProps) {
  const scope = useSignal<RuleScope>(id ? 'one' : 'all');
  const tag = useSignal('');
  const seen = useMemo(() => new SeenSettings(rule), []);
  const value = () => ({ all: '', tag: tag.peek().trim(), one: id ?? '' })[scope.peek()];
  const look = () => void seen.of(scope.peek(), value()).catch(() => {}); // it is asked again when it is saved
  useEffect(look, [scope.value]);
  const said = useSignal(saidOf(rule));
  const { wrong, answer } = useAnswer();
  const set = (changes: Partial<Said>) => (said.value = { ...said.value, ...changes });
  const save = async () => {
    const changes = changesOf(saidOf(rule), said.peek());
    if (!Object.keys(changes).length) return close();
    const there = await seen.of(scope.peek(), value());
    const { kind, rule: name } = rule;
    if (there) await write('PATCH', `/rules/${there.data.id}`, { body: { changes }, etag: there.etag });
    else await write('POST', '/rules', { body: { kind, rule: name, scope: scope.peek(), value: value(), changes }, key: idempotencyKey() });
    done();
  };
  const scopes: RuleScope[] = rule.kind === 'task' || rule.kind === 'check' ? ['all', 'tag'] : ['all'];
  return (
    <Question title={`Change “${nameInWords(rule.rule)}”`} action="Save" onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrong.whole ?? wrong.changes ?? ''} />
      <Field label="For">
        {(control) => (
          <select {...control} value={scope.value} onChange={(event) => (scope.value = event.currentTarget.value as RuleScope)}>
            {(id ? [...scopes, 'one' as const] : scopes).map((each) => (
              <option key={each} value={each}>
                {each === 'tag' ? 'those with a tag' : scopeInWords(rule.kind, each, id ?? '', names)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {scope.value === 'tag' && (
        <Field label="Tag" wrong={wrong.value}>
          {(control) => (
            <input {...control} value={tag.value} onInput={(event) => (tag.value = event.currentTarget.value)} onChange={look} />
          )}
        </Field>
      )}
      <RuleFields rule={rule} said={said.value} set={set} wrong={wrong} />
    </Question>
  );
}

interface RuleFieldsProps {
  rule: Rule;
  said: Said;
  set: (changes: Partial<Said>) => void;
  wrong: Record<string, string>;
}

function RuleFields({ rule, said, set, wrong }: RuleFieldsProps) {
  const text = (name: 'count' | 'time_s' | 'violated_for_s' | 'runbook', label: string, hint: string) => (
    <Field label={label} hint={hint} wrong={wrong[`changes.${name}`]}>
      {(control) => <input {...control} value={said[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} />}
    </Field>
  );
  return (
    <>
      <label class="choice">
        <input type="checkbox" checked={said.enabled} onChange={(event) => set({ enabled: event.currentTarget.checked })} /> It is told
      </label>
      <Field label="Severity" wrong={wrong['changes.severity']}>
        {(control) => (
          <select {...control} value={said.severity} onChange={(event) => set({ severity: event.currentTarget.value as Said['severity'] })}>
            {['critical', 'warning', 'info'].map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        )}
      </Field>
      {/* a rule that is off may lack the time it takes */}
      {rule.count !== null && text('count', 'From how many on', 'In a row.')}
      {(rule.time_s !== null || !rule.enabled) && text('time_s', 'From how long on', '30s, 5min, 1h.')}
      {text('violated_for_s', 'Once it has lasted for', '0s tells it at once.')}
      {text('runbook', 'Runbook', 'An address that says what to do.')}
    </>
  );
}

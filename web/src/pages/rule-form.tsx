// One rule being changed: for whom, whether it is on, how grave, and from when on it is told.
import { useSignal } from '@preact/signals';
import { idempotencyKey, read, write } from '../api/client';
import type { Rule, RuleScope, RuleSetting } from '../api/alerts';
import { useAnswer } from '../form/answer';
import { changesOf, type Said, saidOf } from '../form/rule';
import { nameInWords, scopeInWords } from '../format/rules';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { say, Wrong } from '../parts/notices';

interface RuleQuestionProps {
  rule: Rule;
  /** The one object whose rules are shown, if it is one. */
  id: string | null;
  settings: readonly RuleSetting[];
  close: () => void;
  done: () => void;
}

export function RuleQuestion({ rule, id, settings, close, done }: RuleQuestionProps) {
  const scope = useSignal<RuleScope>(id ? 'one' : 'all');
  const tag = useSignal('');
  const said = useSignal(saidOf(rule));
  const { wrong, answer } = useAnswer();
  const set = (changes: Partial<Said>) => (said.value = { ...said.value, ...changes });
  const save = async () => {
    const value = { all: '', tag: tag.peek().trim(), one: id ?? '' }[scope.peek()];
    const changes = changesOf(saidOf(rule), said.peek());
    const there = settings.find((each) => each.rule === rule.rule && each.scope === scope.peek() && each.value === value);
    if (there) await write('PATCH', `/rules/${there.id}`, { body: { changes }, etag: (await read(`/rules/${there.id}`))?.etag ?? null });
    else await write('POST', '/rules', { body: { kind: rule.kind, rule: rule.rule, scope: scope.peek(), value, changes }, key: idempotencyKey() });
    say('The rule is changed');
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
                {each === 'tag' ? 'those with a tag' : scopeInWords(rule.kind, each, id ?? '')}
              </option>
            ))}
          </select>
        )}
      </Field>
      {scope.value === 'tag' && (
        <Field label="Tag" wrong={wrong.value}>
          {(control) => <input {...control} value={tag.value} onInput={(event) => (tag.value = event.currentTarget.value)} />}
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

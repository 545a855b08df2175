// What is told of tasks, checks, channels and Autom8 itself; changed for all, for a tag or for one of them.
import { useSignal } from '@preact/signals';
import { type Answer, readNow, withQuery } from '../api/client';
import type { Rule, RuleKind, RuleSetting } from '../api/alerts';
import type { Page } from '../api/types';
import { changesInWords, KINDS, nameInWords, scopeInWords, whenInWords } from '../format/rules';
import { useLoaded } from '../loaded';
import { type Named, type Names, useNames } from '../names';
import { Newest } from '../parts/newest';
import { ProblemNote, say } from '../parts/notices';
import { Pager } from '../parts/pager';
import { RemovalQuestion } from '../parts/removal';
import { Screen } from '../parts/screen';
import { SeverityMark } from '../parts/state';
import { query } from '../router';
import { can } from '../session';
import { RuleQuestion } from './rule-form';

export function RulesPage() {
  const kind = (query.value.get('kind') ?? 'task') as RuleKind;
  const id = query.value.get('id');
  const rules = useLoaded(`${kind} ${id}`, (signal) => readNow<Page<Rule>>(withQuery('/rules/effective', { kind, id }), { signal }));
  const asked = withQuery('/rules', { kind, cursor: query.value.get('cursor') });
  const said = useLoaded(asked, (signal) => readNow<Page<RuleSetting>>(asked, { signal }));
  const changing = useSignal<Rule | null>(null);
  const removing = useSignal<RuleSetting | null>(null);
  const settings = said.data.value?.items ?? [];
  const names = useRuleNames(kind, id, settings);
  const close = () => void (changing.value = removing.value = null);
  const done = (text: string) => {
    close();
    say(text);
    void rules.reload();
    void said.reload();
  };
  return (
    <Screen title={id ? `Rules of ${scopeInWords(kind, 'one', id, names.objects)}` : 'Rules'} above={<a href="/incidents">Incidents</a>}>
      <nav class="choices" aria-label="Rules of what">
        {Object.entries(KINDS).map(([each, words]) => (
          <a key={each} href={`/rules?kind=${each}`} aria-current={each === kind && !id ? 'page' : undefined}>
            {words}
          </a>
        ))}
      </nav>
      <ProblemNote error={rules.problem.value ?? said.problem.value} />
      {rules.data.value && <RuleTable rules={rules.data.value.items} names={names.objects} change={(rule) => (changing.value = rule)} />}
      {settings.length > 0 && <SettingTable settings={settings} names={names} remove={(setting) => (removing.value = setting)} />}
      <Pager next={said.data.value?.next} />
      {changing.value && (
        <RuleQuestion rule={changing.value} id={id} names={names.objects} close={close} done={() => done('The rule is changed')} />
      )}
      {removing.value && (
        <Newest<RuleSetting> path={`/rules/${removing.value.id}`}>
          {(seen) => <TakeBackQuestion seen={seen} names={names} close={close} done={() => done('Taken back')} />}
        </Newest>
      )}
    </Screen>
  );
}

interface RuleNames {
  objects: Names;
  policies: Names;
}

/** What the objects and the escalation policies are called that rules speak of. */
function useRuleNames(kind: RuleKind, id: string | null, settings: readonly RuleSetting[]): RuleNames {
  const single = settings.filter(({ scope }) => scope === 'one').map(({ value }) => value);
  const ids = ['task', 'check', 'channel'].includes(kind) ? [...single, ...(id ? [id] : [])] : [];
  const policies = settings.flatMap(({ changes }) => (typeof changes.policy_id === 'number' ? [changes.policy_id] : []));
  return { objects: useNames(kind as Named, ids.map(Number)), policies: useNames('policy', policies) };
}

interface TakeBackProps {
  seen: Answer<RuleSetting>;
  names: RuleNames;
  close: () => void;
  done: () => void;
}

function TakeBackQuestion({ seen, names, close, done }: TakeBackProps) {
  const { rule, kind, scope, value } = seen.data;
  const of = scopeInWords(kind, scope, value, names.objects);
  const words = `${nameInWords(rule)} for ${of} (${changesInWords(seen.data, names.policies)})`;
  return (
    <RemovalQuestion path={`/rules/${seen.data.id}`} etag={seen.etag} title="Take it back?" action="Take back" close={close} done={done}>
      <p>“{words}” is said no more; what is said elsewhere holds again.</p>
    </RemovalQuestion>
  );
}

function RuleTable({ rules, names, change }: { rules: readonly Rule[]; names: Names; change: (rule: Rule) => void }) {
  const mayChange = can('alerts:write');
  return (
    <table class="cards">
      <caption class="unseen">Rules</caption>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">State</th>
          <th scope="col">Severity</th>
          <th scope="col">From</th>
          <th scope="col">Said by</th>
          {mayChange && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <tr key={rule.rule} class={rule.enabled ? '' : 'over'}>
            <th scope="row" class="cell-name">
              {nameInWords(rule.rule)}
            </th>
            <td data-label="State">{rule.enabled ? 'on' : 'off'}</td>
            <td data-label="Severity">
              <SeverityMark severity={rule.severity} />
            </td>
            <td data-label="From">{whenInWords(rule)}</td>
            <td data-label="Said by">
              {rule.set_by.map(({ scope, value }) => scopeInWords(rule.kind, scope, value, names)).join(', then ') || 'Autom8'}
            </td>
            {mayChange && (
              <td class="cell-actions">
                <button type="button" aria-label={`Change ${nameInWords(rule.rule)}`} onClick={() => change(rule)}>
                  Change
                </button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface SettingsProps {
  names: RuleNames;
  settings: readonly RuleSetting[];
  remove: (setting: RuleSetting) => void;
}

function SettingTable({ settings, names, remove }: SettingsProps) {
  return (
    <table class="cards">
      <caption>What was changed</caption>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">For</th>
          <th scope="col">Changes</th>
          {can('alerts:write') && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {settings.map((setting) => {
          const of = scopeInWords(setting.kind, setting.scope, setting.value, names.objects);
          return (
            <tr key={setting.id}>
              <th scope="row" class="cell-name">
                {nameInWords(setting.rule)}
              </th>
              <td data-label="For">{of}</td>
              <td data-label="Changes">{changesInWords(setting, names.policies)}</td>
              {can('alerts:write') && (
                <td class="cell-actions">
                  <button type="button" aria-label={`Take back ${nameInWords(setting.rule)} for ${of}`} onClick={() => remove(setting)}>
                    Take back
                  </button>
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

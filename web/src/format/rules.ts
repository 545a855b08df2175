// What rules and what is said of them are called.
import type { Rule, RuleKind, RuleScope, RuleSetting } from '../api/alerts';
import { durationText } from '../form/quantities';

export const KINDS: Record<RuleKind, string> = { task: 'Tasks', check: 'Checks', channel: 'Channels', own: 'Autom8 itself' };

export function nameInWords(rule: string): string {
  return rule.replaceAll('_', ' ');
}

/** From when on the rule is violated, and how long that must last. */
export function whenInWords({ count, time_s, violated_for_s }: Rule): string {
  const parts = [
    count !== null && count > 1 && `${count} times`,
    time_s !== null && durationText(time_s),
    violated_for_s > 0 && `for ${durationText(violated_for_s)}`,
  ];
  return parts.filter(Boolean).join(', ') || 'at once';
}

export function scopeInWords(kind: RuleKind, scope: RuleScope, value: string): string {
  if (scope === 'all') return `all ${KINDS[kind].toLowerCase()}`;
  return scope === 'tag' ? `tag ${value}` : `${kind} ${value}`;
}

/** `severity: "critical", violated for s: 300` */
export function changesInWords({ changes }: Pick<RuleSetting, 'changes'>): string {
  return Object.entries(changes)
    .map(([name, value]) => `${nameInWords(name)}: ${JSON.stringify(value)}`)
    .join(', ');
}

/** `failed for tag night (severity: "critical")` */
export function settingInWords(setting: RuleSetting): string {
  const of = scopeInWords(setting.kind, setting.scope, setting.value);
  return `${nameInWords(setting.rule)} for ${of} (${changesInWords(setting)})`;
}

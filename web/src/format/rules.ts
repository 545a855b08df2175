// What rules and what is said of them are called.
import type { Rule, RuleKind, RuleScope, RuleSetting } from '../api/alerts';
import { durationText } from '../form/quantities';

export const KINDS: Record<RuleKind, string> = { task: 'Tasks', check: 'Checks', channel: 'Channels', own: 'Autom8 itself' };

export function nameInWords(rule: string): string {
  return rule.replaceAll('_', ' ');
}

/** From when on the rule is violated, and how long that must last. */
export function whenInWords({ enabled, count, time_s, violated_for_s }: Rule): string {
  if (!enabled) return 'off';
  const parts = [
    count !== null && count > 1 && `${count} times`,
    time_s !== null && durationText(time_s),
    violated_for_s > 0 && `for ${durationText(violated_for_s)}`,
  ];
  return parts.filter(Boolean).join(', ') || 'at once';
}

/** `all tasks`, `tag night`, `task backup`; `names` are those of single objects. */
export function scopeInWords(kind: RuleKind, scope: RuleScope, value: string, names: Names = new Map()): string {
  if (scope === 'all') return `all ${KINDS[kind].toLowerCase()}`;
  return scope === 'tag' ? `tag ${value}` : `${kind} ${names.get(Number(value)) ?? value}`;
}

type Names = ReadonlyMap<number, string>;
type InWords = (value: never, policies: Names) => string;

/** What is said of a rule, in the order in which it is read. */
const CHANGES: Record<string, InWords> = {
  enabled: (on: boolean) => (on ? 'on' : 'off'),
  severity: (severity: string) => severity,
  count: (count: number) => `${count} times`,
  time_s: (time: number) => `from ${durationText(time)} on`,
  violated_for_s: (time: number) => (time ? `told once it has lasted for ${durationText(time)}` : 'told at once'),
  fine_for_s: (time: number) => `over once fine for ${durationText(time)}`,
  raised_again_after_s: (time: number) => `raised again after ${durationText(time)}`,
  labels: (labels: Record<string, string>) => `labels ${pairsInWords(labels)}`,
  runbook: (runbook: string) => (runbook ? `runbook ${runbook}` : 'no runbook'),
  policy_id: (id: number | null, names) => (id === null ? 'the default escalation policy' : `escalation policy ${names.get(id) ?? id}`),
};

/** `critical, told once it has lasted for 5min`; what this page knows nothing of stays as the server says it. */
export function changesInWords({ changes }: Pick<RuleSetting, 'changes'>, policies: Names): string {
  const known = Object.entries(CHANGES).filter(([name]) => name in changes);
  const others = Object.keys(changes).filter((name) => !(name in CHANGES));
  return [
    ...known.map(([name, inWords]) => inWords(changes[name] as never, policies)),
    ...others.map((name) => `${nameInWords(name)}: ${String(changes[name])}`),
  ].join(', ');
}

function pairsInWords(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' and ');
}

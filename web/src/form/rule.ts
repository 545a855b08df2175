// A rule as it is typed, and what of it is said to the API.
import type { Rule } from '../api/alerts';
import { durationText, numberOr, parseDuration } from './quantities';

export interface Said {
  enabled: boolean;
  severity: Rule['severity'];
  count: string;
  time_s: string;
  violated_for_s: string;
  runbook: string;
}

export function saidOf(rule: Rule): Said {
  return {
    enabled: rule.enabled,
    severity: rule.severity,
    count: String(rule.count ?? ''),
    time_s: rule.time_s === null ? '' : durationText(rule.time_s),
    violated_for_s: durationText(rule.violated_for_s),
    runbook: rule.runbook ?? '',
  };
}

/**
 * What differs. What can't be read goes as it is, so that the server says what is wrong. A runbook that was emptied is
 * none: null would take back what is said here, and that of all would hold again.
 */
export function changesOf(before: Said, now: Said): Record<string, unknown> {
  const meant: Record<string, unknown> = {
    ...now,
    count: numberOr(now.count),
    time_s: parseDuration(now.time_s) ?? now.time_s,
    violated_for_s: parseDuration(now.violated_for_s) ?? now.violated_for_s,
  };
  const changed = Object.entries(now).filter(([name, value]) => value !== before[name as keyof Said]);
  return Object.fromEntries(changed.map(([name]) => [name, meant[name]]));
}

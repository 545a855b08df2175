import { expect, test } from 'vitest';
import type { Rule } from '../api/alerts';
import { changesInWords, scopeInWords, whenInWords } from './rules';

const POLICIES = new Map([[2, 'Operations']]);

test.each([
  [{ labels: { team: 'ops', tier: '1' }, policy_id: 2, enabled: true }, 'on, labels team=ops and tier=1, escalation policy Operations'],
  [{ severity: 'critical', violated_for_s: 300, enabled: false }, 'off, critical, told once it has lasted for 5min'],
  [{ policy_id: 7, count: 3, time_s: 60 }, '3 times, from 1min on, escalation policy 7'],
  [{ runbook: '', policy_id: null, violated_for_s: 0 }, 'told at once, no runbook, the default escalation policy'],
  [{ fine_for_s: 60, raised_again_after_s: 3600, no_data: 'ok' }, 'over once fine for 1min, raised again after 1h, no data: ok'],
])('what %j changes is said in words', (changes, words) => {
  expect(changesInWords({ changes }, POLICIES)).toBe(words);
});

test('a rule of one object names it where its name is known', () => {
  expect(scopeInWords('task', 'one', '4', new Map([[4, 'backup']]))).toBe('task backup');
  expect(scopeInWords('task', 'one', '5', new Map([[4, 'backup']]))).toBe('task 5');
});

test('a rule that is off is told from no time on', () => {
  const rule = { enabled: true, count: null, time_s: null, violated_for_s: 0 } as Rule;
  expect(whenInWords(rule)).toBe('at once');
  expect(whenInWords({ ...rule, enabled: false })).toBe('off');
});

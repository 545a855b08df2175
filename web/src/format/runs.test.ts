import { expect, test } from 'vitest';
import type { RunBrief, Task } from '../api/types';
import { briefly, ending, isFailing, lateness, reasonInWords, tookSeconds } from './runs';

const run: RunBrief = {
  id: 7, state: 'succeeded', reason: null, slot_at: null, duration_s: 1.5,
  started_at: '2026-03-29T12:00:00Z', ended_at: '2026-03-29T12:00:01.500Z',
};

test('a run is told in one line, as far as it is known', () => {
  expect(briefly(run, 'noon')).toBe('Run 7, succeeded, noon, took 1.5 s');
  const missed: RunBrief = { ...run, state: 'missed', started_at: null, ended_at: null, duration_s: null, slot_count: 12 };
  expect(briefly(missed, 'noon')).toBe('Run 7, missed, 12 slots, noon');
});

test('a run in progress has taken as long as it is up to now', () => {
  const open = { ...run, state: 'running' as const, ended_at: null, duration_s: null };
  expect(tookSeconds(open, new Date('2026-03-29T12:01:00Z'))).toBe(60);
  expect(tookSeconds({ ...open, started_at: null }, new Date())).toBeNull();
});

test.each([
  ['failed', true], ['timed_out', true], ['missed', true], ['lost', true],
  ['succeeded', false], ['cancelled', false], ['skipped', false], ['running', false],
] as const)('a task whose last run is %s is failing: %s', (state, failing) => {
  expect(isFailing({ last_run: { ...run, state } } as Task)).toBe(failing);
});

test('an end is told by its signal before its code', () => {
  expect(ending({ exit_code: 3, signal: null })).toBe('exit code 3');
  expect(ending({ exit_code: null, signal: 9 })).toBe('signal 9');
  expect(ending({ exit_code: null, signal: null })).toBeNull();
});

test('a reason that this page does not know yet is shown as the server says it', () => {
  expect(reasonInWords('overlap')).toBe('an earlier run was still in progress');
  expect(reasonInWords('moon_phase')).toBe('moon phase');
  expect(reasonInWords(null)).toBeNull();
});

test('lateness below a millisecond is none', () => {
  expect([lateness(0), lateness(0.02), lateness(75)]).toEqual(['on time', '20 ms late', '1 min 15 s late']);
});

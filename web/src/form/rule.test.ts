import { expect, test } from 'vitest';
import type { Rule } from '../api/alerts';
import { changesOf, saidOf } from './rule';

const BEFORE = saidOf({
  enabled: true, severity: 'warning', count: 1, time_s: null, violated_for_s: 0, runbook: 'https://wiki.example.org/backup',
} as unknown as Rule);

test('a runbook that was emptied is none, and not taken back', () => {
  expect(changesOf(BEFORE, { ...BEFORE, runbook: '' })).toEqual({ runbook: '' });
});

test('nothing differs until something is changed', () => {
  expect(changesOf(BEFORE, { ...BEFORE })).toEqual({});
});

test('times are seconds, counts are numbers, and what is neither goes as it was typed', () => {
  expect(changesOf(BEFORE, { ...BEFORE, violated_for_s: '5min', count: '0' })).toEqual({ violated_for_s: 300, count: 0 });
  expect(changesOf(BEFORE, { ...BEFORE, violated_for_s: 'soon', count: '' })).toEqual({ violated_for_s: 'soon', count: '' });
});

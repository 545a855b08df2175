import { expect, test } from 'vitest';
import type { Policy } from '../api/oncall';
import { mondayOf, onDay, plusDays, stepsInWords } from './oncall';

const shift = (name: string, since: string, until: string) => ({ contact: { id: 1, name }, since, until });

test('a week begins on its Monday', () => {
  expect(mondayOf('2027-01-03')).toBe('2026-12-28');
  expect(mondayOf('2027-01-04')).toBe('2027-01-04');
  expect(plusDays('2027-02-27', 2)).toBe('2027-03-01');
});

test('a day names who is on call, and when it is handed over by the clocks of the zone', () => {
  const shifts = [
    shift('Ada', '2027-03-22T08:00:00Z', '2027-03-28T07:00:00Z'), // until 9 h summer time
    shift('Grace', '2027-03-28T07:00:00Z', '2027-03-29T22:00:00Z'), // until midnight
  ];
  expect(onDay(shifts, 'Europe/Berlin', '2027-03-27')).toEqual(['Ada']);
  expect(onDay(shifts, 'Europe/Berlin', '2027-03-28')).toEqual(['Ada until 09:00', 'Grace from 09:00']);
  expect(onDay(shifts, 'Europe/Berlin', '2027-03-29')).toEqual(['Grace']);
  expect(onDay(shifts, 'Europe/Berlin', '2027-03-30')).toEqual([]);
});

test('a policy says whom it tells when, and how often', () => {
  const steps = [{ targets: ['contact:1', 'group:2'], after_s: 0 }, { targets: ['schedule:3'], after_s: 600 }];
  const policy: Policy = {
    id: 1, name: 'First', steps, repeats: null, repeated_after_s: 1800, is_default: true, amiss: [],
    names: { 'contact:1': 'Ada', 'schedule:3': 'Operations' },
  };
  expect(stepsInWords(policy)).toEqual(['at once: Ada, group:2, which is gone', 'after 10min: Operations', 'again every 30min, until somebody acts']);
  expect(stepsInWords({ ...policy, repeats: 0 })).toHaveLength(2);
});

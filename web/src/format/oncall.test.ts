import { expect, test } from 'vitest';
import type { Override, Rotation, Shift } from '../api/oncall';
import { calendarOf, minuteIn, overrideInWords, repeatsInWords, rotationInWords, stepsInWords, turnInWords } from './oncall';

const ADA = { id: 1, name: 'Ada' };
const GRACE = { id: 2, name: 'Grace' };
const BERLIN = 'Europe/Berlin';

const override: Override = {
  id: 1, start: '2027-01-05T11:00:00Z', end: '2027-01-05T15:00:00Z', added: GRACE, removed: ADA, comment: '', created_by: 'olu',
};

test('the steps of a policy are told in one line', () => {
  const steps = [
    { targets: ['group:2', 'contact:5'], after_s: 0 },
    { targets: ['schedule:1'], after_s: 300 },
    { targets: [], after_s: 5400 },
  ];
  const names = { 'group:2': 'Ops', 'schedule:1': 'Primary' };
  expect(stepsInWords({ steps, names })).toBe(
    'at once: group Ops, contact 5 (gone); after 5 min: schedule Primary; after 1 h 30 min: nobody',
  );
});

test.each([
  [0, 'never'],
  [1, 'once more, 15 min after the last step'],
  [3, '3 times more, 15 min after the last step'],
  [null, 'until somebody acts, 15 min after the last step'],
])('%s repeats are %s', (repeats, words) => {
  expect(repeatsInWords({ repeats, repeated_after_s: 900 })).toBe(words);
});

test('a rotation is told with its people in order and its hours', () => {
  const names = new Map([[1, 'Ada'], [2, 'Grace']]);
  const rotation: Rotation = {
    name: '', participants: [2, 1], turn_s: 604_800, start: '2027-01-04T09:00:00', zone: BERLIN, only: { from: '22:00', until: '06:00' },
  };
  expect(rotationInWords(rotation, names)).toBe(
    'Grace, Ada: every week from 2027-01-04 09:00 (Europe/Berlin), only 22:00 to 06:00, every day',
  );
  expect([turnInWords(86_400), turnInWords(43_200), turnInWords(1_209_600)]).toEqual(['every day', 'every 12 h', 'every 14 d']);
});

test('an override says who is on call instead, besides, or not', () => {
  expect(overrideInWords(override)).toBe('Grace for Ada');
  expect(overrideInWords({ added: GRACE, removed: null })).toBe('Grace besides');
  expect(overrideInWords({ added: null, removed: ADA })).toBe('not Ada');
});

test('a day names who is on call, hand-overs by the clock of the zone, and overrides', () => {
  const shifts: Shift[] = [
    { contact: ADA, since: '2027-01-03T23:00:00Z', until: '2027-01-05T11:00:00Z' },
    { contact: GRACE, since: '2027-01-05T11:00:00Z', until: '2027-01-05T15:00:00Z' },
    { contact: ADA, since: '2027-01-05T15:00:00Z', until: '2027-01-06T08:00:00Z' },
  ];
  const days = calendarOf(shifts, [override], BERLIN, '2027-01-04', 4);
  expect(days.map(({ date, onCall }) => [date, ...onCall.map(({ who, when }) => `${who} ${when}`.trim())])).toEqual([
    ['2027-01-04', 'Ada'],
    ['2027-01-05', 'Ada until 12:00', 'Grace 12:00 to 16:00', 'Ada from 16:00'],
    ['2027-01-06', 'Ada until 09:00'],
    ['2027-01-07'],
  ]);
  expect(days.map(({ overrides }) => overrides)).toEqual([[], [{ who: 'Grace for Ada', when: '12:00 to 16:00' }], [], []]);
});

test('a day of 23 hours is a day, and says that clocks change', () => {
  const off = { ...override, start: '2027-03-28T06:00:00Z', end: '2027-03-29T22:00:00Z', added: null };
  const days = calendarOf([], [off], BERLIN, '2027-03-27', 3);
  expect(days.map(({ clocksChange }) => clocksChange)).toEqual([false, true, false]);
  expect(days.map(({ overrides }) => overrides)).toEqual([[], [{ who: 'not Ada', when: 'from 08:00' }], [{ who: 'not Ada', when: '' }]]);
});

test('an instant is told to the minute', () => {
  expect(minuteIn(BERLIN, new Date('2027-01-05T11:00:30Z'))).toBe('2027-01-05 12:00');
});

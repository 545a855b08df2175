import { expect, test } from 'vitest';
import type { Rotation } from '../api/oncall';
import { wrongAt, wrongBeside } from './nested';
import { freshRotation, rotationOf, valuesOf } from './rotation';

const FRESH = freshRotation('Europe/Berlin', new Date('2027-01-06T12:00:00Z'));

const weekly: Rotation = {
  name: 'Weekly', participants: [3, 1, 3], turn_s: 604_800, start: '2027-01-04T09:00:00', zone: 'Asia/Kolkata',
  only: { days: ['sat', 'sun'], from: '22:00', until: '06:00', zone: 'UTC' },
};

test('a new rotation begins on the Monday of this week', () => {
  expect([FRESH.start, FRESH.turn]).toEqual(['2027-01-04T09:00', 'week']);
});

test.each([
  ['week', weekly],
  ['day', { ...weekly, turn_s: 86_400, only: null }],
  ['days', { ...weekly, turn_s: 1_209_600 }],
  ['hours', { ...weekly, turn_s: 43_200, start: '2027-01-04T09:00:30' }],
] as const)('a rotation by the %s that is not touched stays as it is', (turn, rotation) => {
  const values = valuesOf(rotation, FRESH);
  expect(values.turn).toBe(turn);
  expect(rotationOf(values)).toEqual({ ...rotation, start: values.start });
  expect(rotation.start.startsWith(values.start)).toBe(true);
});

test('one that somebody broke can be mended', () => {
  expect(valuesOf({ participants: [] }, FRESH)).toEqual({ ...FRESH, length: '7' });
});

test('who was not chosen is left out', () => {
  expect(rotationOf({ ...FRESH, participants: ['', '2', ''] }).participants).toEqual([2]);
});

test('what is wrong deep inside is said at the field, and the rest of the whole', () => {
  const wrong = {
    'rotations.0.participants.1': 'is none', 'rotations.0.only.from': 'is late', 'rotations.10.zone': 'is none', odd: 'is unknown',
  };
  expect(wrongAt(wrong, 'rotations.0.participants')).toBe('is none');
  expect(wrongAt(wrong, 'rotations.1')).toBeUndefined();
  expect(wrongBeside(wrong, /^rotations\./)).toBe('odd: is unknown');
});

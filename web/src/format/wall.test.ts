import { expect, test } from 'vitest';
import { addDays, dateOf, instantOf, mondayOf, wallIn } from './wall';

test.each([
  ['Europe/Berlin', '2027-01-04T09:00', '2027-01-04T08:00:00.000Z', 'winter'],
  ['Europe/Berlin', '2027-07-05T09:00', '2027-07-05T07:00:00.000Z', 'summer'],
  ['Europe/Berlin', '2027-03-28T02:30', '2027-03-28T01:00:00.000Z', 'the end of the gap'],
  ['Europe/Berlin', '2027-10-31T02:30', '2027-10-31T00:30:00.000Z', 'the first of two'],
  ['America/Santiago', '2026-09-06T00:00', '2026-09-06T04:00:00.000Z', 'a day that begins at one'],
  ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00:00.000Z', 'a day that was left out'],
  ['UTC', '2027-01-04T09:00:59', '2027-01-04T09:00:59.000Z', 'seconds are kept'],
])('in %s %s is %s: %s', (zone, wall, instant) => {
  expect(instantOf(zone, wall)?.toISOString()).toBe(instant);
});

test('what is no time is no instant', () => {
  expect([instantOf('UTC', ''), instantOf('UTC', 'soon')]).toEqual([null, null]);
});

test('a clock on the wall is read without its seconds', () => {
  expect(wallIn('Asia/Kolkata', new Date('2027-01-04T09:00:59Z'))).toBe('2027-01-04T14:30');
});

test('weeks begin on Monday, across months and years', () => {
  expect([mondayOf('2027-01-04'), mondayOf('2027-01-10'), mondayOf('2027-01-03')]).toEqual(['2027-01-04', '2027-01-04', '2026-12-28']);
  expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
});

test('only dates that calendars reach are taken from an address', () => {
  expect([dateOf('2027-01-04'), dateOf('2027-02-30'), dateOf('1969-01-01'), dateOf('9000-01-01'), dateOf('x'), dateOf(null)]).toEqual([
    '2027-01-04', null, null, null, null, null,
  ]);
});

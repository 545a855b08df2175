import { describe, expect, test } from 'vitest';
import { cronInWords } from './cron';
import { inWords } from './schedule';

describe('cron in words', () => {
  test.each([
    ['* * * * *', 'every minute'],
    ['*/5 * * * *', 'every 5 minutes'],
    ['0 * * * *', 'every hour at :00'],
    ['17 * * * *', 'every hour at :17'],
    ['5,35 * * * *', 'every hour at :05 and :35'],
    ['0 */6 * * *', 'every 6 hours at :00'],
    ['30 2 * * *', 'every day at 02:30'],
    ['0 6,18 * * *', 'every day at 06:00 and 18:00'],
    ['*/15 8-17 * * 1-5', 'on Monday–Friday every 15 minutes during 08:00–17:59'],
    ['25 6 * * 7', 'every Sunday at 06:25'],
    ['25 6 * * mon,thu', 'on Monday and Thursday at 06:25'],
    ['52 6 1 * *', 'on day 1 of the month at 06:52'],
    ['0 0 1 1 *', 'on day 1 of the month at 00:00 in January'],
    ['0 4 13 * 5', 'on day 13 of the month or every Friday at 04:00'],
    ['0 4 L * *', 'on the last day of the month at 04:00'],
    ['0 4 * * 5#2', 'on the 2nd Friday at 04:00'],
    ['0 4 * * 5L', 'on the last Friday at 04:00'],
    ['0 4 * JUN-aug *', 'at 04:00 in June–August'],
    ['@daily', 'every day at 00:00'],
    ['@weekly', 'every Sunday at 00:00'],
    ['0 8-17 * * *', 'every day at :00 during 08:00–17:59'],
  ])('%s is "%s"', (cron, words) => expect(cronInWords(cron)).toBe(words));

  test.each(['*/7 * * * *', '0 */5 * * *', '0 0 */2 * 1', 'nonsense', '', '1 2 3', '0 4 * * blah', '0 4 * 13 *'])(
    '%s is left unworded rather than worded wrongly',
    (cron) => expect(cronInWords(cron)).toBeNull(),
  );
});

test('the other kinds have words of their own', () => {
  expect(inWords({ kind: 'interval', every_s: 2 })).toBe('every 2 s');
  expect(inWords({ kind: 'interval', every_s: 5400 })).toBe('every 1 h 30 min');
  expect(inWords({ kind: 'once', at: '2026-03-29T01:30:00Z' }, 'Europe/Berlin')).toBe('once, Sun 2026-03-29 03:30:00');
  expect(inWords({ kind: 'boot' })).toBe('when the machine starts');
  expect(inWords({ kind: 'cron', cron: '*/7 * * * *' })).toBe('cron');
});

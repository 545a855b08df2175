import { describe, expect, test } from 'vitest';
import { bytesText, durationText, parseBytes, parseDuration } from './quantities';
import { changesBetween, environmentOf, FRESH, settingsOf, type Wrong } from './values';

const whole = { ...FRESH, name: 'backup', argv: "tar -cf '/srv/my backup.tar' /home", zone: 'UTC' };

test('a fresh form says what the server would take by default', () => {
  const { settings, wrong } = settingsOf(whole);
  expect(wrong).toEqual({});
  expect(settings).toMatchObject({
    name: 'backup', command: ['tar', '-cf', '/srv/my backup.tar', '/home'], shell: null,
    schedule: { kind: 'cron', cron: '*/15 * * * *' }, lateness_max_s: 86_400, timeout_s: 3_600, grace_s: 10,
    retry_first_s: 30, retry_longest_s: 3_600, output_bytes_max: 10_485_760, env: {}, cwd: null, stdin: null, user: null,
  });
});

test('a shell line is sent as one word, untouched', () => {
  const { settings } = settingsOf({ ...whole, inShell: true, line: 'a | b > "c d"' });
  expect(settings).toMatchObject({ command: ['a | b > "c d"'], shell: '/bin/sh' });
});

test('every wrong field is named at once, by the name that the API gives it', () => {
  const { wrong } = settingsOf({
    ...whole, name: ' ', argv: "echo 'a", kind: 'interval', every: 'soon', zone: 'Mars/Olympus', timeout: '1x',
    retriesMax: '-1', env: 'FINE=1\nnot so', outputMax: 'much',
  });
  expect(Object.keys(wrong).sort()).toEqual([
    'command', 'env', 'name', 'output_bytes_max', 'retries_max', 'schedule.every_s', 'timeout_s', 'zone',
  ]);
  expect(wrong.env).toBe('Line 2 is not NAME=value.');
});

test('an environment value may hold anything, = included', () => {
  const wrong: Wrong = {};
  expect(environmentOf('A=1=2\n\nB= spaced \nC=', wrong, 'env')).toEqual({ A: '1=2', B: ' spaced ', C: '' });
  expect(wrong).toEqual({});
});

test('tags are written in one line, parted by commas', () => {
  expect(settingsOf({ ...whole, tags: ' db, nightly ,db' }).settings.tags).toEqual(['db', 'nightly']);
  expect(settingsOf(whole).settings.tags).toEqual([]);
});

test('an edit sends only what differs', () => {
  const before = settingsOf(whole).settings;
  const after = settingsOf({ ...whole, timeout: '2h', cron: '@daily' }).settings;
  expect(changesBetween(before, after)).toEqual({ timeout_s: 7_200, schedule: { kind: 'cron', cron: '@daily' } });
  expect(changesBetween(before, settingsOf(whole).settings)).toEqual({});
});

describe('quantities', () => {
  test.each([
    ['90', 90], ['1.5s', 1.5], ['250ms', 0.25], ['5 min', 300], ['5m', 300], ['1h 30min', 5_400], ['1h30m', 5_400], ['2D', 172_800],
    ['', null], ['soon', null], ['-5', null], ['5 parsecs', null],
  ])('%s is %s s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each([['10 MiB', 10_485_760], ['512k', 524_288], ['1000', 1000], ['1.5 KiB', 1536], ['x', null]])(
    '%s is %s bytes',
    (text, bytes) => expect(parseBytes(text)).toBe(bytes),
  );

  test.each([0, 0.5, 90, 3_600, 5_400, 86_400, 90_061])('%d s reads back', (seconds) => {
    expect(parseDuration(durationText(seconds))).toBe(seconds);
  });

  test.each([0, 1, 1536, 10_485_760, 1_073_741_824])('%d bytes read back', (bytes) => {
    expect(parseBytes(bytesText(bytes))).toBe(bytes);
  });
});

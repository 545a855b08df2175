import { expect, test } from 'vitest';
import type { Check } from '../api/alerts';
import { changesOf, checkOf, valuesOf } from './check';

const cron = { name: 'nightly', tags: ['db'], cron: '0 3 * * *', zone: null, period_s: null, grace_s: 3_600 } as unknown as Check;

test('a check whose zone was never said is by UTC, and stays so when something else is changed', () => {
  const values = valuesOf(cron);
  expect(values.zone).toBe('UTC');
  expect(changesOf(cron, { ...values, grace: '2h' })).toEqual({ grace_s: 7_200 });
});

test('what is not touched is not sent', () => {
  expect(changesOf(cron, valuesOf(cron))).toEqual({});
});

test('another zone, or a period instead of cron, is sent alone', () => {
  const values = valuesOf(cron);
  expect(changesOf(cron, { ...values, zone: 'Europe/Berlin' })).toEqual({ zone: 'Europe/Berlin' });
  expect(changesOf(cron, { ...values, when: '1h' })).toEqual({ period_s: 3_600 });
});

test('what is no duration goes as it was typed', () => {
  expect(checkOf({ ...valuesOf(undefined), when: 'soon', grace: 'a bit' })).toMatchObject({ cron: 'soon', grace_s: 'a bit' });
});

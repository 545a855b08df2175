import { expect, test } from 'vitest';
import { limitsInWords, limitsOf, valuesOf } from './limits';

const USUAL = { alone_max: 10, kept_for_pages: 3, digests_max: 6, window_s: 3_600 };
const CHANNEL = { limits: { alone_max: 10, digests_max: 1 }, limits_in_force: { ...USUAL, digests_max: 1 } };
const VALUES = valuesOf(CHANNEL);

test('what is not touched is said as before, and no more', () => {
  expect(limitsOf(CHANNEL, VALUES)).toEqual(CHANNEL.limits);
});

test('what is changed is said besides, and what is emptied is as usual again', () => {
  expect(limitsOf(CHANNEL, { ...VALUES, digests_max: '', window_s: '2h' })).toEqual({ alone_max: 10, window_s: 7_200 });
});

test('what can not be read goes as it was typed', () => {
  expect(limitsOf(CHANNEL, { ...VALUES, alone_max: 'few', window_s: 'soon' })).toMatchObject({ alone_max: 'few', window_s: 'soon' });
});

test('the limits are said in a line', () => {
  expect([limitsInWords(USUAL), limitsInWords(CHANNEL.limits_in_force)]).toEqual([
    '10 alone and 6 digests in 1h', '10 alone and 1 digest in 1h',
  ]);
});

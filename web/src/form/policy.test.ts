import { expect, test } from 'vitest';
import { policyOf, valuesOf } from './policy';

const FRESH = { ...valuesOf(null), name: 'First' };

test.each(['', ' ', 'often', 'Infinity'])('repeats of %j go as they were typed, and not as “for ever”', (repeats) => {
  expect(policyOf({ ...FRESH, repeats }).repeats).toBe(repeats);
});

test('repeats are a number, or null until somebody acts', () => {
  expect(policyOf({ ...FRESH, repeats: '2' }).repeats).toBe(2);
  expect(policyOf({ ...FRESH, repeats: '', forever: true }).repeats).toBeNull();
});

test('minutes are seconds to the server, and what is no number goes as it was typed', () => {
  const policy = policyOf({ ...FRESH, again: 'soon', steps: [{ minutes: '1.5', targets: ['group:1', ''] }] });
  expect([policy.repeated_after_s, policy.steps]).toEqual(['soon', [{ after_s: 90, targets: ['group:1'] }]]);
});

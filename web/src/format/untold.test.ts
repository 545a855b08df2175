import { expect, test } from 'vitest';
import { gapsIn } from './untold';

const WHOLE = { name: 'First', amiss: [] };
const words = (...asked: Parameters<typeof gapsIn>) => gapsIn(...asked).map(({ text }) => text);

test('nothing is said where somebody is told, or where nothing may be known', () => {
  expect(gapsIn({ channels: 1, policy: WHOLE })).toEqual([]);
  expect(gapsIn({ channels: null, policy: null })).toEqual([]);
});

test('each reason why nobody is told is said, with the way to what mends it', () => {
  expect(gapsIn({ channels: 0, policy: undefined }).map(({ href }) => href)).toEqual(['/channels', '/escalation-policies']);
  expect(words({ channels: 1, policy: { ...WHOLE, amiss: ['step 1 tells nobody'] } })).toEqual([
    'The default escalation policy First: step 1 tells nobody.',
  ]);
});

import { expect, test } from 'vitest';
import type { Standing } from '../api/oncall';
import { gapsIn } from './untold';

const WHOLE = { name: 'First', amiss: [], steps: [{ targets: ['schedule:1', 'schedule:2'], after_s: 0 }] };
const TOLD = { channels: 1, policy: WHOLE, standings: [] };
const words = (...asked: Parameters<typeof gapsIn>) => gapsIn(...asked).map(({ text }) => text);
const standing = (id: number, ...on_call: object[]) => ({ schedule: { id }, on_call }) as unknown as Standing;

test('nothing is said where somebody is told, or where nothing may be known', () => {
  expect(gapsIn(TOLD)).toEqual([]);
  expect(gapsIn({ channels: null, policy: null, standings: [] })).toEqual([]);
});

test('each reason why nobody is told is said, with the way to what mends it', () => {
  expect(gapsIn({ ...TOLD, channels: 0, policy: undefined }).map(({ href }) => href)).toEqual(['/channels', '/escalation-policies']);
  expect(words({ ...TOLD, policy: { ...WHOLE, amiss: ['step 1 tells nobody'] } })).toEqual([
    'The default escalation policy First: step 1 tells nobody.',
  ]);
});

test('a policy that tells schedules alone needs somebody who is on call', () => {
  const nobody = ['Nobody is on call now whom the default escalation policy First tells.'];
  expect(words({ ...TOLD, standings: [standing(1), standing(2)] })).toEqual(nobody);
  expect(words({ ...TOLD, standings: [standing(1), standing(2, {})] })).toEqual([]);
  expect(words({ ...TOLD, standings: [standing(1)] })).toEqual([]);
  const besides = { ...WHOLE, steps: [...WHOLE.steps, { targets: ['contact:5'], after_s: 300 }] };
  expect(words({ ...TOLD, policy: besides, standings: [standing(1), standing(2)] })).toEqual([]);
});

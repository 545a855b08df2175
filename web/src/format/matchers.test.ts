import { expect, test } from 'vitest';
import type { Incident } from '../api/alerts';
import { matchersOf } from './incidents';
import { matchersText } from './matchers';

const of = (labels: Record<string, string>) => matchersOf({ labels } as Incident);

test.each([
  [{ task: 'backup' }, 'task="backup"'],
  [{ 'service.name': 'shop', 'ns:job': 'a' }, '"service.name"="shop", ns:job="a"'],
  [{ 'größe': 'x', '0a': 'y', 'a"b\\': 'z' }, '"größe"="x", "0a"="y", "a\\"b\\\\"="z"'],
  [{ path: 'C:\\temp', said: '"no"\nnever' }, 'path="C:\\\\temp", said="\\"no\\"\\nnever"'],
  [{ tabbed: 'a\tb\u0001ü' }, 'tabbed="a\tb\u0001ü"'],
])('the labels %j are matched by %s', (labels, text) => {
  expect(of(labels)).toBe(text);
});

test('each operator is said', () => {
  const matchers = [[true, false], [false, false], [true, true], [false, true]].map(([isEqual, isRegex]) => ({
    name: 'a', value: 'b', isEqual: isEqual!, isRegex: isRegex!,
  }));
  expect(matchersText(matchers)).toBe('a="b", a!="b", a=~"b", a!~"b"');
});

import { expect, test } from 'vitest';
import { AnsiReader, lastOverwrite } from './ansi';

const read = (text: string) => new AnsiReader().read(text);

test('plain text stays as it is, markup included', () => {
  expect(read('<b>1 & 2</b>')).toEqual([{ text: '<b>1 & 2</b>', className: '' }]);
});

test('colours and marks become classes, and end where they end', () => {
  expect(read('a\u001b[31mb\u001b[1mc\u001b[0md')).toEqual([
    { text: 'a', className: '' },
    { text: 'b', className: 'ansi-1' },
    { text: 'c', className: 'ansi-1 bold' },
    { text: 'd', className: '' },
  ]);
});

test('a colour holds over lines until it is reset', () => {
  const reader = new AnsiReader();
  reader.read('\u001b[92mgreen');
  expect(reader.read('still')).toEqual([{ text: 'still', className: 'ansi-10' }]);
});

test.each([
  ['\u001b[2J\u001b[Hclear', 'clear'],
  ['\u001b]0;title\u0007text', 'text'],
  ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['a\u0008\u0000b\tc', 'ab\tc'],
  ['cut off \u001b[3', 'cut off '],
  ['\u001b[38;2;1;2;3mtrue\u001b[48;5;7m colour', 'true colour'],
])('%j shows as %j', (text, shown) => {
  expect(read(text).map((span) => span.text).join('')).toBe(shown);
});

test('the 16 plain colours of the 256 are kept', () => {
  expect(read('\u001b[38;5;9mx')[0]?.className).toBe('ansi-9');
  expect(read('\u001b[31m\u001b[38;5;200mx')[0]?.className).toBe('');
});

test('a line that overwrites itself shows its last state', () => {
  expect(lastOverwrite('10 %\r20 %\r30 %')).toBe('30 %');
  expect(lastOverwrite('windows line\r')).toBe('windows line');
});

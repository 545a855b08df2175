import { expect, test } from 'vitest';
import type { OutputPiece } from '../api/types';
import { LINES_MAX, OutputLog } from './log';

function piece(text: string, more: Partial<OutputPiece> = {}): OutputPiece {
  return { attempt: 1, stream: 'stdout', at: '2026-03-29T12:00:00Z', text, dropped_before: 0, ...more };
}

function shown(...pieces: OutputPiece[]): string[] {
  const log = new OutputLog();
  pieces.forEach((each) => log.append([each]));
  return log.lines.map((line) => `${line.kind}: ${line.spans.map((span) => span.text).join('')}`);
}

test('a line that comes in pieces is one line', () => {
  expect(shown(piece('hel'), piece('lo\nwor'), piece('ld\n'))).toEqual(['stdout: hello', 'stdout: world']);
});

test('empty lines are kept, a trailing newline makes none', () => {
  expect(shown(piece('a\n\nb\n'))).toEqual(['stdout: a', 'stdout: ', 'stdout: b']);
});

test('the streams never share a line', () => {
  expect(shown(piece('out'), piece('err\n', { stream: 'stderr' }), piece('more\n'))).toEqual([
    'stdout: out', 'stderr: err', 'stdout: more',
  ]);
});

test('what was not kept is said where it is missing', () => {
  expect(shown(piece('head\n'), piece('tail\n', { dropped_before: 2_048 }))).toEqual([
    'stdout: head', 'remark: … 2,048 bytes not kept …', 'stdout: tail',
  ]);
});

test('a further attempt is announced and begins without the colours of the one before', () => {
  const log = new OutputLog();
  log.append([piece('\u001b[31mred\n'), piece('plain\n', { attempt: 2 })]);
  expect(log.text()).toBe('red\nAttempt 2\nplain');
  expect(log.lines.map((line) => line.spans[0]?.className)).toEqual(['ansi-1', '', '']);
});

test('a sequence cut between two pieces is still understood', () => {
  const log = new OutputLog();
  log.append([piece('a\u001b[3')]);
  log.append([piece('2mb\n')]);
  expect(log.lines[0]?.spans).toEqual([{ text: 'a', className: '' }, { text: 'b', className: 'ansi-2' }]);
});

test('old lines make room for new ones, and are counted', () => {
  const log = new OutputLog();
  log.append([piece('x\n'.repeat(LINES_MAX + 7))]);
  expect([log.lines.length, log.forgotten]).toEqual([LINES_MAX, 7]);
});

test('a line without end stays bounded', () => {
  const log = new OutputLog();
  for (let count = 0; count < 100; count += 1) log.append([piece('x'.repeat(1_000))]);
  log.append([piece('y'.repeat(100_000))]);
  expect(Math.max(...log.lines.map((line) => line.spans[0]!.text.length))).toBeLessThanOrEqual(5_000);
});

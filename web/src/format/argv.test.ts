import { expect, test } from 'vitest';
import { joinArgv, splitArgv } from './argv';

test.each([
  ['', []],
  ['  ls   -l  ', ['ls', '-l']],
  [`echo 'a b' c`, ['echo', 'a b', 'c']],
  [`echo "a b"'c'd`, ['echo', 'a bcd']],
  [`echo ""`, ['echo', '']],
  [`echo a\\ b`, ['echo', 'a b']],
  [`echo "a\\"b" "\\n"`, ['echo', 'a"b', '\\n']],
  [`sh -c 'echo "$HOME"'`, ['sh', '-c', 'echo "$HOME"']],
])('%s splits as a shell splits it', (line, words) => {
  expect(splitArgv(line)).toEqual({ words, problem: null, hint: null });
});

test.each([`echo 'a`, 'echo "a', 'echo a\\'])('%s is refused as unfinished', (line) => {
  expect(splitArgv(line).problem).not.toBeNull();
});

test.each(['ls | wc', 'a && b', 'echo $HOME', 'ls *.txt', 'echo `date`', 'x > y', 'sleep 1 &'])(
  '%s gets the hint that only a shell would act on it',
  (line) => expect(splitArgv(line).hint).toMatch(/Only a shell/),
);

test('quoted operators get no hint', () => {
  expect(splitArgv(`grep 'a|b*' "x > y" \\$HOME`).hint).toBeNull();
});

test.each([[['ls', '-l']], [['echo', "it's", '', 'a b', '$x']], [['printf', '%s\n', 'ü']]])(
  'joining %j splits back to the same',
  (words) => expect(splitArgv(joinArgv(words)).words).toEqual(words),
);

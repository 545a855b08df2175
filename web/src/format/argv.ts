// A command line as a shell would split it, and back. Splits only: expands nothing, runs nothing.

export interface Split {
  words: string[];
  problem: string | null;
  /** Something a shell would act on but an argv passes as it is. */
  hint: string | null;
}

const SPACE = /\s/;
const SAFE = /^[\w@%+=:,./-]+$/;

/** POSIX quoting: '…' literal, "…" with \ before $ ` " \, and \ before anything outside. */
export function splitArgv(line: string): Split {
  const words: string[] = [];
  let word: string | null = null;
  let bare = ''; // what stood outside quotes, where a shell would see its operators
  let at = 0;
  while (at < line.length) {
    const char = line[at]!;
    if (SPACE.test(char)) {
      if (word !== null) words.push(word);
      word = null;
      bare += ' ';
      at += 1;
      continue;
    }
    const piece = char === "'" ? singleQuoted(line, at) : char === '"' ? doubleQuoted(line, at) : plain(line, at);
    if (piece.problem) return { words, problem: piece.problem, hint: null };
    word = (word ?? '') + piece.text;
    if (piece.bare) bare += piece.text;
    at = piece.end;
  }
  if (word !== null) words.push(word);
  return { words, problem: null, hint: hintFor(bare) };
}

interface Piece {
  text: string;
  end: number;
  bare?: boolean;
  problem?: string;
}

function singleQuoted(line: string, start: number): Piece {
  const end = line.indexOf("'", start + 1);
  if (end < 0) return { text: '', end: line.length, problem: "A ' is not closed." };
  return { text: line.slice(start + 1, end), end: end + 1 };
}

function doubleQuoted(line: string, start: number): Piece {
  let text = '';
  for (let at = start + 1; at < line.length; at += 1) {
    if (line[at] === '"') return { text, end: at + 1 };
    if (line[at] === '\\' && /[$`"\\]/.test(line[at + 1] ?? '')) at += 1;
    text += line[at];
  }
  return { text: '', end: line.length, problem: 'A " is not closed.' };
}

function plain(line: string, start: number): Piece {
  if (line[start] !== '\\') return { text: line[start]!, end: start + 1, bare: true };
  if (start + 1 >= line.length) return { text: '', end: line.length, problem: 'The line ends in a \\.' };
  return { text: line[start + 1]!, end: start + 2 };
}

function hintFor(bare: string): string | null {
  const found = /&&|\|\||[|<>;&]|\$\w+|\$[({]|`|[*?]/.exec(bare);
  if (!found) return null;
  return `${found[0]} is passed to the program as it is. Only a shell would act on it.`;
}

/** The line that `splitArgv` would split into these words. */
export function joinArgv(words: readonly string[]): string {
  return words.map((word) => (SAFE.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

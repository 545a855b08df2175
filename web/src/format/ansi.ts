// Terminal output as text with classes. Understands colours, bold, dim, italic and underline; every
// other sequence is dropped. Yields strings only, never markup.

export interface Span {
  text: string;
  className: string;
}

interface Look {
  colour: number | null; // 0–15
  marks: Set<string>;
}

// CSI …, OSC … (ended by BEL or ST), other two-byte escapes; then control characters but tab.
const SEQUENCE = /\u001b\[([0-9;:?<=>]*)[ -/]*([@-~]|$)|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[PX^_][^\u001b]*\u001b\\|\u001b[ -/]*[0-~]?|\u009b/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const MARKS: Record<number, string> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline' };

/** A parser that remembers its look from line to line, as a terminal does. */
export class AnsiReader {
  private look: Look = { colour: null, marks: new Set() };

  copy(): AnsiReader {
    const twin = new AnsiReader();
    twin.look = { colour: this.look.colour, marks: new Set(this.look.marks) };
    return twin;
  }

  /** The spans of one piece of text without newlines. */
  read(text: string): Span[] {
    const spans: Span[] = [];
    let from = 0;
    for (const found of text.matchAll(SEQUENCE)) {
      this.push(spans, text.slice(from, found.index));
      from = found.index + found[0].length;
      if (found[2] === 'm') this.select(found[1] ?? '');
    }
    this.push(spans, text.slice(from));
    return spans;
  }

  private push(spans: Span[], raw: string): void {
    const text = raw.replace(CONTROL, '');
    if (!text) return;
    const className = this.className();
    const last = spans.at(-1);
    if (last?.className === className) last.text += text;
    else spans.push({ text, className });
  }

  private className(): string {
    const colour = this.look.colour === null ? [] : [`ansi-${this.look.colour}`];
    return [...colour, ...this.look.marks].join(' ');
  }

  private select(parameters: string): void {
    const codes = parameters.split(/[;:]/).map(Number);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at]!;
      if (code === 38 || code === 48) at += this.extended(code, codes.slice(at + 1));
      else this.apply(code);
    }
  }

  /** 38;5;n and 38;2;r;g;b. Returns how many codes were used; only the 16 plain colours are kept. */
  private extended(code: number, rest: number[]): number {
    if (rest[0] === 2) return 4;
    if (code === 38) this.look.colour = (rest[1] ?? 16) < 16 ? rest[1]! : null;
    return 2;
  }

  private apply(code: number): void {
    const { look } = this;
    if (code === 0) this.look = { colour: null, marks: new Set() };
    else if (MARKS[code]) look.marks.add(MARKS[code]);
    else if (code === 22) ['bold', 'dim'].forEach((mark) => look.marks.delete(mark));
    else if (code === 23) look.marks.delete('italic');
    else if (code === 24) look.marks.delete('underline');
    else if (code >= 30 && code <= 37) look.colour = code - 30;
    else if (code >= 90 && code <= 97) look.colour = code - 82;
    else if (code === 39) look.colour = null;
  }
}

/** What a terminal would show of a line that overwrites itself with carriage returns. */
export function lastOverwrite(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf('\r') + 1);
}

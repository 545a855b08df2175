// A run's output as lines, grown piece by piece and bounded. Pure: no fetching, no drawing.
import type { OutputPiece } from '../api/types';
import { counted } from '../format/amounts';
import { AnsiReader, lastOverwrite, type Span } from '../format/ansi';

export const LINES_MAX = 5_000; // in the page; the download has all that is kept
const LINE_CHARACTERS_MAX = 4_000; // longer ones are cut into several

export interface Line {
  key: number;
  kind: 'stdout' | 'stderr' | 'remark';
  spans: Span[];
}

export class OutputLog {
  lines: Line[] = [];
  /** Lines that were shown once and have made room. */
  forgotten = 0;
  private open: { line: Line; raw: string; reader: AnsiReader } | null = null;
  private readers: Record<string, AnsiReader> = {};
  private attempt = 1;
  private lastKey = 0;

  append(pieces: readonly OutputPiece[]): void {
    for (const piece of pieces) {
      if (piece.attempt !== this.attempt) this.beginAttempt(piece.attempt);
      if (piece.dropped_before > 0) this.remark(`… ${counted(piece.dropped_before, 'byte')} not kept …`);
      this.write(piece.stream, piece.text);
    }
    const over = this.lines.length - LINES_MAX;
    if (over > 0) {
      this.lines = this.lines.slice(over);
      this.forgotten += over;
    }
  }

  /** What is shown, as it would be copied. */
  text(): string {
    return this.lines.map((line) => line.spans.map((span) => span.text).join('')).join('\n');
  }

  private beginAttempt(attempt: number): void {
    this.attempt = attempt;
    this.readers = {};
    this.remark(`Attempt ${attempt}`);
  }

  private remark(text: string): void {
    this.open = null;
    this.push('remark', [{ text, className: '' }]);
  }

  private write(stream: OutputPiece['stream'], text: string): void {
    const parts = text.split('\n');
    const last = parts.pop()!;
    for (const part of parts) {
      this.extendInCuts(stream, part);
      this.open = null;
    }
    if (last) this.extendInCuts(stream, last);
  }

  private extendInCuts(stream: OutputPiece['stream'], text: string): void {
    let from = 0;
    do {
      this.extend(stream, text.slice(from, from + LINE_CHARACTERS_MAX));
      from += LINE_CHARACTERS_MAX;
    } while (from < text.length);
  }

  /** Adds to the line that is open, unless the other stream has it. */
  private extend(stream: OutputPiece['stream'], text: string): void {
    if (this.open?.line.kind !== stream) {
      const reader = (this.readers[stream] ??= new AnsiReader());
      this.open = { line: this.push(stream, []), raw: '', reader: reader.copy() };
    }
    const { line, reader } = this.open;
    this.open.raw += text;
    const drawn = reader.copy(); // the line is read anew from its start: a sequence may come in two pieces
    line.spans = drawn.read(lastOverwrite(this.open.raw));
    this.readers[stream] = drawn;
    if (this.open.raw.length >= LINE_CHARACTERS_MAX) this.open = null;
  }

  private push(kind: Line['kind'], spans: Span[]): Line {
    const line = { key: (this.lastKey += 1), kind, spans };
    this.lines.push(line);
    return line;
  }
}

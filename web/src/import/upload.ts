// What an import is asked for, and the lines that the server answers while it works on the file.
import { Problem, sendFile, withQuery } from '../api/client';

export type RowFate = 'add' | 'update' | 'skip' | 'bad';

export interface Fate {
  line: number;
  fate: RowFate;
  name: string | null;
  why: Record<string, string>;
  warnings: string[];
  contact_id: number | null;
}

export interface Column {
  name: string;
  number: number | null;
  field: string | null;
  sample: string;
}

export interface Report {
  format: 'csv' | 'vcard';
  encoding: string;
  delimiter: string | null;
  columns: Column[];
  unmapped: { name: string; rows: number }[];
  wrong: Record<string, string>;
  applied: boolean;
  rows: number;
  added: number;
  updated: number;
  skipped: number;
  bad: number;
}

export interface Progress {
  stage: 'check' | 'seal' | 'write';
  rows: number;
  part: number;
}

/** How the file is to be read and what is done with it; what is empty is found out. */
export interface Options {
  mode: 'all' | 'good';
  onExisting: 'skip' | 'update' | 'refuse';
  encoding: string;
  delimiter: string;
  header: '' | 'true' | 'false';
  mapping: Readonly<Record<string, string>>;
}

export const OPTIONS: Options = { mode: 'all', onExisting: 'skip', encoding: '', delimiter: '', header: '', mapping: {} };

interface Line {
  progress?: Progress;
  fates?: Fate[];
  report?: Report;
}

interface Watching {
  dryRun: boolean;
  signal: AbortSignal;
  progress: (progress: Progress) => void;
}

const BUSY_WAIT_MS = 500;
const BUSY_TRIES = 60;

/**
 * Judges or imports a file: its report, and the fates that are worth telling (all of them in a dry run).
 * A server works on one file at a time, and hears a little late that the one before is not wanted any more.
 */
export async function runImport(file: File, options: Options, watching: Watching) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await runOnce(file, options, watching);
    } catch (error) {
      const busy = error instanceof Problem && error.code === 'import_busy';
      if (!busy || tries === BUSY_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_WAIT_MS));
      watching.signal.throwIfAborted();
    }
  }
}

async function runOnce(file: File, options: Options, { dryRun, signal, progress }: Watching) {
  const path = withQuery('/contacts/import', {
    mode: options.mode,
    on_existing: options.onExisting,
    encoding: options.encoding,
    delimiter: options.delimiter,
    header: options.header,
    mapping: Object.keys(options.mapping).length ? JSON.stringify(options.mapping) : null,
    dry_run: String(dryRun),
    tell: dryRun ? 'all' : 'bad',
  });
  const fates: Fate[] = [];
  let report: Report | undefined;
  for await (const line of sendFile<Line>(path, file, typeOf(file), signal)) {
    if (line.progress) progress(line.progress);
    if (line.fates) fates.push(...line.fates);
    report = line.report ?? report;
  }
  if (!report) throw new Error('The answer broke off. Import the file again: nobody is added twice.');
  return { report, fates };
}

/** By its name, since browsers know vCards by several types or none; else the server finds out. */
export function typeOf(file: { name: string }): string {
  if (/\.(vcf|vcard)$/i.test(file.name)) return 'text/vcard';
  return /\.(csv|tsv)$/i.test(file.name) ? 'text/csv' : 'application/octet-stream';
}

/** Why a row fares as it does, in one line. */
export function whyOf(fate: Fate): string {
  return [...Object.entries(fate.why).map(([field, text]) => `${field} ${text}`), ...fate.warnings].join('; ');
}

/** The report as CSV: lines and reasons, and nothing personal. */
export function reportCsv(fates: readonly Fate[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const rows = fates.map((fate) => [String(fate.line), fate.fate, quoted(whyOf(fate))].join(','));
  return ['line,fate,why', ...rows, ''].join('\r\n');
}

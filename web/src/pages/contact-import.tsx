// Contacts from a file: chosen, read, each row judged, and only then imported.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { counted } from '../format/amounts';
import { Preview } from '../import/preview';
import { Reading } from '../import/reading';
import { type Fate, OPTIONS, type Options, type Progress, type Report, reportCsv, runImport } from '../import/upload';
import { Field } from '../parts/field';
import { inWords, tell } from '../parts/notices';
import { Screen } from '../parts/screen';
import { guardLeaving } from '../router';
import { can } from '../session';

const STAGES = { check: 'Checking', seal: 'Encrypting', write: 'Writing' } as const;

interface Outcome {
  report: Report;
  fates: Fate[];
  done: boolean;
}

export function ImportPage() {
  const above = <a href="/contacts">Contacts</a>;
  return (
    <Screen title="Import contacts" above={above}>
      {can('contacts:write') ? <Import /> : <p class="note">Only operators and admins can import contacts.</p>}
    </Screen>
  );
}

function Import() {
  const file = useSignal<File | null>(null);
  const options = useSignal<Options>(OPTIONS);
  const outcome = useSignal<Outcome | null>(null);
  const progress = useSignal<Progress | null>(null);
  const failure = useSignal('');
  const abort = useRef<AbortController | null>(null);
  const importing = useSignal(false);
  useEffect(() => () => abort.current?.abort(), []);
  useGuard(importing.value);

  const go = async (dryRun: boolean) => {
    abort.current?.abort();
    const mine = (abort.current = new AbortController());
    failure.value = '';
    importing.value = !dryRun;
    progress.value = { stage: 'check', rows: 0, part: 0 };
    try {
      const watching = { dryRun, signal: mine.signal, progress: (now: Progress) => (progress.value = now) };
      const found = await runImport(file.peek()!, options.peek(), watching);
      outcome.value = { ...found, done: !dryRun };
      tell(dryRun ? `${counted(found.report.rows, 'row')} checked, ${found.report.bad} bad` : 'The import has ended');
    } catch (error) {
      if (mine.signal.aborted) return;
      failure.value = inWords(error);
      if (dryRun) outcome.value = null;
    }
    importing.value = false;
    progress.value = null;
  };
  const choose = (chosen: File | undefined) => {
    if (!chosen) return;
    file.value = chosen;
    options.value = OPTIONS;
    outcome.value = null;
    void go(true);
  };
  const change = (changes: Partial<Options>) => {
    options.value = { ...options.peek(), ...changes };
    if ('mode' in changes && Object.keys(changes).length === 1) return; // says nothing of the rows
    void go(true);
  };

  const { report, fates, done } = outcome.value ?? { report: null, fates: [], done: false };
  return (
    <div class="import">
      {!importing.value && !done && <Chooser choose={choose} />}
      <div role="alert">{failure.value && <p class="problem">{failure.value}</p>}</div>
      {progress.value && <HowFar progress={progress.value} />}
      {report && done && <Ended report={report} fates={fates} again={() => ((outcome.value = null), (file.value = null))} />}
      {report && !done && !importing.value && (
        <>
          <Reading report={report} options={options.value} change={change} />
          {report.wrong.mapping ? (
            <p class="problem">Choose above which column holds the name.</p>
          ) : (
            <Rules report={report} options={options.value} change={change} start={() => void go(false)} busy={progress.value !== null} />
          )}
        </>
      )}
      {report && report.rows > 0 && !importing.value && <Preview report={report} fates={fates} done={done} />}
    </div>
  );
}

function Chooser({ choose }: { choose: (file: File | undefined) => void }) {
  const dropped = useSignal('');
  const over = useSignal(false);
  return (
    <div
      class={over.value ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        dropped.value = event.dataTransfer?.files[0]?.name ?? '';
        choose(event.dataTransfer?.files[0]);
      }}
    >
      <Field label="A CSV or vCard file" hint="Choose it, or drop it here. Nothing is imported before you have seen what would become of each row.">
        {(control) => (
          <input
            {...control} type="file" accept=".csv,.tsv,.txt,.vcf,.vcard,text/csv,text/vcard"
            onChange={(event) => ((dropped.value = ''), choose(event.currentTarget.files?.[0]))}
          />
        )}
      </Field>
      {dropped.value && <p class="chosen">{dropped.value}</p>}
    </div>
  );
}

function HowFar({ progress }: { progress: Progress }) {
  return (
    <p class="how-far">
      <label>
        {STAGES[progress.stage]} … {progress.rows > 0 && counted(progress.rows, 'row')}
        <progress max={1} value={progress.part} />
      </label>
    </p>
  );
}

interface RulesProps {
  report: Report;
  options: Options;
  change: (changes: Partial<Options>) => void;
  start: () => void;
  busy: boolean;
}

function Rules({ report, options, change, start, busy }: RulesProps) {
  const coming = report.added + report.updated;
  const stopped = options.mode === 'all' && report.bad > 0;
  return (
    <fieldset>
      <legend>What is done with it</legend>
      <div class="fields grid">
        <Field label="Who is there already">
          {(control) => (
            <select
              {...control} value={options.onExisting}
              onChange={(event) => change({ onExisting: event.currentTarget.value as Options['onExisting'] })}
            >
              <option value="skip">stays as they are</option>
              <option value="update">gets what the file says</option>
              <option value="refuse">makes the row bad</option>
            </select>
          )}
        </Field>
        <Field label="Bad rows">
          {(control) => (
            <select {...control} value={options.mode} onChange={(event) => change({ mode: event.currentTarget.value as Options['mode'] })}>
              <option value="all">keep all rows out</option>
              <option value="good">are left out</option>
            </select>
          )}
        </Field>
      </div>
      <div class="actions">
        <button type="button" class="primary" disabled={busy || stopped || coming === 0} onClick={start}>
          Import {counted(coming, 'contact')}
        </button>
        {stopped && <p class="quiet">{counted(report.bad, 'row')} must be corrected, or left out.</p>}
        {!stopped && coming === 0 && <p class="quiet">There is nobody to import.</p>}
      </div>
    </fieldset>
  );
}

function Ended({ report, fates, again }: { report: Report; fates: readonly Fate[]; again: () => void }) {
  const counts = [`${counted(report.added, 'contact')} added`, `${report.updated} updated`, `${report.skipped} skipped`, `${report.bad} bad`];
  return (
    <div class="ended">
      <p class="note">{report.applied ? `Imported: ${counts.join(', ')}.` : `Nothing was imported: ${counted(report.bad, 'row')} bad.`}</p>
      <div class="actions">
        <a class="button primary" href="/contacts">
          Show contacts
        </a>
        {fates.length > 0 && (
          <button type="button" onClick={() => save('import-report.csv', reportCsv(fates))}>
            Save the report
          </button>
        )}
        <button type="button" onClick={again}>
          Import another file
        </button>
      </div>
    </div>
  );
}

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

/** Leaving ends an import that is under way; whoever does it by mistake is asked. */
function useGuard(importing: boolean): void {
  useEffect(() => {
    if (!importing) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    guardLeaving(() => confirm('The import is under way. Leave, and so end it?'));
    addEventListener('beforeunload', warn);
    return () => {
      guardLeaving(null);
      removeEventListener('beforeunload', warn);
    };
  }, [importing]);
}

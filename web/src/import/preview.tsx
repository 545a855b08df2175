// What becomes of each row: counted, narrowed by fate, and a page of rows at a time.
import { useSignal } from '@preact/signals';
import { type Fate, type Report, type RowFate, whyOf } from './upload';

const ROWS = 50;
const WORDS: Record<RowFate, string> = { add: 'Add', update: 'Update', skip: 'Skip', bad: 'Bad' };

export function Preview({ report, fates, done }: { report: Report; fates: readonly Fate[]; done: boolean }) {
  const only = useSignal<RowFate | ''>('');
  const page = useSignal(0);
  const counts: Record<RowFate, number> = { add: report.added, update: report.updated, skip: report.skipped, bad: report.bad };
  const rows = only.value ? fates.filter((each) => each.fate === only.value) : fates;
  const pages = Math.max(1, Math.ceil(rows.length / ROWS));
  const at = Math.min(page.value, pages - 1);
  const narrow = (fate: RowFate | '') => {
    only.value = fate;
    page.value = 0;
  };
  return (
    <section aria-label="Rows">
      <div class="fates" role="group" aria-label="Show only">
        <Narrow text="All" count={report.rows} on={only.value === ''} press={() => narrow('')} />
        {(Object.keys(WORDS) as RowFate[]).map((fate) => (
          <Narrow key={fate} text={WORDS[fate]} count={counts[fate]} on={only.value === fate} press={() => narrow(fate)} />
        ))}
      </div>
      {done && fates.length < report.rows && <p class="quiet">Shown are the rows that are bad or lost a value.</p>}
      {rows.length === 0 ? <p class="note">No row fares so.</p> : <Rows rows={rows.slice(at * ROWS, (at + 1) * ROWS)} />}
      {pages > 1 && <Pages at={at} pages={pages} go={(to) => (page.value = to)} />}
    </section>
  );
}

function Narrow({ text, count, on, press }: { text: string; count: number; on: boolean; press: () => void }) {
  return (
    <button type="button" aria-pressed={on} onClick={press}>
      {text} <span class="quiet">{count.toLocaleString('en')}</span>
    </button>
  );
}

function Rows({ rows }: { rows: readonly Fate[] }) {
  return (
    <table class="cards import-rows">
      <caption class="unseen">What becomes of each row</caption>
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col">Fate</th>
          <th scope="col">Name</th>
          <th scope="col">Why</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((fate) => (
          <tr key={fate.line}>
            <td class="cell-id" data-label="Line">
              {fate.line}
            </td>
            <td>
              <span class={`fate fate-${fate.fate}`}>{WORDS[fate.fate]}</span>
            </td>
            <td>{fate.name}</td>
            <td class="cell-details">{whyOf(fate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Pages({ at, pages, go }: { at: number; pages: number; go: (page: number) => void }) {
  return (
    <nav class="pager" aria-label="Pages of rows">
      <button type="button" disabled={at === 0} onClick={() => go(at - 1)}>
        Earlier rows
      </button>
      <span>
        Page {at + 1} of {pages}
      </span>
      <button type="button" disabled={at === pages - 1} onClick={() => go(at + 1)}>
        Later rows
      </button>
    </nav>
  );
}

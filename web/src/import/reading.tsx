// How the file is read, to be corrected: encoding, delimiter, and what each column holds.
import { useId } from 'preact/hooks';
import { counted } from '../format/amounts';
import { Field } from '../parts/field';
import type { Column, Options, Report } from './upload';

const FIELDS: readonly (readonly [string, string])[] = [
  ['-', 'nothing'], ['name', 'name'], ['given', 'given name'], ['middle', 'middle name'], ['family', 'family name'],
  ['prefix', 'title before the name'], ['suffix', 'suffix'], ['nickname', 'nickname'], ['organisation', 'organisation'],
  ['email', 'email'], ['phone', 'phone'], ['notes', 'notes'], ['tags', 'tags'], ['groups', 'groups'],
  ['zone', 'time zone'], ['language', 'language'], ['quiet', 'quiet hours'], ['channels', 'channels'],
];
const ENCODINGS = ['utf-8', 'utf-16', 'windows-1252', 'iso-8859-1', 'iso-8859-15', 'windows-1250', 'windows-1251', 'koi8-r', 'shift_jis', 'gb18030', 'big5', 'euc-kr'];
const DELIMITERS: readonly (readonly [string, string])[] = [
  ['comma', ', comma'], ['semicolon', '; semicolon'], ['tab', 'tab'], ['bar', '| bar'],
];
const SAID: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' };

interface ReadingProps {
  report: Report;
  options: Options;
  change: (changes: Partial<Options>) => void;
}

export function Reading({ report, options, change }: ReadingProps) {
  const isCsv = report.format === 'csv';
  return (
    <fieldset>
      <legend>How it is read</legend>
      <div class="fields grid">
        <Field label="Encoding">
          {(control) => (
            <Choice
              control={control} value={options.encoding} found={report.encoding}
              choices={ENCODINGS.map((name) => [name, name])} choose={(encoding) => change({ encoding })}
            />
          )}
        </Field>
        {isCsv && (
          <Field label="Delimiter">
            {(control) => (
              <Choice
                control={control} value={options.delimiter} found={SAID[report.delimiter ?? ''] ?? ''}
                choices={DELIMITERS} choose={(delimiter) => change({ delimiter, mapping: {}, header: '' })}
              />
            )}
          </Field>
        )}
        {isCsv && <Header report={report} options={options} change={change} />}
      </div>
      {isCsv ? <Mapping report={report} options={options} change={change} /> : <LeftOut report={report} />}
    </fieldset>
  );
}

interface ChoiceProps {
  control: object;
  value: string;
  found: string;
  choices: readonly (readonly [string, string])[];
  choose: (value: string) => void;
}

function Choice({ control, value, found, choices, choose }: ChoiceProps) {
  return (
    <select {...control} value={value} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">{`found out: ${found}`}</option>
      {choices.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  );
}

function Header({ report, options, change }: ReadingProps) {
  const named = report.columns.some(({ name }) => name);
  return (
    <Field label="First row">
      {(control) => (
        <select
          {...control} value={options.header || String(named)}
          onChange={(event) => change({ header: event.currentTarget.value as 'true' | 'false', mapping: {} })}
        >
          <option value="true">names the columns</option>
          <option value="false">is a contact already</option>
        </select>
      )}
    </Field>
  );
}

function Mapping({ report, options, change }: ReadingProps) {
  const named = report.columns.some(({ name }) => name);
  const map = (column: Column, field: string) =>
    change({ mapping: { ...options.mapping, [`#${column.number}`]: field }, header: options.header || (String(named) as 'true' | 'false') });
  return (
    <table class="cards mapping">
      <caption class="unseen">What each column holds</caption>
      <thead>
        <tr>
          <th scope="col">Column</th>
          <th scope="col">First row has</th>
          <th scope="col">Fills</th>
        </tr>
      </thead>
      <tbody>
        {report.columns.map((column) => (
          <Mapped key={column.number} column={column} unmapped={report.unmapped} map={(field) => map(column, field)} />
        ))}
      </tbody>
    </table>
  );
}

interface MappedProps {
  column: Column;
  unmapped: Report['unmapped'];
  map: (field: string) => void;
}

function Mapped({ column, unmapped, map }: MappedProps) {
  const id = useId();
  const name = column.name || `Column ${column.number}`;
  const lost = column.field === null ? unmapped.find((each) => each.name === (column.name || `#${column.number}`)) : undefined;
  return (
    <tr>
      <th scope="row">
        <label for={id}>{name}</label>
      </th>
      <td data-label="First row has">{column.sample}</td>
      <td>
        <select id={id} value={column.field ?? '-'} onChange={(event) => map(event.currentTarget.value)}>
          {FIELDS.map(([field, words]) => (
            <option key={field} value={field}>
              {words}
            </option>
          ))}
        </select>
        {lost && <span class="quiet"> something in {counted(lost.rows, 'row')}</span>}
      </td>
    </tr>
  );
}

function LeftOut({ report }: { report: Report }) {
  if (!report.unmapped.length) return <p class="quiet">All that the cards hold finds a place.</p>;
  const words = report.unmapped.map(({ name, rows }) => `${name} (${rows.toLocaleString('en')})`).join(', ');
  return <p>What a contact has no place for, and in how many cards it is: {words}.</p>;
}

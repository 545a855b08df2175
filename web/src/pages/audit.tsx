// Who did what, when and from where: the chain's entries, newest first.
import { withQuery } from '../api/client';
import type { AuditEntry, Page } from '../api/types';
import { useLive } from '../live';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query, setQuery } from '../router';
import { can } from '../session';
import { AuditCheck } from './audit-check';

const EVERY_MS = 5_000;

export function AuditPage() {
  if (can('audit:read')) return <Entries />;
  return (
    <Screen title="Audit">
      <p class="note">Only admins can read the audit. Ask one of them, or sign in as one.</p>
    </Screen>
  );
}

function Entries() {
  const asked = query.value;
  const live = useLive<Page<AuditEntry>>(
    withQuery('/audit', {
      actor: asked.get('actor'),
      action: asked.get('action'),
      object_type: asked.get('object_type'),
      object_id: asked.get('object_id'),
      since: instant(asked.get('since')),
      until: instant(asked.get('until')),
      cursor: asked.get('cursor'),
    }),
    { everyMs: EVERY_MS },
  );
  const entries = live.data.value?.items;
  return (
    <Screen title="Audit">
      <Filters />
      <AuditCheck />
      <ProblemNote error={live.problem.value} />
      {!entries && !live.problem.value && <p class="quiet">Loading …</p>}
      {entries?.length === 0 && <p class="note">No entry fits.</p>}
      {entries && entries.length > 0 && <EntryTable entries={entries} />}
      <Pager next={live.data.value?.next} />
    </Screen>
  );
}

/** What a datetime-local field holds is the viewer's time; the server wants an instant. */
function instant(local: string | null): string | null {
  const at = new Date(local ?? '');
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

const FILTERS = [
  ['actor', 'Actor', 'text'],
  ['action', 'Action', 'text'],
  ['object_type', 'Kind of object', 'text'],
  ['object_id', 'Object’s number', 'text'],
  ['since', 'Since', 'datetime-local'],
  ['until', 'Until', 'datetime-local'],
] as const;

function Filters() {
  return (
    <form class="filters labelled" role="search" onSubmit={(event) => event.preventDefault()}>
      {FILTERS.map(([name, label, type]) => (
        <label key={name}>
          <span>{label}</span>
          <input
            type={type as 'text'} value={query.value.get(name) ?? ''}
            onChange={(event) => setQuery({ [name]: event.currentTarget.value.trim(), cursor: null })}
          />
        </label>
      ))}
    </form>
  );
}

function EntryTable({ entries }: { entries: readonly AuditEntry[] }) {
  return (
    <table class="audit cards">
      <caption class="unseen">Audit entries, newest first</caption>
      <thead>
        <tr>
          <th scope="col">No.</th>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">Did</th>
          <th scope="col">To</th>
          <th scope="col">Details</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <EntryRow key={entry.seq} entry={entry} />
        ))}
      </tbody>
    </table>
  );
}

function EntryRow({ entry }: { entry: AuditEntry }) {
  return (
    <tr>
      <td class="cell-id">{entry.seq}</td>
      <td data-label="When">
        <Moment at={entry.at} />
      </td>
      <td data-label="Who">
        {entry.actor.name || entry.actor.kind}
        {entry.actor.key && <span class="quiet"> by key {entry.actor.key}</span>}
        {entry.address && <span class="quiet"> {entry.address}</span>}
      </td>
      <td data-label="Did">
        <code>{entry.action}</code>
      </td>
      <td data-label="To">
        <ObjectLink entry={entry} />
      </td>
      <td class="cell-details">
        <details>
          <summary>Details</summary>
          <pre tabIndex={0}>{JSON.stringify(entry.details, null, 2)}</pre>
          <p class="quiet hash">{entry.hash}</p>
        </details>
      </td>
    </tr>
  );
}

const PLACES: Record<string, string> = { task: '/tasks', run: '/runs', contact: '/contacts', user: '/users' };

function ObjectLink({ entry }: { entry: AuditEntry }) {
  const { object_type: type, object_id: id } = entry;
  if (!type) return null;
  if (!id) return <>{type}</>;
  const place = entry.action === 'contact.erased' ? '/contacts/erasures' : PLACES[type];
  const text = `${type} ${id}`;
  return place ? <a href={`${place}/${id}`}>{text}</a> : <>{text}</>;
}

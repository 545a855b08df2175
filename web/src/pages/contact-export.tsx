// Taking contacts out as a file. The browser fetches it by a link, so it never lies in the page's memory.
import { useSignal } from '@preact/signals';
import { withQuery } from '../api/client';
import { Dialog } from '../parts/dialog';
import { query } from '../router';

const FORMATS = [
  ['csv', 'CSV'],
  ['vcard4', 'vCard 4.0'],
  ['vcard3', 'vCard 3.0'],
] as const;

export function ExportButton() {
  const asking = useSignal(false);
  return (
    <>
      <button type="button" onClick={() => (asking.value = true)}>
        Export …
      </button>
      {asking.value && <ExportDialog close={() => (asking.value = false)} />}
    </>
  );
}

function ExportDialog({ close }: { close: () => void }) {
  const [tag, group] = [query.value.get('tag'), query.value.get('group')];
  const whose = [tag && `with the tag ${tag}`, group && 'in the chosen group'].filter(Boolean).join(' and ');
  return (
    <Dialog title="Export contacts" onClose={close}>
      <p>
        {whose ? `Only contacts ${whose} are in the file` : 'All contacts are in the file'}, whatever is typed into the
        search.
      </p>
      <p>Emails, phone numbers and notes stand there for everybody to read. The audit trail tells who took them out.</p>
      <div class="actions">
        {FORMATS.map(([format, words]) => (
          <a
            key={format} class="button" download onClick={close}
            href={withQuery('/api/v1/contacts/export', { format, tag, group_id: group })}
          >
            {words}
          </a>
        ))}
        <button type="button" onClick={close}>
          Back
        </button>
      </div>
    </Dialog>
  );
}

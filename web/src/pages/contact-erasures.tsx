// That contacts were erased: the list, and the certificate of one, which can be printed.
import { Problem, readNow, withQuery } from '../api/client';
import type { Certificate, Page } from '../api/types';
import { fullIn, viewerZone } from '../format/time';
import { useLoaded } from '../loaded';
import { Fact, Facts } from '../parts/facts';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query } from '../router';
import { can } from '../session';
import { NotFoundPage } from './not-found';

export function ErasuresPage() {
  const path = withQuery('/contacts/erasures', { cursor: query.value.get('cursor') });
  const loaded = useLoaded(path, (signal) => readNow<Page<Certificate>>(path, { signal }));
  const erasures = loaded.data.value?.items;
  if (!can('contacts:erase')) return <MayNot />;
  return (
    <Screen title="Erasures" above={<a href="/contacts">Contacts</a>}>
      <ProblemNote error={loaded.problem.value} />
      {!erasures && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {erasures?.length === 0 && <p class="note">No contact was erased.</p>}
      {erasures && erasures.length > 0 && (
        <table class="cards">
          <caption class="unseen">Erased contacts, the latest first</caption>
          <thead>
            <tr>
              <th scope="col">Contact</th>
              <th scope="col">Erased</th>
              <th scope="col">By</th>
              <th scope="col">Reason</th>
              <th scope="col">Audit entry</th>
            </tr>
          </thead>
          <tbody>
            {erasures.map((each) => (
              <tr key={each.contact_id}>
                <th scope="row" class="cell-id">
                  <a href={`/contacts/erasures/${each.contact_id}`}>Contact {each.contact_id}</a>
                </th>
                <td data-label="Erased">
                  <Moment at={each.erased_at} />
                </td>
                <td data-label="By">{each.erased_by}</td>
                <td>{each.reason}</td>
                <td data-label="Audit entry">{each.audit_seq}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Pager next={loaded.data.value?.next} />
    </Screen>
  );
}

export function CertificatePage({ id }: { id: number }) {
  const loaded = useLoaded(String(id), (signal) => readNow<Certificate>(`/contacts/erasures/${id}`, { signal }));
  const found = loaded.data.value;
  const problem = loaded.problem.value;
  if (!can('contacts:erase')) return <MayNot />;
  if (problem instanceof Problem && problem.status === 404) return <NotFoundPage />;
  return (
    <Screen
      title="Certificate of erasure"
      above={<a href="/contacts/erasures">Erasures</a>}
      actions={
        <button type="button" onClick={() => print()}>
          Print
        </button>
      }
    >
      <ProblemNote error={problem} />
      {!found && !problem && <p class="quiet">Loading …</p>}
      {found && (
        <div class="certificate">
          <p>
            Contact {found.contact_id} was erased. The key of its data was destroyed; neither the data nor what the audit
            trail holds of it can be read any more.
          </p>
          <Facts>
            <Fact name="Contact">{found.contact_id}</Fact>
            <Fact name="Erased">
              {fullIn(viewerZone, new Date(found.erased_at))} {viewerZone}
            </Fact>
            <Fact name="By">{found.erased_by}</Fact>
            <Fact name="Reason">{found.reason}</Fact>
            <Fact name="Data key">{found.data_key_id}</Fact>
            <Fact name="Audit entry">{found.audit_seq}</Fact>
            <Fact name="Its hash">{found.audit_hash && <code class="command">{found.audit_hash}</code>}</Fact>
          </Facts>
          <p class="quiet">
            To check it: <code>autom8 audit verify</code> proves the trail whole, and{' '}
            <code>autom8 audit list --object-type contact --object-id {found.contact_id} --json</code> shows the entry and its
            hash.
          </p>
        </div>
      )}
    </Screen>
  );
}

function MayNot() {
  return (
    <Screen title="Erasures" above={<a href="/contacts">Contacts</a>}>
      <p class="note">Only admins erase contacts, and see the certificates.</p>
    </Screen>
  );
}

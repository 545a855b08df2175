// Where a contact was: that it was erased, as far as the reader may know.
import { Problem, readNow } from '../api/client';
import type { Certificate } from '../api/types';
import { useLoaded } from '../loaded';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Screen } from '../parts/screen';
import { can } from '../session';

export function ContactGone({ id }: { id: number }) {
  const loaded = useLoaded(String(id), (signal) => certificateOf(id, signal));
  const found = loaded.data.value;
  const problem = loaded.problem.value;
  return (
    <Screen title={found ? `Contact ${id} was erased` : `No contact ${id}`} above={<a href="/contacts">Contacts</a>}>
      <ProblemNote error={problem} />
      {found === undefined && !problem && <p class="quiet">Loading …</p>}
      {found === null && <p>There is no contact {id}. It may have been erased, or merged into another.</p>}
      {found && (
        <>
          <p>
            Erased <Moment at={found.erased_at} /> by {found.erased_by}. Nothing of it can be read any more.
          </p>
          {found.reason && <p>Reason: {found.reason}</p>}
          <p>
            <a href={`/contacts/erasures/${id}`}>See the certificate</a>
          </p>
        </>
      )}
    </Screen>
  );
}

/** Null where there is none, or the reader may not see it. */
async function certificateOf(id: number, signal: AbortSignal): Promise<Certificate | null> {
  if (!can('contacts:erase')) return null;
  try {
    return await readNow<Certificate>(`/contacts/erasures/${id}`, { signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

// Checks the whole trail in steps, and says what was proven, up to which checkpoint, and what is not yet.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { readNow, withQuery } from '../api/client';
import type { AuditVerification } from '../api/types';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';

export function AuditCheck() {
  const found = useSignal<AuditVerification | null>(null);
  const running = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  const check = async () => {
    const { signal } = (abort.current = new AbortController());
    running.value = true;
    problem.value = found.value = null;
    try {
      let cursor: string | null = null;
      do {
        const step: AuditVerification = await readNow<AuditVerification>(
          withQuery('/audit/verification', { cursor }), { signal },
        );
        found.value = step;
        cursor = step.next;
      } while (cursor !== null);
    } catch (error) {
      if (!signal.aborted) problem.value = error as Error;
    }
    running.value = false;
  };

  return (
    <section class="audit-check" aria-label="Proof">
      <div class="actions">
        <button type="button" disabled={running.value} onClick={check}>
          Check the trail
        </button>
        <a class="button" href="/api/v1/audit/export" download>
          Export
        </a>
      </div>
      <ProblemNote error={problem.value} />
      {running.value && <Progress found={found.value} />}
      {!running.value && !problem.value && found.value && <Result found={found.value} />}
    </section>
  );
}

function Progress({ found }: { found: AuditVerification | null }) {
  return (
    <progress aria-label="Checking the trail" max={Math.max(found?.total ?? 1, 1)} value={found?.last ?? 0} />
  );
}

function Result({ found }: { found: AuditVerification }) {
  if (!found.ok) {
    return (
      <div class="problem" role="alert">
        <p>
          Entry {found.first_bad} is bad: {found.what}.
        </p>
        <p>{found.last === 0 ? 'No entry before it was found good.' : `Good are the entries up to ${found.last}.`}</p>
      </div>
    );
  }
  const { checkpoints, uncovered_from: from } = found;
  return (
    <div class="note" role="status">
      <p>{found.last === 0 ? 'There are no entries yet.' : `Nothing is wrong with entries 1 to ${found.last}.`}</p>
      {checkpoints.at && (
        <p>
          Signed checkpoints prove them up to entry {checkpoints.size}, as they were at <Moment at={checkpoints.at} />.
        </p>
      )}
      {from !== null && <p>No checkpoint covers the entries from {from} on yet.</p>}
      {checkpoints.strangers.length > 0 && (
        <p>Checkpoints that another key signed count for nothing here: {checkpoints.strangers.join(', ')}.</p>
      )}
      <p class="quiet">
        Only a checkpoint that is kept elsewhere shows that the end was cut off, or everything rebuilt: export the
        trail, and check it with <code>autom8 audit verify</code>.
      </p>
      {found.last_hash && <p class="quiet hash">{found.last_hash}</p>}
    </div>
  );
}

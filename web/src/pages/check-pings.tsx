// The pings of a check, the latest first, each with what its job sent along.
import { useSignal } from '@preact/signals';
import { readNow, withQuery } from '../api/client';
import type { Ping, WholePing } from '../api/alerts';
import type { Page } from '../api/types';
import { bytes } from '../format/amounts';
import { duration } from '../format/time';
import { useLive } from '../live';
import { useLoaded } from '../loaded';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { query } from '../router';

const EVERY_MS = 3_000;

export function Pings({ id }: { id: number }) {
  const live = useLive<Page<Ping>>(withQuery(`/checks/${id}/pings`, { cursor: query.value.get('cursor') }), { everyMs: EVERY_MS });
  const pings = live.data.value?.items ?? [];
  if (!pings.length) return null;
  return (
    <>
      <table class="cards">
        <caption>Pings</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Took</th>
            <th scope="col">From</th>
            <th scope="col">Sent along</th>
          </tr>
        </thead>
        <tbody>
          {pings.map((ping) => (
            <tr key={ping.id}>
              <td data-label="When">
                <Moment at={ping.at} />
              </td>
              <td data-label="What">{pingInWords(ping)}</td>
              <td data-label="Took">{ping.duration_s === null ? '–' : duration(ping.duration_s)}</td>
              <td data-label="From">{[ping.address, ping.agent].filter(Boolean).join(', ')}</td>
              <td data-label="Sent along">
                {ping.body_bytes ? <SentAlong of={`/checks/${id}/pings/${ping.id}`} size={ping.body_bytes} /> : '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager next={live.data.value?.next} />
    </>
  );
}

function pingInWords({ kind, exit_code, late }: Ping): string {
  return [kind, exit_code !== null && `exit code ${exit_code}`, late && 'late'].filter(Boolean).join(', ');
}

/** Read once it is opened: it may be long, and most are never looked at. */
function SentAlong({ of, size }: { of: string; size: number }) {
  const isOpen = useSignal(false);
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{bytes(size)}</summary>
      {isOpen.value && <Body of={of} />}
    </details>
  );
}

function Body({ of }: { of: string }) {
  const loaded = useLoaded(of, (signal) => readNow<WholePing>(of, { signal }));
  const ping = loaded.data.value;
  if (!ping) return <ProblemNote error={loaded.problem.value} />;
  return (
    <>
      <pre class="said" tabIndex={0} aria-label="Sent along">
        {ping.body}
      </pre>
      {ping.cut && <p class="quiet">Only its beginning is kept.</p>}
    </>
  );
}

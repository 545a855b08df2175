// The way to the incidents, with how many are open: seen on every page, and read out when it changes.
import { useEffect, useRef } from 'preact/hooks';
import type { IncidentCounts } from '../api/alerts';
import { counted } from '../format/amounts';
import { useLive } from '../live';
import { tell } from '../parts/notices';

const EVERY_MS = 10_000;

export function IncidentsPlace({ here }: { here: boolean }) {
  const live = useLive<IncidentCounts>('/incidents/counts', { everyMs: EVERY_MS });
  const counts = live.data.value;
  const open = counts && counts.critical + counts.warning + counts.info;
  useChangeTold(open);
  return (
    <a href="/incidents" aria-current={here ? 'page' : undefined}>
      Incidents
      {Boolean(open) && (
        <span class={counts?.critical ? 'count bad' : 'count'}>
          {open} <span class="unseen">open</span>
        </span>
      )}
    </a>
  );
}

function useChangeTold(open: number | undefined): void {
  const before = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (before.current !== undefined && open !== undefined && open !== before.current) tell(`${counted(open, 'incident')} open`);
    before.current = open;
  }, [open]);
}

// The latest pings of a check as bars, oldest to the left: tall for an end that was good, cut for one that was not.
import type { Ping } from '../api/alerts';
import { fullIn, viewerZone } from '../format/time';

export const BARS = 30;
const WIDTH = 8;
const HEIGHT = 24;
const SHAPES: Record<Ping['kind'], string> = {
  success: 'M1 2h6v20H1z',
  fail: 'M1 2h6v6l-6 4zM7 10v12H1v-8z',
  start: 'M1 14h6v8H1z',
  log: 'M1 20h6v2H1z',
};
const COLOURS: Record<Ping['kind'], string> = { success: 'succeeded', fail: 'failed', start: 'running', log: 'queued' };

export function Bars({ name, pings }: { name: string; pings: readonly Ping[] }) {
  if (!pings.length) return <span class="quiet">no pings yet</span>;
  const shown = pings.slice(0, BARS).reverse();
  const start = BARS - shown.length;
  const told = shown.map((ping) => `${ping.kind}${ping.late ? ', late' : ''} at ${fullIn(viewerZone, new Date(ping.at))}`);
  return (
    <svg
      class="heartbeat" role="img" aria-label={`Last ${shown.length} pings of ${name}, the newest: ${told.at(-1)}`}
      viewBox={`0 0 ${BARS * WIDTH} ${HEIGHT}`} width={BARS * WIDTH} height={HEIGHT} preserveAspectRatio="xMinYMid"
    >
      {shown.map((ping, index) => (
        <g key={ping.id} class={`beat run-${ping.late && ping.kind === 'success' ? 'missed' : COLOURS[ping.kind]}`}>
          <title>{told[index]}</title>
          <path d={SHAPES[ping.kind]} fill-rule="evenodd" transform={`translate(${(start + index) * WIDTH} 0)`} />
        </g>
      ))}
    </svg>
  );
}

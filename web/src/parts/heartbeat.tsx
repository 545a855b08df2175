// The last runs of a task as a bar, oldest to the left. One tab stop; arrow keys move within.
import { memo } from './memo';
import type { RunBrief, RunState } from '../api/types';
import { briefly } from '../format/runs';
import { fullIn, viewerZone } from '../format/time';

export const BEATS = 30;
const WIDTH = 8;
const HEIGHT = 24;

// What the eye can tell without colour: full, crossed, hollow, low, rising.
const SHAPES: Record<RunState, string> = {
  succeeded: 'M1 2h6v20H1z',
  failed: 'M1 2h6v6l-6 4zM7 10v12H1v-8z',
  timed_out: 'M1 2h6v12H1zM1 18h6v4H1z',
  lost: 'M1 2h6v4H1zM1 10h6v4H1zM1 18h6v4H1z',
  missed: 'M1 2h6v20H1zM3 4v16h2V4z',
  cancelled: 'M1 10h6v12H1z',
  skipped: 'M1 18h6v4H1z',
  queued: 'M1 20h6v2H1z',
  claimed: 'M1 14h6v8H1z',
  running: 'M1 6h6v16H1z',
};

/** Redrawn only when a run in it has changed. */
export const Heartbeat = memo(HeartbeatBar, (props) => props.name + props.runs.map((run) => run.id + run.state).join());

function HeartbeatBar({ name, runs }: { name: string; runs: readonly RunBrief[] }) {
  const beats = runs.slice(0, BEATS).reverse();
  if (!beats.length) return <span class="quiet">no runs yet</span>;
  const start = BEATS - beats.length;
  return (
    <svg
      class="heartbeat" role="group" aria-label={`Last ${beats.length} runs of ${name}, newest last`}
      viewBox={`0 0 ${BEATS * WIDTH} ${HEIGHT}`} width={BEATS * WIDTH} height={HEIGHT}
      preserveAspectRatio="xMinYMid" onKeyDown={move}
    >
      {beats.map((run, index) => (
        <Beat key={run.id} run={run} x={(start + index) * WIDTH} first={index === beats.length - 1} />
      ))}
    </svg>
  );
}

function Beat({ run, x, first }: { run: RunBrief; x: number; first: boolean }) {
  const at = run.started_at ?? run.slot_at;
  const label = briefly(run, at ? fullIn(viewerZone, new Date(at)) : '');
  return (
    <a href={`/runs/${run.id}`} aria-label={label} tabindex={first ? 0 : -1} class={`beat run-${run.state}`}>
      <title>{label}</title>
      <rect class="beat-hit" x={x} y="0" width={WIDTH} height={HEIGHT} />
      <path d={SHAPES[run.state]} fill-rule="evenodd" transform={`translate(${x} 0)`} />
    </a>
  );
}

function move(event: KeyboardEvent): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  const beats = [...(event.currentTarget as SVGElement).querySelectorAll<SVGAElement>('a')];
  const from = beats.indexOf(document.activeElement as unknown as SVGAElement);
  const to = beats[from + step];
  if (!to) return;
  event.preventDefault();
  beats[from]?.setAttribute('tabindex', '-1');
  to.setAttribute('tabindex', '0');
  to.focus();
}

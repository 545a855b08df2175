// The shapes of the page: each state has one of its own, so that none rests on colour alone.
import type { RunState } from '../api/types';

const STATE_PATHS: Record<RunState, string> = {
  queued: 'M4 8h.01M8 8h.01M12 8h.01',
  claimed: 'M6 4.5l5 3.5-5 3.5z',
  running: 'M6 4.5l5 3.5-5 3.5z',
  succeeded: 'M3.5 8.5l3 3 6-7',
  failed: 'M4 4l8 8M12 4l-8 8',
  timed_out: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.3',
  cancelled: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 4.2l7.6 7.6',
  skipped: 'M4 4l4 4-4 4M8 4l4 4-4 4',
  missed: 'M8 2.5v7M8 13h.01',
  lost: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9 8 10M8 13h.01',
};

const PATHS = {
  active: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  paused: 'M5.5 4v8M10.5 4v8',
  failing: 'M8 2.5L14 13H2zM8 6.5v3M8 11.3h.01',
  critical: 'M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5zM8 4.8v3.7M8 11h.01',
  warning: 'M8 2.5L14 13H2zM8 6.5v3M8 11.3h.01',
  info: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 7.5V11M8 5h.01',
  open: 'M8 2.5v7M8 13h.01',
  acknowledged: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M5.5 8.2l1.8 1.8 3.2-3.8',
  resolved: 'M3.5 8.5l3 3 6-7',
  new: 'M4 8h.01M8 8h.01M12 8h.01',
  up: 'M3.5 8.5l3 3 6-7',
  late: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2 1.3',
  down: 'M4 4l8 8M12 4l-8 8',
  play: 'M5 3.5l7 4.5-7 4.5z',
  pause: 'M5.5 4v8M10.5 4v8',
  resume: 'M3.5 4v8M7 4l6 4-6 4z',
  plus: 'M8 3v10M3 8h10',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7',
  moon: 'M12.5 10A5.5 5.5 0 0 1 6 3.5 5.5 5.5 0 1 0 12.5 10z',
  auto: 'M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11',
  close: 'M4 4l8 8M12 4l-8 8',
} as const;

export type IconName = keyof typeof PATHS;

function Glyph({ path, filled = false }: { path: string; filled?: boolean }) {
  return (
    <svg class={filled ? 'glyph filled' : 'glyph'} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

export function Icon({ name }: { name: IconName }) {
  return <Glyph path={PATHS[name]} filled={name === 'active' || name === 'play'} />;
}

export function StateIcon({ state }: { state: RunState }) {
  return <Glyph path={STATE_PATHS[state]} filled={state === 'running'} />;
}

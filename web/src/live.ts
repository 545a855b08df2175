// The one poller: asks again every second while the page is watched, every minute when hidden.
// Nothing else in the page sets a timer to fetch.
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { budgetLeft, Problem, read, Unreachable } from './api/client';

const WATCHED_MS = 1_000;
const HIDDEN_MS = 60_000;
const UNREACHABLE_MS = 3_000;
const REFUSED_MS = 10_000;

/** One round of asking: `again` later, or `done` because nothing more can come. */
export type Step = (abort: AbortSignal) => Promise<'again' | 'done'>;

interface Circumstances {
  hidden: boolean;
  left: number;
  everyMs: number;
}

/** How long to wait before asking again. */
export function waitAfter(error: unknown, { hidden, left, everyMs }: Circumstances): number {
  if (error instanceof Problem) return error.retryAfterS ? error.retryAfterS * 1000 : REFUSED_MS;
  if (error instanceof Unreachable) return UNREACHABLE_MS;
  if (hidden) return HIDDEN_MS;
  // Several tabs share one budget of requests: near its end each slows down instead of failing.
  return everyMs * (left < 20 ? 10 : left < 60 ? 3 : 1);
}

export interface Polling {
  /** Asks at once, also when it was done. */
  wake(): void;
  stop(): void;
}

export function poll(step: Step, { everyMs = WATCHED_MS, failed = (_: unknown) => {} } = {}): Polling {
  const abort = new AbortController();
  let timer = 0;
  let asking = false;
  let wanted = false; // woken while asking: the answer under way may be too old
  let done = false;

  const round = async (): Promise<void> => {
    if (asking) return void (wanted = true);
    clearTimeout(timer);
    asking = true;
    let error: unknown = null;
    try {
      done = (await step(abort.signal)) === 'done';
    } catch (thrown) {
      error = thrown;
    }
    asking = false;
    if (abort.signal.aborted) return;
    if (error) failed(error);
    if (wanted) {
      wanted = false;
      return round();
    }
    if (done) return;
    timer = setTimeout(round, waitAfter(error, { hidden: document.hidden, left: budgetLeft.peek(), everyMs }));
  };
  const attend = () => void (document.hidden || done || round());

  document.addEventListener('visibilitychange', attend);
  addEventListener('online', attend);
  void round();
  return {
    wake: () => void (abort.signal.aborted || round()),
    stop() {
      abort.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', attend);
      removeEventListener('online', attend);
    },
  };
}

export interface Live<T> {
  /** The newest answer; undefined before the first. */
  data: Signal<T | undefined>;
  /** Why the last asking failed; null once an answer has come. */
  problem: ReadonlySignal<Error | null>;
  /** Asks again at once, as after a change of our own. */
  refresh(): void;
}

/** Keeps `path` up to date for as long as the component is shown; `until` lets it rest. */
export function useLive<T>(path: string, { everyMs = WATCHED_MS, until = (_: T): boolean => false } = {}): Live<T> {
  const live = useMemo(() => newLive<T>(), [path]);
  useEffect(() => {
    let etag: string | null = null;
    const step: Step = async (abort) => {
      const answer = await read<T>(path, { etag, signal: abort });
      if (answer) {
        etag = answer.etag;
        live.data.value = answer.data;
      }
      live.problem.value = null;
      const newest = live.data.peek();
      return newest !== undefined && until(newest) ? 'done' : 'again';
    };
    const polling = poll(step, { everyMs, failed: (error) => (live.problem.value = error as Error) });
    live.refresh = polling.wake;
    return polling.stop;
  }, [path]);
  return live;
}

function newLive<T>() {
  return { data: signal<T | undefined>(undefined), problem: signal<Error | null>(null), refresh: () => {} };
}

// Something that is read once, and again when asked: what is personal is not polled for.
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';

export interface Loaded<T> {
  /** The newest answer; undefined before the first. */
  data: Signal<T | undefined>;
  /** Why the last asking failed; null once an answer has come. */
  problem: Signal<Error | null>;
  reload(): Promise<void>;
}

/** Asks when the component is shown, and whenever `key` becomes another; late answers to older keys are dropped. */
export function useLoaded<T>(key: string, ask: (abort: AbortSignal) => Promise<T>): Loaded<T> {
  const loaded = useMemo(() => ({ data: signal<T>(), problem: signal<Error | null>(null), reload: async () => {} }), []);
  useEffect(() => {
    const abort = new AbortController();
    loaded.reload = async () => {
      try {
        const found = await ask(abort.signal);
        if (abort.signal.aborted) return;
        loaded.data.value = found;
        loaded.problem.value = null;
      } catch (error) {
        if (!abort.signal.aborted) loaded.problem.value = error as Error;
      }
    };
    void loaded.reload();
    return () => abort.abort();
  }, [key]);
  return loaded as Loaded<T>;
}

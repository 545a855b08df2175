// What things are called that something else knows by their number; without those that the reader may not see, and
// those that are gone.
import { readNow } from './api/client';
import type { Scope } from './api/types';
import { useLoaded } from './loaded';
import { can } from './session';

const PLACES = {
  task: ['/tasks', 'tasks:read'],
  check: ['/checks', 'checks:read'],
  channel: ['/channels', 'channels:read'],
  contact: ['/contacts', 'contacts:read'],
  policy: ['/escalation-policies', 'oncall:read'],
} as const satisfies Record<string, readonly [string, Scope]>;

export type Named = keyof typeof PLACES;
export type Names = ReadonlyMap<number, string>;

/** The names by number; at first, none. `ids` are those of one page of something: each is asked for by itself. */
export function useNames(kind: Named, ids: readonly number[]): Names {
  const wanted = [...new Set(ids)].sort((one, other) => one - other);
  const loaded = useLoaded(`${kind} ${wanted}`, (signal) => readNames(kind, wanted, signal));
  return loaded.data.value ?? new Map();
}

async function readNames(kind: Named, ids: readonly number[], signal: AbortSignal): Promise<Names> {
  if (!ids.length) return new Map();
  const [path, scope] = PLACES[kind];
  if (!can(scope)) return new Map();
  const name = (id: number) => readNow<{ name: string }>(`${path}/${id}`, { signal }).catch(() => null);
  const found = await Promise.all(ids.map(async (id) => [id, (await name(id))?.name] as const));
  return new Map(found.filter((each): each is [number, string] => each[1] !== undefined));
}

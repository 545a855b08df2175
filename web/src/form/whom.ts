// Whom a turn or a step can name, read when its form is opened; of each kind as far as the reader may see it.
import { readNow, withQuery } from '../api/client';
import type { Page, Scope } from '../api/types';
import type { Person } from '../api/oncall';
import { can } from '../session';
import type { OptionGroup } from './listed';

const PAGES_MAX = 25; // of 200 each: a longer list is none to choose from

async function all(path: string, scope: Scope): Promise<Person[]> {
  const found: Person[] = [];
  if (!can(scope)) return found;
  let cursor: string | null = null;
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const page: Page<Person> = await readNow(withQuery(path, { limit: 200, cursor }));
    found.push(...page.items);
    cursor = page.next;
    if (!cursor) break;
  }
  return found;
}

/** Those of one kind; who shares a name is told apart by number. */
function group(legend: string, prefix: string, found: readonly Person[]): OptionGroup {
  const often = new Map<string, number>();
  for (const { name } of found) often.set(name, (often.get(name) ?? 0) + 1);
  const options = found.map(({ id, name }) => [`${prefix}${id}`, often.get(name)! > 1 ? `${name} (${id})` : name] as const);
  return { legend, options };
}

/** Contacts, by number. */
export async function readPeople(): Promise<OptionGroup> {
  return group('Contacts', '', await all('/contacts', 'contacts:read'));
}

/** All that a step of a policy can tell, as targets. */
export async function readTargets(): Promise<OptionGroup[]> {
  const [schedules, groups, contacts, channels] = await Promise.all([
    all('/oncall/schedules', 'oncall:read'), all('/groups', 'contacts:read'), all('/contacts', 'contacts:read'),
    all('/channels', 'channels:read'),
  ]);
  return [
    group('On-call schedules', 'schedule:', schedules), group('Groups', 'group:', groups),
    group('Contacts', 'contact:', contacts), group('Channels', 'channel:', channels),
  ];
}

// What may be done with several contacts at once.
import { useSignal } from '@preact/signals';
import { idempotencyKey, readNow, write } from '../api/client';
import type { ContactGroup, Page } from '../api/types';
import { counted } from '../format/amounts';
import { useLoaded } from '../loaded';
import { attempt, say } from '../parts/notices';

const ACTIONS = [
  ['tag', 'Tag'],
  ['untag', 'Take a tag off'],
  ['add_to_group', 'Add to a group'],
  ['remove_from_group', 'Take out of a group'],
] as const;

export function BulkBar({ chosen, done }: { chosen: ReadonlySet<number>; done: () => void }) {
  const action = useSignal<string>('tag');
  const value = useSignal('');
  const groups = useLoaded('groups', () => readNow<Page<ContactGroup>>('/groups?limit=200'));
  if (!chosen.size) return null;
  const grouping = action.value.endsWith('group');
  const apply = async () => {
    const what = grouping ? { group_id: Number(value.peek()) } : { tag: value.peek() };
    const body = { ids: [...chosen], action: action.peek(), ...what };
    const fate = await write<{ changed: number }>('POST', '/contacts/bulk', { body, key: idempotencyKey() });
    say(`${counted(fate.changed, 'contact')} changed`);
    done();
  };
  return (
    <form
      class="filters bulk" aria-label="Change the chosen contacts"
      onSubmit={(event) => {
        event.preventDefault();
        void attempt(apply);
      }}
    >
      <p>{counted(chosen.size, 'contact')} chosen</p>
      <label>
        <span class="unseen">What to do</span>
        <select value={action.value} onChange={(event) => ((action.value = event.currentTarget.value), (value.value = ''))}>
          {ACTIONS.map(([name, words]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">{grouping ? 'Which group' : 'Which tag'}</span>
        {grouping ? (
          <select required value={value.value} onChange={(event) => (value.value = event.currentTarget.value)}>
            <option value="">Choose a group</option>
            {groups.data.value?.items.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        ) : (
          <input required placeholder="Tag" value={value.value} onInput={(event) => (value.value = event.currentTarget.value)} />
        )}
      </label>
      <button type="submit">Apply</button>
    </form>
  );
}

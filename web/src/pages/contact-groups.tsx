// Groups of contacts: made, renamed and removed. Who is in one is changed with contacts.
import { useSignal } from '@preact/signals';
import { type Answer, idempotencyKey, readNow, write } from '../api/client';
import type { ContactGroup, Page } from '../api/types';
import { useAnswer } from '../form/answer';
import { counted } from '../format/amounts';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Newest } from '../parts/newest';
import { ProblemNote, say, Wrong } from '../parts/notices';
import { Removal } from '../parts/removal';
import { RowActions } from '../parts/row-actions';
import { Screen } from '../parts/screen';
import { can } from '../session';
import type { QuestionProps } from './question';

type Asking = { kind: 'new' } | { kind: 'change' | 'remove'; group: ContactGroup } | null;

export function GroupsPage() {
  const loaded = useLoaded('groups', (signal) => readNow<Page<ContactGroup>>('/groups?limit=200', { signal }));
  const asking = useSignal<Asking>(null);
  const groups = loaded.data.value?.items;
  const done = (text: string) => {
    asking.value = null;
    say(text);
    void loaded.reload();
  };
  const close = () => (asking.value = null);
  const asked = asking.value;
  return (
    <Screen
      title="Groups" above={<a href="/contacts">Contacts</a>}
      actions={
        can('contacts:write') && (
          <button type="button" class="primary" onClick={() => (asking.value = { kind: 'new' })}>
            New group
          </button>
        )
      }
    >
      <ProblemNote error={loaded.problem.value} />
      {!groups && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {groups?.length === 0 && <p class="note">There is no group yet, such as a team or who is on call.</p>}
      {groups && groups.length > 0 && <GroupTable groups={groups} ask={(next) => (asking.value = next)} />}
      {asked?.kind === 'new' && <NameQuestion close={close} done={done} />}
      {asked?.kind === 'change' && (
        <Newest<ContactGroup> path={`/groups/${asked.group.id}`}>{(seen) => <NameQuestion seen={seen} close={close} done={done} />}</Newest>
      )}
      {asked?.kind === 'remove' && (
        <Removal
          path={`/groups/${asked.group.id}`} title={`Remove ${asked.group.name}?`} action="Remove the group" close={close}
          done={() => done(`${asked.group.name} is removed`)}
        >
          <p>Its {counted(asked.group.members, 'member')} stay contacts.</p>
        </Removal>
      )}
    </Screen>
  );
}

function GroupTable({ groups, ask }: { groups: readonly ContactGroup[]; ask: (asking: Asking) => void }) {
  const mayChange = can('contacts:write');
  return (
    <table class="cards">
      <caption class="unseen">Groups</caption>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col">Description</th>
          <th scope="col">Contacts</th>
          {mayChange && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.id}>
            <th scope="row" class="cell-name">
              <a href={`/contacts?group=${group.id}`}>{group.name}</a>
            </th>
            <td>{group.description}</td>
            <td data-label="Contacts">{group.members}</td>
            {mayChange && <RowActions name={group.name} edit={() => ask({ kind: 'change', group })} remove={() => ask({ kind: 'remove', group })} />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function NameQuestion({ seen, close, done }: QuestionProps & { seen?: Answer<ContactGroup> }) {
  const group = seen?.data;
  const name = useSignal(group?.name ?? '');
  const description = useSignal(group?.description ?? '');
  const { wrong, answer } = useAnswer();
  const save = async () => {
    const body = { name: name.peek(), description: description.peek() };
    if (seen) await write('PATCH', `/groups/${seen.data.id}`, { body, etag: seen.etag });
    else await write('POST', '/groups', { body, key: idempotencyKey() });
    done(`${body.name} is ${group ? 'saved' : 'made'}`);
  };
  return (
    <Question
      title={group ? `Edit ${group.name}` : 'New group'} action={group ? 'Save' : 'Make the group'} onClose={close}
      onAnswer={() => answer(save)}
    >
      <Wrong text={wrong.whole ?? ''} />
      <Field label="Name" wrong={wrong.name}>
        {(control) => <input {...control} autofocus value={name.value} onInput={(event) => (name.value = event.currentTarget.value)} />}
      </Field>
      <Field label="Description" wrong={wrong.description}>
        {(control) => (
          <input {...control} value={description.value} onInput={(event) => (description.value = event.currentTarget.value)} />
        )}
      </Field>
    </Question>
  );
}

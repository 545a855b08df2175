// Who may sign in, for administrators: all of them, and a way to one more.
import { useSignal } from '@preact/signals';
import { withQuery } from '../api/client';
import type { Account } from '../api/access';
import type { Page } from '../api/types';
import { UserForm } from '../account/user-form';
import { useLive } from '../live';
import { Moment } from '../parts/moment';
import { ProblemNote } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query } from '../router';
import { can } from '../session';

const EVERY_MS = 5_000;

export function UsersPage() {
  if (can('users:read')) return <Users />;
  return (
    <Screen title="Users">
      <p class="note">Only admins can see the users. Ask one of them, or sign in as one.</p>
    </Screen>
  );
}

function Users() {
  const live = useLive<Page<Account>>(withQuery('/users', { cursor: query.value.get('cursor') }), { everyMs: EVERY_MS });
  const adding = useSignal(false);
  const users = live.data.value?.items;
  const add = can('users:write') && (
    <button type="button" class="primary" onClick={() => (adding.value = true)}>
      Add a user
    </button>
  );
  return (
    <Screen title="Users" actions={!adding.value && add}>
      {adding.value && <UserForm back={() => (adding.value = false)} added={live.refresh} />}
      <ProblemNote error={live.problem.value} />
      {!users && !live.problem.value && <p class="quiet">Loading …</p>}
      {users?.length === 0 && <p class="note">Nobody has an account here yet.</p>}
      {users && users.length > 0 && <UserTable users={users} />}
      <Pager next={live.data.value?.next} />
    </Screen>
  );
}

function UserTable({ users }: { users: readonly Account[] }) {
  return (
    <table class="cards access">
      <caption class="unseen">Users, by name</caption>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">State</th>
          <th scope="col">Second factor</th>
          <th scope="col">Last signed in</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr key={user.id} class={user.disabled ? 'over' : ''}>
            <td class="cell-name">
              <a href={`/users/${user.id}`}>{user.name}</a>
            </td>
            <td data-label="Role">{user.role}</td>
            <td data-label="State">{user.disabled ? 'disabled' : 'active'}</td>
            <td data-label="Second factor">{user.second_factor ? 'on' : 'none'}</td>
            <td data-label="Last signed in">{user.last_login_at ? <Moment at={user.last_login_at} /> : 'never'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

// One user, for administrators: what they may, and what lets them in.
import { write } from '../api/client';
import type { Account, ApiKey, OpenSession } from '../api/access';
import type { Page } from '../api/types';
import { KeyTable } from '../account/keys';
import { Sessions } from '../account/sessions';
import { FactorOfUser, RemoveUser, UserSettings } from '../account/user-settings';
import { useLive } from '../live';
import { Fact, Facts } from '../parts/facts';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Screen } from '../parts/screen';
import { can } from '../session';

const EVERY_MS = 10_000;

export function UserPage({ id }: { id: number }) {
  if (can('users:read')) return <Known id={id} />;
  return (
    <Screen title="User">
      <p class="note">Only admins can see the users. Ask one of them, or sign in as one.</p>
    </Screen>
  );
}

function Known({ id }: { id: number }) {
  const live = useLive<Account>(`/users/${id}`, { everyMs: EVERY_MS });
  const user = live.data.value;
  return (
    <Screen title={user?.name ?? 'User'} above={<a href="/users">Users</a>}>
      <ProblemNote error={live.problem.value} />
      {!user && !live.problem.value && <p class="quiet">Loading …</p>}
      {user && <Shown user={user} show={(changed) => (live.data.value = changed)} refresh={live.refresh} />}
    </Screen>
  );
}

interface ShownProps {
  user: Account;
  show: (changed: Account) => void;
  refresh: () => void;
}

function Shown({ user, show, refresh }: ShownProps) {
  const mayChange = can('users:write');
  return (
    <>
      <Facts>
        <Fact name="State">{user.disabled ? 'disabled' : 'active'}</Fact>
        <Fact name="Role">{user.role}</Fact>
        <Fact name="Signs in by">{[user.has_password && 'password', user.provider && 'provider'].filter(Boolean).join(', ')}</Fact>
        <Fact name="Added">
          <Moment at={user.created_at} />
        </Fact>
        <Fact name="Last signed in">{user.last_login_at ? <Moment at={user.last_login_at} /> : 'never'}</Fact>
      </Facts>
      <div class="sections">
        {mayChange && <UserSettings user={user} show={show} />}
        <FactorOfUser user={user} mayRemove={mayChange} refresh={refresh} />
        <SessionsOfUser user={user} mayEnd={mayChange} />
        <KeysOfUser user={user} mayRevoke={mayChange} />
        {mayChange && <RemoveUser user={user} />}
      </div>
    </>
  );
}

function SessionsOfUser({ user, mayEnd }: { user: Account; mayEnd: boolean }) {
  const path = `/users/${user.id}/sessions`;
  const live = useLive<Page<OpenSession>>(path, { everyMs: EVERY_MS });
  const endAll = async () => {
    await write('DELETE', path);
    say(`All sessions of ${user.name} have ended`);
    live.refresh();
  };
  return (
    <section>
      <h2>Where they are signed in</h2>
      <Sessions live={live} path={path} mayEnd={mayEnd} />
      {mayEnd && Boolean(live.data.value?.items.length) && (
        <div class="actions">
          <button type="button" onClick={() => void attempt(endAll)}>
            End all
          </button>
        </div>
      )}
    </section>
  );
}

function KeysOfUser({ user, mayRevoke }: { user: Account; mayRevoke: boolean }) {
  const path = `/users/${user.id}/keys`;
  const live = useLive<Page<ApiKey>>(`${path}?limit=200`, { everyMs: EVERY_MS });
  return (
    <section>
      <h2>API keys</h2>
      <ProblemNote error={live.problem.value} />
      {live.data.value && (
        <KeyTable keys={live.data.value.items} path={path} mayRevoke={mayRevoke} refresh={live.refresh} />
      )}
    </section>
  );
}

// One's own account: password, second factor, sessions, API keys.
import { write } from '../api/client';
import type { OpenSession } from '../api/access';
import type { Page } from '../api/types';
import { FactorSection } from '../account/factor';
import { KeysSection } from '../account/keys';
import { PasswordSection } from '../account/password';
import { Sessions } from '../account/sessions';
import { useLive } from '../live';
import { attempt, say } from '../parts/notices';
import { Screen } from '../parts/screen';
import { session } from '../session';

const EVERY_MS = 30_000;

export function AccountPage() {
  const user = session.value?.user;
  if (user) return <Own name={user.name} role={user.role} />;
  return (
    <Screen title="Account">
      <p class="note">You are here as the operator of this machine, who has no account. Sign in with a name to have one.</p>
    </Screen>
  );
}

function Own({ name, role }: { name: string; role: string }) {
  const live = useLive<Page<OpenSession>>('/auth/sessions', { everyMs: EVERY_MS });
  const others = live.data.value?.items.some((each) => !each.current);
  const endOthers = async () => {
    await write('DELETE', '/auth/sessions');
    say('All your other sessions have ended');
    live.refresh();
  };
  return (
    <Screen title="Account">
      <p>
        You are {name}, {role}.
      </p>
      <div class="sections">
        <PasswordSection changed={live.refresh} />
        <FactorSection />
        <section>
          <h2>Where you are signed in</h2>
          <Sessions live={live} path="/auth/sessions" />
          {others && (
            <div class="actions">
              <button type="button" onClick={() => void attempt(endOthers)}>
                End all others
              </button>
            </div>
          )}
        </section>
        <KeysSection />
      </div>
    </Screen>
  );
}

// Where somebody is signed in, and an end to it.
import { write } from '../api/client';
import type { OpenSession } from '../api/access';
import type { Page } from '../api/types';
import { type Live } from '../live';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say } from '../parts/notices';

const METHODS: Record<OpenSession['method'], string> = {
  password: 'password',
  totp: 'password and code',
  recovery_code: 'password and recovery code',
  oidc: 'provider',
};

interface SessionsProps {
  live: Live<Page<OpenSession>>;
  /** Where they are: one's own, or a user's. */
  path: string;
  mayEnd?: boolean;
}

export function Sessions({ live, path, mayEnd = true }: SessionsProps) {
  const sessions = live.data.value?.items;
  const end = async (one: OpenSession) => {
    await write('DELETE', `${path}/${one.id}`);
    say('The session has ended');
    live.refresh();
  };
  return (
    <>
      <ProblemNote error={live.problem.value} />
      {!sessions && !live.problem.value && <p class="quiet">Loading …</p>}
      {sessions?.length === 0 && <p class="quiet">Nowhere.</p>}
      {sessions && sessions.length > 0 && (
        <table class="cards access">
          <caption class="unseen">Sessions, the last used first</caption>
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col">Signed in</th>
              <th scope="col">By</th>
              <th scope="col">Last used</th>
              {mayEnd && <th scope="col">End</th>}
            </tr>
          </thead>
          <tbody>
            {sessions.map((each) => (
              <SessionRow key={each.id} session={each} end={mayEnd ? end : null} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function SessionRow({ session, end }: { session: OpenSession; end: ((one: OpenSession) => Promise<void>) | null }) {
  return (
    <tr>
      <td class="cell-name">
        {agentName(session)} <span class="quiet">{session.address}</span>
      </td>
      <td data-label="Signed in">
        <Moment at={session.created_at} />
      </td>
      <td data-label="By">{METHODS[session.method]}</td>
      <td data-label="Last used">{session.current ? 'here, now' : <Moment at={session.used_at} />}</td>
      {end && (
        <td class="cell-actions">
          {!session.current && (
            <button type="button" aria-label={`End the session at ${session.address}`} onClick={() => void attempt(() => end(session))}>
              End
            </button>
          )}
        </td>
      )}
    </tr>
  );
}

/** What a browser or program says of itself, in few words. */
function agentName({ agent, kind }: OpenSession): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1];
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'macOS' };
  const said = [browser, system].filter(Boolean).map((word) => names[word!] ?? word!);
  return said.join(' on ') || agent.split(' ')[0]?.slice(0, 40) || (kind === 'cookie' ? 'A browser' : 'A program');
}

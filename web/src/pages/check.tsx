// One check: how it stands, where its job pings, and what came.
import { useSignal } from '@preact/signals';
import { Problem, withQuery, write } from '../api/client';
import type { Check, Ping } from '../api/alerts';
import type { Page } from '../api/types';
import { useAnswer } from '../form/answer';
import { zoneOf } from '../form/check';
import { durationText } from '../form/quantities';
import { duration } from '../format/time';
import { useLive } from '../live';
import { Bars, BARS } from '../parts/bars';
import { Question } from '../parts/dialog';
import { Fact, Facts } from '../parts/facts';
import { Moment } from '../parts/moment';
import { Newest } from '../parts/newest';
import { attempt, ProblemNote, say, Wrong } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Removal } from '../parts/removal';
import { Screen } from '../parts/screen';
import { Secret } from '../parts/secret';
import { CheckStateMark } from '../parts/state';
import { navigate, query } from '../router';
import { can } from '../session';
import { CheckQuestion } from './check-form';
import { NotFoundPage } from './not-found';

const EVERY_MS = 3_000;

export function CheckPage({ id }: { id: number }) {
  const live = useLive<Check>(`/checks/${id}?recent=${BARS}`, { everyMs: EVERY_MS });
  const check = live.data.value;
  const problem = live.problem.value;
  if (problem instanceof Problem && problem.status === 404) return <NotFoundPage />;
  return (
    <Screen
      title={check?.name ?? `Check ${id}`} above={<a href="/checks">Checks</a>}
      actions={check && can('checks:write') && <Actions check={check} refresh={live.refresh} />}
    >
      <ProblemNote error={problem} />
      {!check && !problem && <p class="quiet">Loading …</p>}
      {check && <CheckFacts check={check} />}
      <Pings id={id} />
    </Screen>
  );
}

function CheckFacts({ check }: { check: Check }) {
  return (
    <>
      {check.description && <p>{check.description}</p>}
      <Bars name={check.name} pings={check.recent} />
      <Facts>
        <Fact name="State">
          <CheckStateMark check={check} />
        </Fact>
        <Fact name="Pings">{check.cron ? `${check.cron}, ${zoneOf(check)}` : `every ${durationText(check.period_s ?? 86_400)}`}</Fact>
        <Fact name="Grace">{durationText(check.grace_s)}</Fact>
        <Fact name="Expected">{check.expected_at && <Moment at={check.expected_at} />}</Fact>
        <Fact name="Last ping">{check.last_ping_at && <Moment at={check.last_ping_at} />}</Fact>
        <Fact name="Last took">{check.last_duration_s !== null && duration(check.last_duration_s)}</Fact>
        <Fact name="Tags">{check.tags.join(', ')}</Fact>
      </Facts>
      {check.url && <Secret label="Address to ping" lines={[check.url]} />}
    </>
  );
}

function Actions({ check, refresh }: { check: Check; refresh: () => void }) {
  const asked = useSignal<'edit' | 'key' | 'remove' | null>(null);
  const close = () => (asked.value = null);
  const path = `/checks/${check.id}`;
  const done = (told: string) => {
    close();
    say(told);
    refresh();
  };
  const turn = () =>
    attempt(async () => {
      await write('POST', `${path}/${check.enabled ? 'pause' : 'resume'}`);
      done(check.enabled ? 'Paused' : 'Resumed');
    });
  return (
    <>
      <button type="button" onClick={() => (asked.value = 'edit')}>
        Edit
      </button>
      <button type="button" onClick={turn}>
        {check.enabled ? 'Pause' : 'Resume'}
      </button>
      <button type="button" onClick={() => (asked.value = 'key')}>
        New address
      </button>
      <button type="button" class="danger" onClick={() => (asked.value = 'remove')}>
        Remove
      </button>
      {asked.value === 'edit' && (
        <Newest<Check> path={path}>
          {(seen) => <CheckQuestion seen={seen} close={close} done={() => void (close(), refresh())} />}
        </Newest>
      )}
      {asked.value === 'key' && (
        <Newest<Check> path={path}>
          {({ etag }) => <RenewQuestion path={path} etag={etag} close={close} done={() => done('It has another address')} />}
        </Newest>
      )}
      {asked.value === 'remove' && (
        <Removal
          path={path} title={`Remove ${check.name}?`} action="Remove the check" close={close}
          done={() => void (say(`${check.name} is removed`), navigate('/checks'))}
        >
          <p>Its pings go with it, and its job's next ping is refused.</p>
        </Removal>
      )}
    </>
  );
}

interface RenewProps {
  path: string;
  etag: string | null;
  close: () => void;
  done: () => void;
}

function RenewQuestion({ path, etag, close, done }: RenewProps) {
  const { wrong, answer } = useAnswer();
  const renew = async () => {
    await write('POST', `${path}/key`, { etag });
    done();
  };
  return (
    <Question title="Give it another address?" action="New address" onClose={close} onAnswer={() => answer(renew)}>
      <Wrong text={wrong.whole ?? ''} />
      <p>The one that its job pings now is refused at once.</p>
    </Question>
  );
}

function Pings({ id }: { id: number }) {
  const live = useLive<Page<Ping>>(withQuery(`/checks/${id}/pings`, { cursor: query.value.get('cursor') }), { everyMs: EVERY_MS });
  const pings = live.data.value?.items ?? [];
  if (!pings.length) return null;
  return (
    <>
      <table class="cards">
        <caption>Pings</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Took</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {pings.map((ping) => (
            <tr key={ping.id}>
              <td data-label="When">
                <Moment at={ping.at} />
              </td>
              <td data-label="What">{pingInWords(ping)}</td>
              <td data-label="Took">{ping.duration_s === null ? '–' : duration(ping.duration_s)}</td>
              <td data-label="From">{[ping.address, ping.agent].filter(Boolean).join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager next={live.data.value?.next} />
    </>
  );
}

function pingInWords({ kind, exit_code, late }: Ping): string {
  return [kind, exit_code !== null && `exit code ${exit_code}`, late && 'late'].filter(Boolean).join(', ');
}

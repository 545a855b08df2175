// One check: how it stands, where its job pings, and what came.
import { useSignal } from '@preact/signals';
import { Problem, withQuery, write } from '../api/client';
import type { Check, Incident } from '../api/alerts';
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
import { Removal } from '../parts/removal';
import { Screen } from '../parts/screen';
import { Secret } from '../parts/secret';
import { CheckStateMark, SeverityMark } from '../parts/state';
import { navigate } from '../router';
import { can } from '../session';
import { CheckQuestion } from './check-form';
import { Pings } from './check-pings';
import { NotFoundPage } from './not-found';

const EVERY_MS = 3_000;
const INCIDENTS_SHOWN = 10;

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
      <div class="standing">
        <span>
          <CheckStateMark check={check} />
        </span>
        <Bars name={check.name} pings={check.recent} />
      </div>
      <Facts>
        {can('alerts:read') && <WrongNow check={check} />}
        <Fact name="Pings">{check.cron ? `${check.cron}, ${zoneOf(check)}` : `every ${durationText(check.period_s ?? 86_400)}`}</Fact>
        <Fact name="Grace">{durationText(check.grace_s)}</Fact>
        <Fact name="Expected">{check.expected_at && <Moment at={check.expected_at} />}</Fact>
        <Fact name="Last ping">{check.last_ping_at && <Moment at={check.last_ping_at} />}</Fact>
        <Fact name="Last took">{check.last_duration_s !== null && duration(check.last_duration_s)}</Fact>
        <Fact name="Tags">{check.tags.join(', ')}</Fact>
        <Fact name="Told">{can('alerts:read') && <a href={`/rules?kind=check&id=${check.id}`}>Rules</a>}</Fact>
      </Facts>
      {check.url && <Secret label="Address to ping" lines={[check.url]} />}
    </>
  );
}

function WrongNow({ check }: { check: Check }) {
  const asked = { kind: 'check', object_id: check.id, state: 'open,acknowledged', limit: INCIDENTS_SHOWN };
  const incidents = useLive<Page<Incident>>(withQuery('/incidents', asked), { everyMs: EVERY_MS }).data.value?.items ?? [];
  return (
    <Fact name="Wrong now">
      {incidents.length > 0 &&
        incidents.map(({ id, severity, title }) => (
          <p key={id}>
            <SeverityMark severity={severity} /> <a href={`/incidents/${id}`}>{title}</a>
          </p>
        ))}
    </Fact>
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

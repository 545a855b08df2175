// What is known of a run beside its output.
import type { Attempt, Run } from '../api/types';
import { bytes, counted } from '../format/amounts';
import { ending, lateness, reasonInWords, tookSeconds } from '../format/runs';
import { duration } from '../format/time';
import { now } from '../parts/clock';
import { Fact, Facts } from '../parts/facts';
import { Ago, Countdown, Moment } from '../parts/moment';
import { RunStateMark } from '../parts/state';

const TRIGGER_WORDS = { schedule: 'its schedule', manual: 'hand', boot: 'the start of the machine' } as const;

export function RunFacts({ run }: { run: Run }) {
  return (
    <Facts>
      <Fact name="Started by">
        {run.requested_by ? `${run.requested_by}, by ${TRIGGER_WORDS[run.trigger]}` : TRIGGER_WORDS[run.trigger]}
      </Fact>
      <Fact name="Slot">{run.slot_at && <Slot run={run} />}</Fact>
      <Fact name="Waits until">{run.state === 'queued' && run.not_before && <Countdown at={run.not_before} />}</Fact>
      <Fact name="Queued">{run.queued_at && <Moment at={run.queued_at} />}</Fact>
      <Fact name="Started">{run.started_at && <Started at={run.started_at} />}</Fact>
      <Fact name="Lateness">{run.lateness_s !== null && lateness(run.lateness_s)}</Fact>
      <Fact name="Took">{run.started_at && <Took run={run} />}</Fact>
      <Fact name="Ended with">{ending(run)}</Fact>
      <Fact name="Attempt">{run.attempts_max > 1 && run.attempt > 0 && `${run.attempt} of at most ${run.attempts_max}`}</Fact>
      <Fact name="CPU time">{run.cpu_s !== null && duration(run.cpu_s)}</Fact>
      <Fact name="Peak memory">{run.memory_bytes_max !== null && bytes(run.memory_bytes_max)}</Fact>
      <Fact name="Output">{run.output_bytes !== null && <OutputSize run={run} />}</Fact>
      <Fact name="Worker">{run.worker}</Fact>
      <Fact name="Parameters">{Object.keys(run.parameters).length > 0 && <Parameters of={run.parameters} />}</Fact>
      <Fact name="Task’s revision">{run.task_revision}</Fact>
    </Facts>
  );
}

function Slot({ run }: { run: Run }) {
  return (
    <>
      <Moment at={run.slot_at!} />
      {run.slot_through && run.slot_count > 1 && (
        <>
          {' to '}
          <Moment at={run.slot_through} /> <span class="quiet">({counted(run.slot_count, 'slot')})</span>
        </>
      )}
    </>
  );
}

function Started({ at }: { at: string }) {
  return (
    <>
      <Moment at={at} />{' '}
      <span class="quiet">
        <Ago at={at} />
      </span>
    </>
  );
}

function Took({ run }: { run: Run }) {
  const seconds = tookSeconds(run, now.value);
  if (seconds === null) return null;
  return <>{run.ended_at ? duration(seconds) : `${duration(Math.floor(seconds))} so far`}</>;
}

function OutputSize({ run }: { run: Run }) {
  const dropped = (run.output_bytes ?? 0) - (run.output_kept_bytes ?? run.output_bytes ?? 0);
  return (
    <>
      {bytes(run.output_bytes ?? 0)}
      {dropped > 0 && <span class="quiet"> ({bytes(run.output_kept_bytes ?? 0)} kept)</span>}
    </>
  );
}

function Parameters({ of }: { of: Record<string, string> }) {
  return (
    <>
      {Object.entries(of).map(([name, value]) => (
        <code key={name} class="chip">
          {name}={value}
        </code>
      ))}
    </>
  );
}

export function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <section aria-labelledby="attempts-title">
      <h2 id="attempts-title">Attempts</h2>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">State</th>
            <th scope="col">Started</th>
            <th scope="col">Worker</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((each) => (
            <tr key={each.attempt}>
              <th scope="row" class="cell-id">
                {each.attempt}
              </th>
              <td class="cell-state">
                <RunStateMark state={each.state} />
              </td>
              <td data-label="Started">{each.started_at && <Moment at={each.started_at} />}</td>
              <td data-label="Worker">{each.worker}</td>
              <td data-label="Why">
                {[reasonInWords(each.reason), ending(each), each.detail].filter(Boolean).join(' · ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

// One run: what became of it, and its output while it grows.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Problem, write } from '../api/client';
import type { Run } from '../api/types';
import { ending, isLive, reasonInWords, STATE_WORDS } from '../format/runs';
import { useLive } from '../live';
import { OutputViewer } from '../output/viewer';
import { attempt, ProblemNote, say, tell } from '../parts/notices';
import { Question } from '../parts/dialog';
import { Screen } from '../parts/screen';
import { RunStateMark } from '../parts/state';
import { can } from '../session';
import { NotFoundPage } from './not-found';
import { Attempts, RunFacts } from './run-facts';

const EVERY_MS = 2_000; // the output, asked for each second, tells of the end at once

export function RunPage({ id }: { id: number }) {
  const live = useLive<Run>(`/runs/${id}`, { everyMs: EVERY_MS, until: (run) => !isLive(run.state) });
  const run = live.data.value;
  const problem = live.problem.value;
  useStateTold(run);

  if (problem instanceof Problem && problem.status === 404) return <NotFoundPage />;
  return (
    <Screen
      title={`Run ${id}`}
      above={run && <a href={`/tasks/${run.task_id}`}>{run.task}</a>}
      actions={run && <CancelButton run={run} refresh={live.refresh} />}
    >
      <ProblemNote error={problem} />
      {!run && !problem && <p class="quiet">Loading …</p>}
      {run && (
        <>
          <Verdict run={run} />
          <RunFacts run={run} />
          {run.attempts && run.attempts.length > 1 && <Attempts attempts={run.attempts} />}
          {mayHaveOutput(run) ? (
            <OutputViewer runId={id} onComplete={live.refresh} />
          ) : (
            <p class="note">It never started, so there is no output.</p>
          )}
        </>
      )}
    </Screen>
  );
}

function mayHaveOutput(run: Run): boolean {
  return run.started_at !== null || isLive(run.state);
}

/** The outcome in one sentence. */
function Verdict({ run }: { run: Run }) {
  const reason = reasonInWords(run.reason);
  return (
    <p class={`verdict run-${run.state}`}>
      <RunStateMark state={run.state} />
      {[reason, run.state === 'succeeded' ? null : ending(run), run.detail].filter(Boolean).map((text) => (
        <span key={text}>{text}</span>
      ))}
      {isLive(run.state) && run.cancel_requested_at && <span>cancelling …</span>}
    </p>
  );
}

function CancelButton({ run, refresh }: { run: Run; refresh: () => void }) {
  const asks = useSignal(false);
  if (!can('runs:write') || !isLive(run.state)) return null;
  const cancel = () => {
    asks.value = false;
    return attempt(async () => {
      await write<Run>('POST', `/runs/${run.id}/cancel`, { body: {} });
      say(`Run ${run.id} is being cancelled`);
      refresh();
    });
  };
  return (
    <>
      <button type="button" class="danger" disabled={run.cancel_requested_at !== null} onClick={() => (asks.value = true)}>
        {run.cancel_requested_at ? 'Cancelling …' : 'Cancel run'}
      </button>
      {asks.value && (
        <Question title={`Cancel run ${run.id}?`} action="Cancel the run" danger onAnswer={cancel} onClose={() => (asks.value = false)}>
          <p>The command and all that it has started are asked to end, and are ended after the task’s grace.</p>
        </Question>
      )}
    </>
  );
}

function useStateTold(run: Run | undefined): void {
  const before = useRef<string | null>(null);
  useEffect(() => {
    if (!run) return;
    if (before.current && before.current !== run.state) tell(`Run ${run.id} ${STATE_WORDS[run.state]}`);
    before.current = run.state;
  }, [run?.state]);
}

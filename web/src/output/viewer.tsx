// A run's output, live: follows the end until the reader scrolls away from it.
import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { read, readText, withQuery } from '../api/client';
import type { OutputPage } from '../api/types';
import { counted } from '../format/amounts';
import { kept, keep } from '../kept';
import { poll } from '../live';
import { attempt, ProblemNote, say } from '../parts/notices';
import { LogLines } from './lines';
import { OutputLog } from './log';

const NEAR_END_PX = 40;

interface ViewerProps {
  runId: number;
  /** Told once, when nothing more can come. */
  onComplete: () => void;
}

export function OutputViewer({ runId, onComplete }: ViewerProps) {
  const { log, version, complete, problem } = useOutput(runId, onComplete);
  const box = useRef<HTMLDivElement>(null);
  const follows = useSignal(true);
  const wraps = useSignal(kept('wrap') !== 'off');

  useLayoutEffect(() => {
    if (follows.peek() && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [version, follows.value]);

  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current!;
    follows.value = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  };
  const wrap = (event: { currentTarget: HTMLInputElement }) => {
    wraps.value = event.currentTarget.checked;
    keep('wrap', wraps.value ? 'on' : 'off');
  };

  return (
    <section class="output" aria-labelledby="output-title">
      <div class="output-head">
        <h2 id="output-title">Output</h2>
        <span class="quiet">{complete ? 'complete' : 'live'}</span>
        <div class="actions">
          <label class="check">
            <input type="checkbox" checked={wraps.value} onChange={wrap} /> Wrap
          </label>
          <button type="button" onClick={() => attempt(() => copy(log, box.current!))}>
            Copy
          </button>
          <button type="button" onClick={() => attempt(() => download(runId))}>
            Download
          </button>
        </div>
      </div>
      <ProblemNote error={problem} />
      <div class="output-box">
        <div
          ref={box} class={wraps.value ? 'log wraps' : 'log'} role="log" aria-label="Output" tabIndex={0}
          onScroll={scrolled}
        >
          {log.forgotten > 0 && (
            <p class="line remark">… {counted(log.forgotten, 'earlier line')} not shown here; the download has them …</p>
          )}
          <LogLines log={log} version={version} />
          {log.lines.length === 0 && <p class="line remark">{complete ? 'No output.' : 'Nothing yet.'}</p>}
        </div>
        {!follows.value && (
          <button type="button" class="follow" onClick={() => (follows.value = true)}>
            {complete ? 'To the end' : 'Follow'}
          </button>
        )}
      </div>
    </section>
  );
}

/** Asks for what is new each second until all has come; a full answer is followed up at once. */
function useOutput(runId: number, onComplete: () => void) {
  const log = useMemo(() => new OutputLog(), [runId]);
  const version = useSignal(0);
  const complete = useSignal(false);
  const problem = useSignal<Error | null>(null);
  useEffect(() => {
    let after: string | null = null;
    const polling = poll(
      async (signal) => {
        for (;;) {
          const answer = await read<OutputPage>(withQuery(`/runs/${runId}/output`, { after }), { signal });
          problem.value = null;
          if (!answer || signal.aborted) return 'again';
          after = answer.data.next;
          log.append(answer.data.items);
          version.value += 1;
          complete.value = answer.data.complete;
          if (answer.data.complete) {
            onComplete();
            return 'done';
          }
          if (!answer.data.items.length) return 'again';
        }
      },
      { failed: (error) => (problem.value = error as Error) },
    );
    return polling.stop;
  }, [runId]);
  return { log, version: version.value, complete: complete.value, problem: problem.value };
}

async function copy(log: OutputLog, box: HTMLElement): Promise<void> {
  if (!window.isSecureContext) {
    getSelection()?.selectAllChildren(box); // the clipboard is closed to pages on plain HTTP
    return say('Selected. Copy it with Ctrl+C.');
  }
  await navigator.clipboard.writeText(log.text());
  say('The output shown is copied');
}

async function download(runId: number): Promise<void> {
  const text = await readText(`/runs/${runId}/output`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = `run-${runId}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// How a task is set up, in words; what is as by default is not dwelt on.
import type { Task } from '../api/types';
import { bytes, counted } from '../format/amounts';
import { joinArgv } from '../format/argv';
import { inWords, raw } from '../format/schedule';
import { duration } from '../format/time';
import { Fact, Facts } from '../parts/facts';
import { Moment } from '../parts/moment';
import { Tags } from '../parts/tags';
import { can } from '../session';

const CONCURRENCY_WORDS = {
  forbid: 'a slot is skipped while a run is in progress',
  queue: 'runs wait for each other',
  replace: 'a new run cancels the one in progress',
} as const;
const CATCH_UP_WORDS = { latest: 'the latest missed slot', all: 'all missed slots', none: 'nothing' } as const;

export function TaskFacts({ task }: { task: Task }) {
  const written = raw(task.schedule);
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">Set-up</h2>
      <Facts>
        <Fact name={task.shell ? `Command (${task.shell})` : 'Command'}>
          <code class="command">{task.shell ? task.command[0] : joinArgv(task.command)}</code>
        </Fact>
        <Fact name="Schedule">
          {inWords(task.schedule, task.zone)} {written && <code>{written}</code>}
        </Fact>
        <Fact name="Tags">{task.tags.length > 0 && <Tags tags={task.tags} list="/" />}</Fact>
        <Fact name="Time zone">{task.zone}</Fact>
        <Fact name="Timeout">
          {duration(task.timeout_s)}, then {duration(task.grace_s)} of grace
        </Fact>
        <Fact name="Concurrency">
          {task.concurrency === 'allow'
            ? task.concurrency_max ? `up to ${task.concurrency_max} at once` : 'any number at once'
            : CONCURRENCY_WORDS[task.concurrency]}
        </Fact>
        <Fact name="After an outage">
          runs {CATCH_UP_WORDS[task.catch_up]}
          {task.catch_up !== 'none' && `, at most ${duration(task.lateness_max_s)} late`}
        </Fact>
        <Fact name="If the worker dies">
          {task.delivery === 'at_most_once' ? 'the run is lost, and said to be' : 'the run is started again'}
        </Fact>
        <Fact name="Retries">
          {task.retries_max > 0 &&
            `${task.retries_max}, after ${duration(task.retry_first_s)} doubling to ${duration(task.retry_longest_s)}`}
        </Fact>
        <Fact name="Folder">{task.cwd && <code>{task.cwd}</code>}</Fact>
        <Fact name="Runs as">{task.user}</Fact>
        <Fact name="Environment">{Object.keys(task.env).length > 0 && <Environment of={task.env} />}</Fact>
        <Fact name="Input">{task.stdin !== null && bytes(new TextEncoder().encode(task.stdin).length)}</Fact>
        <Fact name="Output kept">{bytes(task.output_bytes_max)} a run</Fact>
        <Fact name="Told">{can('alerts:read') && <a href={`/rules?kind=task&id=${task.id}`}>Rules</a>}</Fact>
        <Fact name="From">{task.source && <Source of={task.source} />}</Fact>
        <Fact name="Notes">{task.notes.length > 0 && task.notes.map((note) => <p key={note}>{note}</p>)}</Fact>
        <Fact name="Revision">
          {task.revision} <span class="quiet">since</span> <Moment at={task.updated_at} />
        </Fact>
      </Facts>
    </section>
  );
}

function Environment({ of }: { of: Record<string, string> }) {
  return (
    <details>
      <summary>{counted(Object.keys(of).length, 'variable')}</summary>
      {Object.entries(of).map(([name, value]) => (
        <code key={name} class="chip">
          {name}={value}
        </code>
      ))}
    </details>
  );
}

function Source({ of }: { of: NonNullable<Task['source']> }) {
  return (
    <>
      {of.path}, line {of.line}
      {of.user && ` (${of.user})`}
      <code class="command">{of.text}</code>
    </>
  );
}

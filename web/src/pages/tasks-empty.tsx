// What a newcomer sees: the three ways to a first task.
import { can } from '../session';

export function NoTasks() {
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No tasks yet</h2>
      <p>A task is a command with a schedule. Every instant it should run is kept, with what became of it.</p>
      <h3>From a terminal on this machine</h3>
      <pre tabIndex={0}>
        <code>autom8 task add hello --every 10s -- echo 'hello, world'</code>
      </pre>
      <h3>With the crontab that you have</h3>
      <pre tabIndex={0}>
        <code>crontab -l | autom8 import crontab - --plan</code>
      </pre>
      <p class="quiet">
        <code>--plan</code> shows what would be made and when it would run, and changes nothing.
      </p>
      {can('tasks:write') && (
        <p>
          <a class="button primary" href="/tasks/new">
            New task
          </a>
        </p>
      )}
    </section>
  );
}

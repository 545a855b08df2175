// What the page says by itself: toasts (read out politely), problems, and a lost connection.
import { signal } from '@preact/signals';
import { Problem, Unreachable, unreachableSince } from '../api/client';
import { clockIn, viewerZone } from '../format/time';
import { Icon } from './icons';

interface Notice {
  id: number;
  text: string;
  href: string | undefined;
  bad: boolean;
}

const SHOWN_MS = 6_000;
const notices = signal<Notice[]>([]);
let lastId = 0;

/** Shows a line for a few seconds and has it read out. */
export function say(text: string, { href, bad = false }: { href?: string; bad?: boolean } = {}): void {
  const id = (lastId += 1);
  notices.value = [...notices.value, { id, text, href, bad }].slice(-4);
  if (!bad) setTimeout(() => dismiss(id), SHOWN_MS); // bad news stays until it was read
}

/** Runs an action of the reader's; what goes wrong is said. */
export async function attempt(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    say(inWords(error), { bad: true });
  }
}

export function inWords(error: unknown): string {
  if (error instanceof Unreachable) return 'The server did not answer; nothing is known to have changed.';
  return error instanceof Error ? error.message : String(error);
}

function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text, href, bad }) => (
        <p key={id} class={bad ? 'notice bad' : 'notice'}>
          {href ? <a href={href}>{text}</a> : <span>{text}</span>}
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  );
}

/** Beside what was last known, for as long as the server does not answer. */
export function ReachBanner() {
  const since = unreachableSince.value;
  return (
    <div role="status" aria-live="polite">
      {since && (
        <p class="banner">
          Not reaching the server since {clockIn(viewerZone, since)}. What you see may be old; trying again.
        </p>
      )}
    </div>
  );
}

export function ProblemNote({ error }: { error: Error | null }) {
  if (!error || error instanceof Unreachable) return null; // the banner says that
  const requestId = error instanceof Problem ? error.requestId : null;
  return (
    <div class="problem" role="alert">
      <p>{inWords(error)}</p>
      {requestId && <p class="quiet">Request {requestId}</p>}
    </div>
  );
}

const told = signal('');

/** Has a change read out that is already plain to see. */
export function tell(text: string): void {
  told.value = text;
}

export function Told() {
  return (
    <p class="unseen" role="status" aria-live="polite">
      {told.value}
    </p>
  );
}

/** What is wrong with a form as a whole. */
export function Wrong({ text }: { text: string }) {
  return <div role="alert">{text && <p class="problem">{text}</p>}</div>;
}

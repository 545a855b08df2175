// Keys for people who keep this page open all day. They can be switched off: speech input types.
import { signal } from '@preact/signals';
import { keep, kept } from '../kept';
import { Dialog } from '../parts/dialog';
import { navigate } from '../router';
import { can, session } from '../session';

const CHORD_MS = 1_000;

interface Shortcut {
  keys: string;
  does: string;
  act: () => void;
}

const SHORTCUTS: readonly Shortcut[] = [
  { keys: '/', does: 'Search', act: () => document.querySelector<HTMLInputElement>('input[type=search]')?.focus() },
  { keys: 'n', does: 'New task', act: () => can('tasks:write') && navigate('/tasks/new') },
  { keys: 'j', does: 'Next row', act: () => moveRow(1) },
  { keys: 'k', does: 'Previous row', act: () => moveRow(-1) },
  { keys: 'g t', does: 'Go to tasks', act: () => navigate('/') },
  { keys: 'g r', does: 'Go to runs', act: () => navigate('/runs') },
  { keys: 'g a', does: 'Go to the audit', act: () => can('audit:read') && navigate('/audit') },
  { keys: '?', does: 'These keys', act: () => openShortcuts() },
];

const isOpen = signal(false);
const switchedOn = signal(kept('shortcuts') !== 'off');

export function openShortcuts(): void {
  isOpen.value = true;
}

export function startShortcuts(): void {
  let before = '';
  let since = 0;
  addEventListener('keydown', (event) => {
    if (!switchedOn.value || !session.value || isTyping(event) || document.querySelector('dialog[open]')) return;
    const chord = event.timeStamp - since < CHORD_MS ? `${before} ${event.key}` : event.key;
    const found = SHORTCUTS.find(({ keys }) => keys === chord) ?? SHORTCUTS.find(({ keys }) => keys === event.key);
    before = event.key;
    since = event.timeStamp;
    if (!found) return;
    event.preventDefault();
    found.act();
  });
}

function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  return event.target instanceof Element && event.target.closest('input, textarea, select') !== null;
}

/** Moves the focus to the main link of a neighbouring row. */
function moveRow(step: number): void {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>('a[data-row]')];
  const inRow = document.activeElement?.closest('tr')?.querySelector<HTMLAnchorElement>('a[data-row]');
  const from = inRow ? rows.indexOf(inRow) : step > 0 ? -1 : rows.length;
  rows[Math.min(rows.length - 1, Math.max(0, from + step))]?.focus();
}

export function Shortcuts() {
  if (!isOpen.value) return null;
  const toggle = (event: Event) => {
    switchedOn.value = (event.currentTarget as HTMLInputElement).checked;
    keep('shortcuts', switchedOn.value ? 'on' : 'off');
  };
  return (
    <Dialog title="Keyboard shortcuts" onClose={() => (isOpen.value = false)}>
      <table class="keys">
        <thead class="unseen">
          <tr>
            <th scope="col">Keys</th>
            <th scope="col">What they do</th>
          </tr>
        </thead>
        <tbody>
          {SHORTCUTS.map(({ keys, does }) => (
            <tr key={keys}>
              <td>
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input type="checkbox" checked={switchedOn.value} onChange={toggle} /> Shortcuts are on
      </label>
      <form method="dialog" class="actions">
        <button type="submit">Close</button>
      </form>
    </Dialog>
  );
}

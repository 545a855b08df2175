// The address bar as a signal. Links are ordinary <a href>; one listener keeps them in the page.
import { computed, signal } from '@preact/signals';

const address = signal(location.pathname + location.search);

export const path = computed(() => address.value.split('?')[0] ?? '/');
export const query = computed(() => new URLSearchParams(address.value.split('?')[1] ?? ''));

/** Asked before the page is left; false keeps the reader here (a form with unsaved changes). */
let mayLeave: () => boolean = () => true;

export function guardLeaving(guard: (() => boolean) | null): void {
  mayLeave = guard ?? (() => true);
}

export function currentPath(): string {
  return address.peek();
}

let moved = false;

/** Whether the reader has gone to another page since this one was loaded. */
export function hasMoved(): boolean {
  return moved;
}

export function navigate(to: string, { replace = false } = {}): void {
  if (to === address.peek() || !mayLeave()) return;
  const newPage = to.split('?')[0] !== path.peek();
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  address.value = to;
  moved ||= newPage;
  if (newPage) scrollTo(0, 0);
}

/** The address of the present page with parameters of its query set, or cleared. */
export function hereWith(changes: Record<string, string | null>): string {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return path.value + (next.size ? `?${next}` : '');
}

/** Sets or clears parameters of the present page's query. */
export function setQuery(changes: Record<string, string | null>, { replace = false } = {}): void {
  navigate(hereWith(changes), { replace });
}

/** The parameters of `path` if it has the form of `pattern` (`/tasks/:id`; `:id` is a number). */
export function match(pattern: string, at: string): Record<string, string> | null {
  const source = pattern.replace(/:(\w+)/g, '(?<$1>[1-9][0-9]*)');
  const found = new RegExp(`^${source}/?$`).exec(at);
  return found ? { ...found.groups } : null;
}

export function startRouter(): void {
  addEventListener('popstate', () => {
    if (mayLeave()) address.value = location.pathname + location.search;
    else history.pushState(null, '', address.peek()); // back to where the reader chose to stay
  });
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const href = link?.getAttribute('href');
    if (!link || !href?.startsWith('/') || href.startsWith('//')) return;
    if (link.hasAttribute('download') || link.getAttribute('target') || /^\/(api|static)\//.test(href)) return;
    event.preventDefault();
    navigate(href);
  });
}

// Forward by the server's cursor, back to the start; the browser's Back gives the page before.
import { path, query } from '../router';

export function Pager({ next }: { next: string | null | undefined }) {
  const at = query.value.get('cursor');
  if (!next && !at) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {at && <a href={withCursor(null)}>First page</a>}
      {next && <a href={withCursor(next)}>Next page</a>}
    </nav>
  );
}

function withCursor(cursor: string | null): string {
  const next = new URLSearchParams(query.value);
  if (cursor) next.set('cursor', cursor);
  else next.delete('cursor');
  return next.size ? `${path.value}?${next}` : path.value;
}

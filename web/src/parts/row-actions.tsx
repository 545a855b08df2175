// What can be done with one row of a table: edited, removed, and what stands between.
import type { ComponentChildren } from 'preact';

interface RowActionsProps {
  /** What the row is about, for those who hear one button at a time. */
  name: string;
  edit: () => void;
  remove: () => void;
  children?: ComponentChildren;
}

export function RowActions({ name, edit, remove, children }: RowActionsProps) {
  return (
    <td class="cell-actions">
      <div class="row-actions">
        <button type="button" aria-label={`Edit ${name}`} onClick={edit}>
          Edit
        </button>
        {children}
        <button type="button" class="danger" aria-label={`Remove ${name}`} onClick={remove}>
          Remove
        </button>
      </div>
    </td>
  );
}

// The frame of every page: its title, its one heading, and what stands beside that.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hasMoved } from '../router';

interface ScreenProps {
  title: string;
  /** Stands before the heading: where this page belongs. */
  above?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Screen({ title, above, actions, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Autom8`;
  }, [title]);
  useEffect(() => {
    // A reader without sight learns of the new page; a field with autofocus keeps its focus. On a fresh
    // load the browser itself tells, and the first tab stop must stay the skip link.
    const idle = document.activeElement === document.body || document.activeElement?.closest('a');
    if (hasMoved() && idle) heading.current?.focus();
  }, []);
  return (
    <>
      <div class="screen-head">
        <div>
          {above && <p class="above">{above}</p>}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

// A modal question on the browser's own <dialog>: focus, Escape and inertness come with it.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const opener = document.activeElement;
    element.current?.showModal();
    return () => queueMicrotask(() => focusAgain(opener)); // until it is out of the page, what lies behind it takes no focus
  }, []);
  return (
    <dialog ref={element} aria-labelledby={titleId} onClose={onClose}>
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

/** Gives the focus back to what opened a dialog: one that is taken out of the page leaves it to nobody. */
function focusAgain(opener: Element | null): void {
  if (document.activeElement !== document.body) return;
  const there = opener?.isConnected && opener !== document.body ? opener : document.querySelector('h1');
  if (there instanceof HTMLElement) there.focus();
}

interface QuestionProps extends DialogProps {
  action: string;
  danger?: boolean;
  disabled?: boolean;
  /** Not called again before the promise is settled. */
  onAnswer: () => Promise<unknown>;
}

/** A dialog with one action and a way out. */
export function Question({ action, danger = false, disabled = false, onAnswer, children, ...dialog }: QuestionProps) {
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (disabled || busy.peek()) return; // a second Enter comes before the button is drawn as disabled
    busy.value = true;
    try {
      await onAnswer();
    } finally {
      busy.value = false;
    }
  };
  return (
    <Dialog {...dialog}>
      <form onSubmit={submit}>
        {children}
        <div class="actions">
          <button type="submit" class={danger ? 'danger' : 'primary'} disabled={disabled || busy.value}>
            {action}
          </button>
          <button type="button" onClick={dialog.onClose}>
            Back
          </button>
        </div>
      </form>
    </Dialog>
  );
}

// Pages whose code comes when they are first opened, so that the tasks are there at once.
import { signal } from '@preact/signals';
import type { FunctionComponent } from 'preact';

/** The component that `load` brings; a line of text stands in until then. */
export function later<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  const loaded = signal<FunctionComponent<P> | null>(null);
  const failed = signal(false);
  let asked = false;
  const ask = () => {
    asked = true;
    failed.value = false;
    load().then(
      (component) => (loaded.value = component),
      () => (failed.value = true),
    );
  };
  return (props) => {
    if (!asked) ask();
    const Loaded = loaded.value;
    if (Loaded) return <Loaded {...props} />;
    return failed.value ? <Missing /> : <p class="quiet">Loading …</p>;
  };
}

/** After an upgrade the files that an open page names may be gone. */
function Missing() {
  return (
    <p class="problem" role="alert">
      This part of the page could not be loaded. <button type="button" onClick={() => location.reload()}>Reload</button>
    </p>
  );
}

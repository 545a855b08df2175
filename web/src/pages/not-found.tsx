// Nothing lives at this address.
import { Screen } from '../parts/screen';

export function NotFoundPage() {
  return (
    <Screen title="Nothing is here">
      <p>
        This address means nothing to Autom8. What you look for may have been removed: the runs of a task are kept in
        the history, and the erasure of a contact in the audit trail.
      </p>
      <p>
        <a href="/">Go to the tasks</a> · <a href="/runs">Go to the runs</a>
      </p>
    </Screen>
  );
}

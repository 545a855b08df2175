// The guard against losing what was typed in a form.
import { useEffect } from 'preact/hooks';
import { guardLeaving } from '../router';

/** For as long as the form is shown, asks before leaving what is `touched`; the first given counts. */
export function useLeaveGuard(touched: () => boolean): void {
  useEffect(() => {
    guardLeaving(() => !touched() || confirm('Leave without saving? What you have written would be lost.'));
    const beforeUnload = (event: Event) => touched() && event.preventDefault();
    addEventListener('beforeunload', beforeUnload);
    return () => {
      guardLeaving(null);
      removeEventListener('beforeunload', beforeUnload);
    };
  }, []);
}

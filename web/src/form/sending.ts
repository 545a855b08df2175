// A short form being sent: once at a time, with what is wrong with it by field, or as `form`.
import { useSignal } from '@preact/signals';
import { Problem } from '../api/client';
import { inWords } from '../parts/notices';

export function useSending(send: (said: FormData) => Promise<void>) {
  const wrong = useSignal<Record<string, string>>({});
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy.peek()) return; // a second Enter comes before the button is drawn as disabled
    busy.value = true;
    wrong.value = {};
    try {
      await send(new FormData(event.currentTarget as HTMLFormElement));
    } catch (error) {
      wrong.value = { form: inWords(error), ...(error instanceof Problem ? error.fields : {}) };
    } finally {
      busy.value = false;
    }
  };
  return { wrong: wrong.value, busy: busy.value, submit };
}

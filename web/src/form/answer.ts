// Running an answer to a question; what goes wrong is said in it, by field.
import { useSignal } from '@preact/signals';
import { Problem } from '../api/client';
import { inWords } from '../parts/notices';

export function useAnswer() {
  const wrong = useSignal<Record<string, string>>({});
  const answer = async (action: () => Promise<void>) => {
    wrong.value = {};
    try {
      await action();
    } catch (error) {
      const problem = error instanceof Problem ? error : null;
      const named = problem?.code === 'name_taken' ? { name: problem.message } : (problem?.fields ?? {});
      wrong.value = Object.keys(named).length ? named : { whole: inWords(error) };
    }
  };
  return { wrong: wrong.value, answer, refuse: (said: Record<string, string>) => (wrong.value = said) };
}

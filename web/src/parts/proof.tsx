// Asks who is here once more, when the server wants it before a change; then the change is made after all.
import { signal, useSignal } from '@preact/signals';
import { onProofNeeded, write } from '../api/client';
import { session, signOut } from '../session';
import { Question } from './dialog';
import { Field } from './field';
import { attempt, inWords, Wrong } from './notices';

/** Whom to tell how it ended; null while nothing is asked. */
const asking = signal<((proved: boolean) => void) | null>(null);
let waiting: Promise<boolean> | null = null;

onProofNeeded(() => {
  waiting ??= new Promise<boolean>((answer) => (asking.value = answer)).finally(() => {
    asking.value = null;
    waiting = null;
  });
  return waiting; // writes that come together share one question
});

export function Proof() {
  const answer = asking.value;
  return answer && <ProofDialog answer={answer} />;
}

function ProofDialog({ answer }: { answer: (proved: boolean) => void }) {
  const password = useSignal('');
  const code = useSignal('');
  const wrong = useSignal('');
  const user = session.value?.user;

  const prove = async () => {
    try {
      const body = { password: password.value, ...(user?.second_factor ? { code: code.value } : {}) };
      await write('POST', '/auth/prove', { body });
      answer(true);
    } catch (error) {
      wrong.value = inWords(error);
      code.value = '';
    }
  };

  if (!user?.has_password) return <ProviderOnly answer={answer} />;
  return (
    <Question
      title="Is it you?" action="Go on" disabled={!password.value}
      onAnswer={prove} onClose={() => answer(false)}
    >
      <p>Before this is changed, say once more who you are. It counts for ten minutes.</p>
      <Wrong text={wrong.value} />
      <input hidden autocomplete="username" value={user.name} readOnly />
      <Field label="Your password">
        {(control) => (
          <input
            {...control} name="password" type="password" autocomplete="current-password" autofocus required
            value={password.value} onInput={(event) => (password.value = event.currentTarget.value)}
          />
        )}
      </Field>
      {user.second_factor && (
        <Field label="Code of your authenticator, or a recovery code">
          {(control) => (
            <input
              {...control} name="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck={false} required
              value={code.value} onInput={(event) => (code.value = event.currentTarget.value)}
            />
          )}
        </Field>
      )}
    </Question>
  );
}

/** Who has no password here proves who they are by signing in anew. */
function ProviderOnly({ answer }: { answer: (proved: boolean) => void }) {
  const again = () => {
    answer(false);
    return attempt(signOut);
  };
  return (
    <Question title="Is it you?" action="Sign in again" onAnswer={again} onClose={() => answer(false)}>
      <p>Before this is changed, sign in once more by your provider. It counts for ten minutes.</p>
    </Question>
  );
}

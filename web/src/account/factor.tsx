// The second factor: set up by a picture or a secret, confirmed by a code, recovered by codes kept elsewhere.
import { useSignal } from '@preact/signals';
import { write } from '../api/client';
import type { Factor, PendingFactor } from '../api/access';
import { useSending } from '../form/sending';
import { useLive } from '../live';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say, Wrong } from '../parts/notices';
import { Secret } from '../parts/secret';
import { openSession } from '../session';

const EVERY_MS = 30_000;

export function FactorSection() {
  const live = useLive<Factor>('/auth/factor', { everyMs: EVERY_MS });
  const pending = useSignal<PendingFactor | null>(null);
  const codes = useSignal<readonly string[] | null>(null);
  const factor = live.data.value;
  const settled = async (given: readonly string[] | null) => {
    pending.value = null;
    codes.value = given;
    live.refresh();
    await openSession();
  };
  return (
    <section>
      <h2>Second factor</h2>
      <ProblemNote error={live.problem.value} />
      {!factor && !live.problem.value && <p class="quiet">Loading …</p>}
      {codes.value && <Codes codes={codes.value} done={() => (codes.value = null)} />}
      {factor && !factor.enabled && !pending.value && (
        <Off begun={(made) => ((pending.value = made), (codes.value = null))} />
      )}
      {pending.value && <Pending made={pending.value} settled={settled} back={() => (pending.value = null)} />}
      {factor?.enabled && <On factor={factor} settled={settled} />}
    </section>
  );
}

function Off({ begun }: { begun: (made: PendingFactor) => void }) {
  const begin = async () => begun(await write<PendingFactor>('POST', '/auth/factor'));
  return (
    <>
      <p>
        None. With one, signing in takes a code of an authenticator on your phone beside your password, so that a stolen
        password alone lets nobody in.
      </p>
      <div class="actions">
        <button type="button" onClick={() => void attempt(begin)}>
          Set up a second factor
        </button>
      </div>
    </>
  );
}

interface PendingProps {
  made: PendingFactor;
  settled: (codes: readonly string[]) => Promise<void>;
  back: () => void;
}

function Pending({ made, settled, back }: PendingProps) {
  const { wrong, busy, submit } = useSending(async (said) => {
    const body = { code: String(said.get('code')) };
    const given = await write<{ recovery_codes: string[] }>('POST', '/auth/factor/confirm', { body });
    say('From now on signing in takes a code');
    await settled(given.recovery_codes);
  });
  return (
    <form class="factor" onSubmit={submit}>
      <img
        class="qr" alt="The secret as a picture for your authenticator; it stands below as text, too" width="180" height="180"
        src={`data:image/svg+xml,${encodeURIComponent(made.qr_svg)}`}
      />
      <div>
        <ol>
          <li>
            Scan the picture with an authenticator, or type this secret into it: <code class="spelled">{spelled(made.secret)}</code>
          </li>
          <li>Type the code that it shows.</li>
        </ol>
        <Wrong text={wrong.form ?? ''} />
        <Field label="Code">
          {(control) => (
            <input
              {...control} name="code" class="code" inputMode="numeric" autocomplete="one-time-code" autofocus required
              maxLength={10}
            />
          )}
        </Field>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {busy ? 'Confirming …' : 'Confirm'}
          </button>
          <button type="button" onClick={back}>
            Back
          </button>
        </div>
      </div>
    </form>
  );
}

function spelled(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}

function Codes({ codes, done }: { codes: readonly string[]; done: () => void }) {
  return (
    <div class="note">
      <p>
        <strong>Keep these recovery codes where you find them without your phone.</strong> Each lets you in once in place of a
        code. They are not shown again.
      </p>
      <Secret label="Recovery codes" lines={codes} file="autom8-recovery-codes.txt" />
      <div class="actions">
        <button type="button" class="primary" onClick={done}>
          I have kept them
        </button>
      </div>
    </div>
  );
}

function On({ factor, settled }: { factor: Factor; settled: (codes: readonly string[] | null) => Promise<void> }) {
  const removing = useSignal(false);
  const renew = async () => {
    const given = await write<{ recovery_codes: string[] }>('POST', '/auth/factor/recovery-codes');
    await settled(given.recovery_codes);
  };
  const remove = async () => {
    removing.value = false;
    await write('DELETE', '/auth/factor');
    say('Your second factor is removed');
    await settled(null);
  };
  return (
    <>
      <p>
        On since {factor.enabled_at && <Moment at={factor.enabled_at} />}. Recovery codes left: {factor.recovery_codes_left}.
      </p>
      {factor.recovery_codes_left < 3 && <p class="note">Few recovery codes are left. Make new ones.</p>}
      <div class="actions">
        <button type="button" onClick={() => void attempt(renew)}>
          Make new recovery codes
        </button>
        <button type="button" class="danger" onClick={() => (removing.value = true)}>
          Remove
        </button>
      </div>
      {removing.value && (
        <Question
          title="Remove your second factor?" action="Remove" danger
          onAnswer={() => attempt(remove)} onClose={() => (removing.value = false)}
        >
          <p>Your password alone will let you in, and whoever knows it.</p>
        </Question>
      )}
    </>
  );
}

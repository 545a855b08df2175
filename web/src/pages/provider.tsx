// Signing in by a provider: the way there, and in words why one came back without a session.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { readNow, withQuery } from '../api/client';
import { query } from '../router';
import { pathAfterSignIn } from '../session';

const PROBLEMS: Record<string, string> = {
  oidc_busy: 'Too many people sign in just now. Try again in a moment.',
  oidc_denied: 'The provider did not let you in.',
  oidc_name_taken: 'Somebody who does not sign in this way has your name here. Ask an administrator.',
  oidc_name_unusable: 'The provider gives no name that you could have here. Ask an administrator.',
  oidc_no_role: 'The provider gives you no role here. Ask an administrator.',
  oidc_refused: 'What the provider said does not prove who you are. Try again.',
  oidc_state_refused: 'This sign-in was begun elsewhere, took too long, or was completed before. Try again.',
  oidc_unreachable: 'The provider does not answer as it should. Try again later.',
  oidc_user_disabled: 'Your account is disabled here. Ask an administrator.',
};

/** Why the provider's answer let nobody in; nothing of what the address says is shown as it is. */
export function providerProblem(asked: URLSearchParams): string {
  const code = asked.get('problem');
  return code ? (PROBLEMS[code] ?? 'Signing in by the provider did not work. Try again.') : '';
}

/** The way to the provider, where there is one. An ordinary link: the browser has to leave the page. */
export function ProviderLink() {
  const label = useSignal('');
  useEffect(() => {
    const adopt = (found: { enabled: boolean; label: string }) => (label.value = found.enabled ? found.label : '');
    readNow<{ enabled: boolean; label: string }>('/auth/oidc').then(adopt, () => {});
  }, []);
  if (!label.value) return null;
  return (
    <p>
      <a class="button" href={withQuery('/api/v1/auth/oidc/start', { next: pathAfterSignIn(query.value) })}>
        Sign in with {label.value}
      </a>
    </p>
  );
}

// Who is signed in and what they may do. Only this file signs in or out.
import { signal } from '@preact/signals';
import { onSignedOut, Problem, readNow, useCsrfToken, write } from './api/client';
import type { Scope, Session } from './api/types';
import { currentPath, navigate } from './router';

/** undefined: not asked yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

export function can(scope: Scope): boolean {
  return session.value?.scopes.includes(scope) ?? false;
}

/** The name to show for whoever is signed in. */
export function actorName(who: Session): string {
  return who.user?.name ?? 'local';
}

/** Asks who is signed in. Throws only when the server can't say. */
export async function openSession(): Promise<void> {
  try {
    adopt(await readNow<Session>('/auth/session'));
  } catch (error) {
    if (!(error instanceof Problem && error.status === 401)) throw error;
    adopt(null);
  }
}

export async function signIn(name: string, password: string, code?: string): Promise<void> {
  await write('POST', '/auth/login', { body: { name, password, cookie: true, ...(code ? { code } : {}) } });
  await openSession();
}

export async function signOut(): Promise<void> {
  await write('POST', '/auth/logout').catch((error: unknown) => {
    if (!(error instanceof Problem && error.status === 401)) throw error; // 401: signed out already
  });
  adopt(null);
  navigate('/login');
}

/** Where to go after signing in: a path of ours, or the tasks. */
export function pathAfterSignIn(query: URLSearchParams): string {
  const next = query.get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/'; // never to another origin
}

function adopt(found: Session | null): void {
  session.value = found;
  useCsrfToken(found?.csrf_token ?? null);
}

onSignedOut(() => {
  const wasSignedIn = Boolean(session.value);
  adopt(null);
  const here = currentPath();
  if (!wasSignedIn || here.startsWith('/login') || here.startsWith('/setup')) return;
  navigate(`/login?next=${encodeURIComponent(here)}`, { replace: true });
});

// What is about to be changed, read when the change begins, with the proof of which version that was: an edit of
// somebody else that is made meanwhile is then refused, and not overwritten.
import type { ComponentChild } from 'preact';
import { type Answer, read } from '../api/client';
import { useLoaded } from '../loaded';
import { ProblemNote } from './notices';

interface NewestProps<T> {
  path: string;
  children: (seen: Answer<T>) => ComponentChild;
}

export function Newest<T>({ path, children }: NewestProps<T>) {
  const loaded = useLoaded(path, async (signal) => (await read<T>(path, { signal }))!); // there is no 304 to a first question
  const seen = loaded.data.value;
  return <>{seen ? children(seen) : <ProblemNote error={loaded.problem.value} />}</>;
}

// The question before something goes. It is removed as it was when this was asked: a change that somebody makes
// meanwhile refuses it.
import type { ComponentChildren } from 'preact';
import { write } from '../api/client';
import { useAnswer } from '../form/answer';
import { Question } from './dialog';
import { Newest } from './newest';
import { Wrong } from './notices';

interface RemovalProps {
  path: string;
  title: string;
  action: string;
  /** What follows from it. */
  children: ComponentChildren;
  close: () => void;
  done: () => void;
}

export function Removal({ path, ...question }: RemovalProps) {
  return <Newest path={path}>{({ etag }) => <RemovalQuestion path={path} etag={etag} {...question} />}</Newest>;
}

export function RemovalQuestion({ path, etag, title, action, children, close, done }: RemovalProps & { etag: string | null }) {
  const { wrong, answer } = useAnswer();
  const remove = async () => {
    await write('DELETE', path, { etag });
    done();
  };
  return (
    <Question title={title} action={action} danger onClose={close} onAnswer={() => answer(remove)}>
      <Wrong text={wrong.whole ?? ''} />
      {children}
    </Question>
  );
}

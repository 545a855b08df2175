// What one can do about an incident that is not over.
import { useSignal } from '@preact/signals';
import { idempotencyKey, write } from '../api/client';
import type { Incident } from '../api/alerts';
import { matchersOf } from '../format/incidents';
import { attempt, say } from '../parts/notices';
import { AcknowledgeQuestion, AssignQuestion, ResolveQuestion } from './incident-form';
import { SilenceQuestion } from './silence-form';

type Asking = 'acknowledge' | 'assign' | 'silence' | 'resolve' | null;

interface ActionsProps {
  incident: Incident;
  refresh: () => void;
}

export function IncidentActions({ incident, refresh }: ActionsProps) {
  const asked = useSignal<Asking>(null);
  const close = () => (asked.value = null);
  const done = () => {
    close();
    refresh();
  };
  const takeBack = () =>
    attempt(async () => {
      await write('POST', `/incidents/${incident.id}/unacknowledge`, { key: idempotencyKey() });
      say('It is escalated again');
      refresh();
    });
  const button = (kind: NonNullable<Asking>, words: string) => (
    <button type="button" class={kind === 'acknowledge' ? 'primary' : ''} onClick={() => (asked.value = kind)}>
      {words}
    </button>
  );
  return (
    <>
      {incident.acknowledged_at ? (
        <button type="button" onClick={takeBack}>
          Take back
        </button>
      ) : (
        button('acknowledge', 'Acknowledge')
      )}
      {button('assign', 'Assign')}
      {button('silence', 'Silence')}
      {button('resolve', 'Resolve')}
      <Asked asked={asked.value} incident={incident} close={close} done={done} />
    </>
  );
}

interface AskedProps {
  asked: Asking;
  incident: Incident;
  close: () => void;
  done: () => void;
}

function Asked({ asked, incident, close, done }: AskedProps) {
  switch (asked) {
    case 'acknowledge':
      return <AcknowledgeQuestion incident={incident} close={close} done={done} />;
    case 'assign':
      return <AssignQuestion incident={incident} close={close} done={done} />;
    case 'silence':
      return <SilenceQuestion matchers={matchersOf(incident)} close={close} done={done} />;
    case 'resolve':
      return <ResolveQuestion incident={incident} close={close} done={done} />;
    default:
      return null;
  }
}

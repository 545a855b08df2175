// What is held back, until when and why; made here, and ended here.
import { useSignal } from '@preact/signals';
import { idempotencyKey, withQuery, write } from '../api/client';
import type { Silence } from '../api/alerts';
import type { Page } from '../api/types';
import { useLive } from '../live';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query } from '../router';
import { can } from '../session';
import { SilenceQuestion } from './silence-form';

const EVERY_MS = 5_000;

export function SilencesPage() {
  const over = query.value.get('state') === 'expired';
  const asked = withQuery('/silences', { state: over ? 'expired' : 'active,pending', cursor: query.value.get('cursor') });
  const live = useLive<Page<Silence>>(asked, { everyMs: EVERY_MS });
  const asks = useSignal(false);
  const silences = live.data.value?.items;
  const close = () => (asks.value = false);
  const done = () => {
    close();
    live.refresh();
  };
  return (
    <Screen
      title="Silences" above={<a href="/incidents">Incidents</a>}
      actions={
        <>
          <a href="/dependencies">Dependencies</a>
          {can('alerts:write') && (
            <button type="button" class="primary" onClick={() => (asks.value = true)}>
              New silence
            </button>
          )}
        </>
      }
    >
      <nav class="choices" aria-label="Which silences">
        <a href="/silences" aria-current={over ? undefined : 'page'}>
          In force or to come
        </a>
        <a href="/silences?state=expired" aria-current={over ? 'page' : undefined}>
          Over
        </a>
      </nav>
      <ProblemNote error={live.problem.value} />
      {!silences && !live.problem.value && <p class="quiet">Loading …</p>}
      {silences?.length === 0 && <p class="note">{over ? 'No silence is over.' : 'Nothing is silenced: whatever is wrong is told.'}</p>}
      {silences && silences.length > 0 && <SilenceTable silences={silences} refresh={live.refresh} />}
      <Pager next={live.data.value?.next} />
      {asks.value && <SilenceQuestion matchers="" close={close} done={done} />}
    </Screen>
  );
}

function SilenceTable({ silences, refresh }: { silences: readonly Silence[]; refresh: () => void }) {
  return (
    <table class="cards">
      <caption class="unseen">Silences, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">State</th>
          <th scope="col">From</th>
          <th scope="col">Until</th>
          <th scope="col">Why</th>
          <th scope="col">By</th>
          {can('alerts:write') && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {silences.map((silence) => (
          <tr key={silence.id} class={silence.state === 'expired' ? 'over' : ''}>
            <th scope="row" class="cell-name">
              <code>{silence.text}</code>
              <span class="quiet">silence {silence.id}</span>
            </th>
            <td data-label="State">{stateInWords(silence)}</td>
            <td data-label="From">
              <Moment at={silence.starts_at} />
            </td>
            <td data-label="Until">
              <Moment at={silence.ends_at} />
            </td>
            <td data-label="Why">{silence.comment}</td>
            <td data-label="By">{silence.created_by}</td>
            {can('alerts:write') && (
              <td class="cell-actions">{silence.state !== 'expired' && <EndNow silence={silence} refresh={refresh} />}</td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EndNow({ silence, refresh }: { silence: Silence; refresh: () => void }) {
  const expire = () =>
    attempt(async () => {
      await write('POST', `/silences/${silence.id}/expire`, { key: idempotencyKey() });
      say('The silence has ended');
      refresh();
    });
  return (
    <button type="button" aria-label={`End the silence of ${silence.text}`} onClick={expire}>
      End now
    </button>
  );
}

function stateInWords({ state, holds, hours }: Silence): string {
  if (!hours || state === 'expired') return state;
  const days = hours.days?.length ? `${hours.days.join(', ')} ` : '';
  return `${state}, ${holds ? 'holds now' : 'not now'}: ${days}${hours.from}–${hours.until} ${hours.zone}`;
}

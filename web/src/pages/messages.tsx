// What was told to whom and what became of it; dead letters stand first in mind, and are sent again from here.
import { idempotencyKey, withQuery, write } from '../api/client';
import type { Message } from '../api/alerts';
import type { Page } from '../api/types';
import { useLive } from '../live';
import { Moment } from '../parts/moment';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Screen } from '../parts/screen';
import { query } from '../router';
import { can } from '../session';

const EVERY_MS = 5_000;
const STATES = { dead: 'Dead letters', 'ready,sending': 'On their way', sent: 'Sent', all: 'All' } as const;

export function MessagesPage() {
  const wanted = query.value.get('state') ?? 'dead';
  const asked = withQuery('/messages', { state: wanted === 'all' ? null : wanted, cursor: query.value.get('cursor') });
  const live = useLive<Page<Message>>(asked, { everyMs: EVERY_MS });
  const messages = live.data.value?.items;
  return (
    <Screen title="Messages" above={<a href="/channels">Channels</a>}>
      <nav class="choices" aria-label="Which messages">
        {Object.entries(STATES).map(([state, words]) => (
          <a key={state} href={`/messages?state=${state}`} aria-current={state === wanted ? 'page' : undefined}>
            {words}
          </a>
        ))}
      </nav>
      <ProblemNote error={live.problem.value} />
      {!messages && !live.problem.value && <p class="quiet">Loading …</p>}
      {messages?.length === 0 && <p class="note">{wanted === 'dead' ? 'No message was given up.' : 'There is none.'}</p>}
      {messages && messages.length > 0 && <MessageTable messages={messages} refresh={live.refresh} />}
      <Pager next={live.data.value?.next} />
    </Screen>
  );
}

function MessageTable({ messages, refresh }: { messages: readonly Message[]; refresh: () => void }) {
  return (
    <table class="cards">
      <caption class="unseen">Messages, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">Message</th>
          <th scope="col">To</th>
          <th scope="col">State</th>
          <th scope="col">Made</th>
          <th scope="col">Tries</th>
          {can('alerts:write') && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {messages.map((message) => (
          <tr key={message.id}>
            <th scope="row" class="cell-name">
              {message.subject}
            </th>
            <td data-label="To">{[message.contact, message.channel].filter(Boolean).join(', by ')}</td>
            <td data-label="State">{stateInWords(message)}</td>
            <td data-label="Made">
              <Moment at={message.made_at} />
            </td>
            <td data-label="Tries">{message.tries}</td>
            {can('alerts:write') && (
              <td class="cell-actions">{message.state === 'dead' && <Resend message={message} refresh={refresh} />}</td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function stateInWords({ state, reason, error }: Message): string {
  const why = [reason?.replaceAll('_', ' '), error].filter(Boolean).join(': ');
  return why ? `${state} (${why})` : state;
}

function Resend({ message, refresh }: { message: Message; refresh: () => void }) {
  const resend = () =>
    attempt(async () => {
      await write('POST', `/messages/${message.id}/resend`, { key: idempotencyKey() });
      say('It is sent again');
      refresh();
    });
  return (
    <button type="button" aria-label={`Send again: ${message.subject}`} onClick={resend}>
      Send again
    </button>
  );
}

// Ways on which people are told: added by the form of their kind, limited, tried by a test, removed.
import { useSignal } from '@preact/signals';
import { type Answer, read, readNow, withQuery, write } from '../api/client';
import type { Channel, ChannelKind } from '../api/alerts';
import type { Page } from '../api/types';
import { limitsInWords } from '../form/limits';
import { useLoaded } from '../loaded';
import { type Names, useNames } from '../names';
import { Moment } from '../parts/moment';
import { Newest } from '../parts/newest';
import { attempt, ProblemNote, say } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Removal } from '../parts/removal';
import { RowActions } from '../parts/row-actions';
import { Screen } from '../parts/screen';
import { Untold } from '../parts/untold';
import { query } from '../router';
import { can } from '../session';
import { ChannelQuestion } from './channel-form';
import { LimitsQuestion } from './channel-limits';
import { TestQuestion } from './channel-test';
import { WordsQuestion } from './channel-words';
import type { QuestionProps } from './question';

type Asking = { kind: 'new' } | { kind: 'edit' | 'words' | 'limits' | 'remove' | 'test'; channel: Channel };

export function ChannelsPage() {
  const path = withQuery('/channels', { cursor: query.value.get('cursor') });
  const loaded = useLoaded(path, (signal) => readNow<Page<Channel>>(path, { signal }));
  const kinds = useLoaded('kinds', (signal) => readNow<Page<ChannelKind>>('/channels/kinds', { signal }));
  const asking = useSignal<Asking | null>(null);
  const changes = useSignal(0);
  const channels = loaded.data.value?.items;
  const close = () => (asking.value = null);
  const done = (text: string) => {
    close();
    say(text);
    changes.value += 1;
    void loaded.reload();
  };
  return (
    <Screen
      title="Channels"
      actions={
        <>
          <a href="/messages">Messages</a>
          {can('channels:write') && (
            <button type="button" class="primary" onClick={() => (asking.value = { kind: 'new' })}>
              New channel
            </button>
          )}
        </>
      }
    >
      <Untold changes={changes.value} />
      <ProblemNote error={loaded.problem.value ?? kinds.problem.value} />
      {!channels && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {channels?.length === 0 && <p class="note">There is no channel yet.</p>}
      {channels && channels.length > 0 && <ChannelTable channels={channels} ask={(next) => (asking.value = next)} done={done} />}
      <Pager next={loaded.data.value?.next} />
      {asking.value && kinds.data.value && <Asked asking={asking.value} kinds={kinds.data.value.items} close={close} done={done} />}
    </Screen>
  );
}

type AskedProps = QuestionProps & { asking: Asking; kinds: readonly ChannelKind[] };

function Asked({ asking, kinds, close, done }: AskedProps) {
  if (asking.kind === 'new') return <ChannelQuestion kinds={kinds} close={close} done={done} />;
  const { channel } = asking;
  const path = `/channels/${channel.id}`;
  switch (asking.kind) {
    case 'test':
      return <TestQuestion channel={channel} kinds={kinds} close={close} done={done} />;
    case 'remove':
      return (
        <Removal
          path={path} title={`Remove ${channel.name}?`} action="Remove the channel" close={close}
          done={() => done(`${channel.name} is removed`)}
        >
          <p>What waits for it is told on another way, or to nobody.</p>
        </Removal>
      );
    default:
      return <Newest<Channel> path={path}>{(seen) => <Edit kind={asking.kind} seen={seen} kinds={kinds} close={close} done={done} />}</Newest>;
  }
}

type EditProps = QuestionProps & { kind: Asking['kind']; seen: Answer<Channel>; kinds: readonly ChannelKind[] };

function Edit({ kind, kinds, ...question }: EditProps) {
  if (kind === 'words') return <WordsQuestion {...question} />;
  if (kind === 'limits') return <LimitsQuestion {...question} />;
  return <ChannelQuestion kinds={kinds} {...question} />;
}

interface TableProps {
  channels: readonly Channel[];
  ask: (asking: Asking) => void;
  done: (text: string) => void;
}

function ChannelTable({ channels, ask, done }: TableProps) {
  const mayChange = can('channels:write');
  const names = useNames('contact', channels.flatMap(({ bounced }) => bounced.map(({ contact_id }) => contact_id)));
  return (
    <table class="cards">
      <caption class="unseen">Channels, by name</caption>
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col">Kind</th>
          <th scope="col">State</th>
          <th scope="col">Last delivered</th>
          <th scope="col">At most</th>
          {mayChange && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {channels.map((channel) => (
          <tr key={channel.id}>
            <th scope="row" class="cell-name">
              {channel.name}
            </th>
            <td data-label="Kind">{channel.kind}</td>
            <td data-label="State">
              <State channel={channel} names={names} />
            </td>
            <td data-label="Last delivered">{channel.delivered_at ? <Moment at={channel.delivered_at} /> : 'never'}</td>
            <td data-label="At most">{limitsInWords(channel.limits_in_force)}</td>
            {mayChange && <ChannelActions channel={channel} ask={ask} done={done} />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ channel, names }: { channel: Channel; names: Names }) {
  const { enabled, failing_since, error, bounced } = channel;
  return (
    <>
      {!enabled && 'off'}
      {enabled && !failing_since && 'on'}
      {enabled && failing_since && (
        <>
          failing since <Moment at={failing_since} />: {error}
        </>
      )}
      {bounced.map(({ contact_id, detail }) => (
        <p key={contact_id} class="wrong">
          <a href={`/contacts/${contact_id}`}>{names.get(contact_id) ?? `Contact ${contact_id}`}</a> is not reached: {detail}
        </p>
      ))}
    </>
  );
}

interface ActionsProps {
  channel: Channel;
  ask: (asking: Asking) => void;
  done: (text: string) => void;
}

function ChannelActions({ channel, ask, done }: ActionsProps) {
  const { name, enabled } = channel;
  /** Says what the button says and nothing else, so that it overwrites no edit of somebody else. */
  const turn = () =>
    attempt(async () => {
      const path = `/channels/${channel.id}`;
      await write('PATCH', path, { body: { enabled: !enabled }, etag: (await read(path))?.etag ?? null });
      done(`${name} is ${enabled ? 'off' : 'on'}`);
    });
  const asks = (kind: 'words' | 'limits' | 'test', words: string) => (
    <button type="button" aria-label={`${words} ${name}`} onClick={() => ask({ kind, channel })}>
      {words.split(' ')[0]}
    </button>
  );
  return (
    <RowActions name={name} edit={() => ask({ kind: 'edit', channel })} remove={() => ask({ kind: 'remove', channel })}>
      {asks('words', 'Words of')}
      {asks('limits', 'Limits of')}
      {asks('test', 'Test')}
      <button type="button" aria-label={`Turn ${name} ${enabled ? 'off' : 'on'}`} onClick={turn}>
        {enabled ? 'Turn off' : 'Turn on'}
      </button>
    </RowActions>
  );
}

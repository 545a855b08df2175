// Ways on which people are told: added by the form of their kind, tried by a test, removed.
import { useSignal } from '@preact/signals';
import { read, readNow, write } from '../api/client';
import type { Channel, ChannelKind } from '../api/alerts';
import type { Page } from '../api/types';
import { useAnswer } from '../form/answer';
import { useContacts } from '../form/people';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Moment } from '../parts/moment';
import { Newest } from '../parts/newest';
import { attempt, ProblemNote, say, Wrong } from '../parts/notices';
import { RowActions } from '../parts/row-actions';
import { Screen } from '../parts/screen';
import { can } from '../session';
import { ChannelQuestion } from './channel-form';
import { WordsQuestion } from './channel-words';

type Asking = { kind: 'new' } | { kind: 'edit' | 'words' | 'remove' | 'test'; channel: Channel } | null;

export function ChannelsPage() {
  const loaded = useLoaded('channels', (signal) => readNow<Page<Channel>>('/channels?limit=200', { signal }));
  const kinds = useLoaded('kinds', (signal) => readNow<Page<ChannelKind>>('/channels/kinds', { signal }));
  const asking = useSignal<Asking>(null);
  const channels = loaded.data.value?.items;
  const close = () => (asking.value = null);
  const done = (text: string) => {
    close();
    say(text);
    void loaded.reload();
  };
  const asked = asking.value;
  const known = kinds.data.value?.items ?? [];
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
      <ProblemNote error={loaded.problem.value ?? kinds.problem.value} />
      {!channels && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {channels?.length === 0 && <p class="note">There is no channel yet, so nobody is told of anything.</p>}
      {channels && channels.length > 0 && <ChannelTable channels={channels} ask={(next) => (asking.value = next)} />}
      {asked?.kind === 'new' && known.length > 0 && <ChannelQuestion kinds={known} close={close} done={done} />}
      {asked?.kind === 'edit' && known.length > 0 && (
        <Newest<Channel> path={`/channels/${asked.channel.id}`}>
          {(seen) => <ChannelQuestion seen={seen} kinds={known} close={close} done={done} />}
        </Newest>
      )}
      {asked?.kind === 'words' && (
        <Newest<Channel> path={`/channels/${asked.channel.id}`}>
          {(seen) => <WordsQuestion seen={seen} close={close} done={done} />}
        </Newest>
      )}
      {asked?.kind === 'remove' && <RemoveQuestion channel={asked.channel} close={close} done={done} />}
      {asked?.kind === 'test' && <TestQuestion channel={asked.channel} kinds={known} close={close} done={done} />}
    </Screen>
  );
}

function ChannelTable({ channels, ask }: { channels: readonly Channel[]; ask: (asking: Asking) => void }) {
  const mayChange = can('channels:write');
  return (
    <table class="cards">
      <caption class="unseen">Channels, by name</caption>
      <thead>
        <tr>
          <th scope="col">Channel</th>
          <th scope="col">Kind</th>
          <th scope="col">State</th>
          <th scope="col">Last delivered</th>
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
              {stateOf(channel)}
              {channel.bounced.map(({ contact_id, detail }) => (
                <p key={contact_id} class="wrong">
                  <a href={`/contacts/${contact_id}`}>Contact {contact_id}</a> is not reached: {detail}
                </p>
              ))}
            </td>
            <td data-label="Last delivered">{channel.delivered_at ? <Moment at={channel.delivered_at} /> : 'never'}</td>
            {mayChange && (
              <RowActions name={channel.name} edit={() => ask({ kind: 'edit', channel })} remove={() => ask({ kind: 'remove', channel })}>
                <button type="button" aria-label={`Words of ${channel.name}`} onClick={() => ask({ kind: 'words', channel })}>
                  Words
                </button>
                <button type="button" aria-label={`Test ${channel.name}`} onClick={() => ask({ kind: 'test', channel })}>
                  Test
                </button>
                <Switch channel={channel} done={() => ask(null)} />
              </RowActions>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function stateOf(channel: Channel) {
  if (!channel.enabled) return 'off';
  if (!channel.failing_since) return 'on';
  return (
    <>
      failing since <Moment at={channel.failing_since} />: {channel.error}
    </>
  );
}

function Switch({ channel, done }: { channel: Channel; done: () => void }) {
  const enabled = useSignal(channel.enabled);
  const turn = () =>
    attempt(async () => {
      const etag = await etagOf(channel);
      await write('PATCH', `/channels/${channel.id}`, { body: { enabled: !enabled.value }, etag });
      enabled.value = !enabled.value;
      say(`${channel.name} is ${enabled.value ? 'on' : 'off'}`);
      done();
    });
  return (
    <button type="button" aria-label={`Turn ${channel.name} ${enabled.value ? 'off' : 'on'}`} onClick={turn}>
      {enabled.value ? 'Turn off' : 'Turn on'}
    </button>
  );
}

export interface QuestionProps {
  close: () => void;
  done: (text: string) => void;
}

async function etagOf(channel: Channel): Promise<string | null> {
  return (await read(`/channels/${channel.id}`))?.etag ?? null;
}

function TestQuestion({ channel, kinds, close, done }: QuestionProps & { channel: Channel; kinds: readonly ChannelKind[] }) {
  const contact = useSignal('');
  const contacts = useContacts();
  const { wrong, answer, refuse } = useAnswer();
  const addressed = kinds.some((each) => each.kind === channel.kind && each.addressed);
  const send = async () => {
    const body = addressed ? { contact_id: Number(contact.peek()) } : {};
    const sent = await write<{ result: string; detail: string }>('POST', `/channels/${channel.id}/test`, { body });
    if (sent.result !== 'delivered') refuse({ whole: `${sent.result}: ${sent.detail}` });
    else done('The test was delivered');
  };
  return (
    <Question title={`Test ${channel.name}`} action="Send the test" onClose={close} onAnswer={() => answer(send)}>
      <Wrong text={wrong.whole ?? ''} />
      {addressed && (
        <Field label="To" wrong={wrong.contact_id}>
          {(control) => (
            <select {...control} value={contact.value} onChange={(event) => (contact.value = event.currentTarget.value)}>
              <option value="" disabled>
                Choose …
              </option>
              {contacts.map(([id, words]) => (
                <option key={id} value={id}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <p>A message that says that it is a test is sent now.</p>
    </Question>
  );
}

function RemoveQuestion({ channel, close, done }: QuestionProps & { channel: Channel }) {
  const { wrong, answer } = useAnswer();
  const remove = async () => {
    await write('DELETE', `/channels/${channel.id}`, { etag: await etagOf(channel) });
    done(`${channel.name} is removed`);
  };
  return (
    <Question title={`Remove ${channel.name}?`} action="Remove the channel" danger onClose={close} onAnswer={() => answer(remove)}>
      <Wrong text={wrong.whole ?? ''} />
      <p>What waits for it is told on another way, or to nobody.</p>
    </Question>
  );
}

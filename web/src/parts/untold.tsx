// The warning that nobody would be told of what is wrong, with the way to what mends it.
import { readNow } from '../api/client';
import type { Channel } from '../api/alerts';
import type { EscalationPolicy, Standing } from '../api/oncall';
import type { Page } from '../api/types';
import { gapsIn, type Tellers } from '../format/untold';
import { useLoaded } from '../loaded';
import { path } from '../router';
import { can } from '../session';

/** It looks again with each of the `changes`. */
export function Untold({ changes = 0 }: { changes?: number }) {
  const loaded = useLoaded(String(changes), readTellers);
  const gaps = loaded.data.value ? gapsIn(loaded.data.value) : [];
  return (
    <div role="status">
      {gaps.map(({ text, href, link }) => (
        <p key={text} class="note warning">
          {text} {href !== path.value && <a href={href}>{link}</a>}
        </p>
      ))}
    </div>
  );
}

async function readTellers(signal: AbortSignal): Promise<Tellers> {
  const mayOnCall = can('oncall:read');
  const [channels, policies, standings] = await Promise.all([
    can('channels:read') ? readNow<Page<Channel>>('/channels?enabled=true&limit=1', { signal }) : null,
    mayOnCall ? readNow<Page<EscalationPolicy>>('/escalation-policies?is_default=true&limit=1', { signal }) : null,
    mayOnCall ? readNow<Page<Standing>>('/oncall?limit=200', { signal }) : null,
  ]);
  return { channels: channels && channels.items.length, policy: policies && policies.items[0], standings: standings?.items ?? [] };
}

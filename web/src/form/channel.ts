// What a channel's form says, as it is typed and as the API takes it.
import type { Channel, ChannelKind } from '../api/alerts';
import { numberOr } from './quantities';

export type Said = Record<string, string>;

export function saidOf(channel: Channel | undefined): Said {
  return Object.fromEntries(Object.entries(channel?.fields ?? {}).map(([name, value]) => [name, String(value)]));
}

/** What differs from before; a text that was emptied is null, which removes it, and what is no number stays as it was typed. */
export function fieldsOf(form: ChannelKind, said: Said, before: Said): Record<string, string | number | null> {
  const fields: Record<string, string | number | null> = {};
  for (const { name, default: usual } of form.fields) {
    const text = said[name] ?? '';
    if (text === (before[name] ?? '')) continue;
    fields[name] = typeof usual === 'number' ? numberOr(text) : text || null;
  }
  return fields;
}

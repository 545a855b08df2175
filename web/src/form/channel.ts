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

/** What is needed and not there yet, by field; a secret that is set need not be said again. */
export function lackingIn(form: ChannelKind, name: string, said: Said, channel: Channel | undefined): Record<string, string> {
  const lacking = form.fields.filter((field) => field.required && !said[field.name]?.trim() && !channel?.secrets.includes(field.name));
  const wrong = Object.fromEntries(lacking.map((field) => [`fields.${field.name}`, `${field.label} is needed.`]));
  return name.trim() ? wrong : { name: 'A channel needs a name.', ...wrong };
}

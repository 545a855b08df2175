// What limits a channel's messages, as it is typed and as the API takes it.
import type { Channel, ChannelLimits } from '../api/alerts';
import { durationText, numberOr, parseDuration } from './quantities';

export type LimitValues = Record<keyof ChannelLimits, string>;

export function valuesOf({ limits_in_force: held }: Pick<Channel, 'limits_in_force'>): LimitValues {
  return {
    alone_max: String(held.alone_max),
    kept_for_pages: String(held.kept_for_pages),
    digests_max: String(held.digests_max),
    window_s: durationText(held.window_s),
  };
}

/** What was said before with what is typed now; what is empty is as usual, and what can't be read goes as it was typed. */
export function limitsOf(channel: Pick<Channel, 'limits' | 'limits_in_force'>, values: LimitValues): Record<string, unknown> {
  const before = valuesOf(channel);
  const said: Record<string, unknown> = { ...channel.limits };
  for (const name of Object.keys(values) as (keyof ChannelLimits)[]) {
    const text = values[name];
    if (text === before[name]) continue;
    if (text.trim() === '') delete said[name];
    else said[name] = name === 'window_s' ? (parseDuration(text) ?? text) : numberOr(text);
  }
  return said;
}

/** `10 alone and 6 digests in 1h` */
export function limitsInWords({ alone_max, digests_max, window_s }: ChannelLimits): string {
  return `${alone_max} alone and ${digests_max} ${digests_max === 1 ? 'digest' : 'digests'} in ${durationText(window_s)}`;
}

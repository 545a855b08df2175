// How contacts are said, and what a search box means. Rules only.
import type { Channel, QuietHours, Weekday } from '../api/types';

export const WEEKDAYS: readonly (readonly [Weekday, string])[] = [
  ['mon', 'Monday'], ['tue', 'Tuesday'], ['wed', 'Wednesday'], ['thu', 'Thursday'], ['fri', 'Friday'],
  ['sat', 'Saturday'], ['sun', 'Sunday'],
];

export const CHANNELS: readonly (readonly [Channel, string])[] = [
  ['email', 'Email'], ['sms', 'SMS'], ['call', 'Call'], ['chat', 'Chat'], ['push', 'Push'],
];

export function channelWord(channel: Channel): string {
  return CHANNELS.find(([name]) => name === channel)?.[1] ?? channel;
}

/** `22:00 to 07:00, every day` */
export function quietWords({ from, until, days }: QuietHours): string {
  const short = days.map((day) => day[0]!.toUpperCase() + day.slice(1));
  return `${from} to ${until}, ${days.length === 7 ? 'every day' : short.join(' ')}`;
}

/** What was typed into the search box: an email is exact, so is a number, all else are words of the name. */
export function searchOf(typed: string): { q?: string; email?: string; phone?: string } {
  const text = typed.trim();
  if (!text) return {};
  if (/^\S+@\S+\.\S+$/.test(text)) return { email: text };
  if (/^\+?[\d\s()/.-]{6,}$/.test(text)) return { phone: text };
  return { q: text };
}

/** Words parted by commas, each once. */
export function listOf(text: string): string[] {
  return [...new Set(text.split(/[,;]/).map((word) => word.trim()).filter(Boolean))];
}

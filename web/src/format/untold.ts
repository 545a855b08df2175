// Why nobody would be told of what is wrong, as far as the reader may know.
import type { EscalationPolicy } from '../api/oncall';

/** What was found; null for what the reader may not see. */
export interface Tellers {
  channels: number | null;
  policy: Pick<EscalationPolicy, 'name' | 'amiss'> | undefined | null;
}

export interface Gap {
  text: string;
  href: string;
  link: string;
}

export function gapsIn({ channels, policy }: Tellers): Gap[] {
  const gaps: Gap[] = [];
  if (channels === 0) {
    gaps.push({ text: 'No channel is on, so nobody is told of anything.', href: '/channels', link: 'Add a channel, or turn one on' });
  }
  if (policy === undefined) {
    gaps.push({
      text: 'No escalation policy is the default, so nobody is told of what no other policy tells.',
      href: '/escalation-policies', link: 'Make a policy the default',
    });
  }
  if (policy?.amiss.length) {
    gaps.push({
      text: `The default escalation policy ${policy.name}: ${policy.amiss.join('; ')}.`,
      href: '/escalation-policies', link: 'Say who is to be told',
    });
  }
  return gaps;
}

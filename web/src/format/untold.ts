// Why nobody would be told of what is wrong, as far as the reader may know.
import type { EscalationPolicy, Standing } from '../api/oncall';

type Policy = Pick<EscalationPolicy, 'name' | 'amiss' | 'steps'>;

/** What was found; null for what the reader may not see. */
export interface Tellers {
  channels: number | null;
  policy: Policy | undefined | null;
  standings: readonly Pick<Standing, 'schedule' | 'on_call'>[];
}

export interface Gap {
  text: string;
  href: string;
  link: string;
}

export function gapsIn({ channels, policy, standings }: Tellers): Gap[] {
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
  if (policy && nobodyIsOnCall(policy, standings)) {
    gaps.push({ text: `Nobody is on call now whom the default escalation policy ${policy.name} tells.`, href: '/oncall', link: 'Who is on call' });
  }
  return gaps;
}

/** Whether a policy tells schedules alone, and nobody is on call in any; one of which nothing is known counts as one with somebody. */
function nobodyIsOnCall({ steps }: Policy, standings: Tellers['standings']): boolean {
  const targets = steps.flatMap((step) => step.targets);
  const empty = new Set(standings.filter(({ on_call }) => on_call.length === 0).map(({ schedule }) => `schedule:${schedule.id}`));
  return targets.length > 0 && targets.every((target) => empty.has(target));
}

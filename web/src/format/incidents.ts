// What an incident and the lines of its story are called.
import type { Incident, StoryLine } from '../api/alerts';
import { matchersText } from './matchers';

const LINES: Record<string, string> = {
  opened: 'Opened',
  no_data: 'No data any more',
  recovering: 'Fine again, for now',
  relapsed: 'Wrong again',
  flapping: 'Comes and goes',
  calm: 'Calm again',
  resolved: 'Resolved',
  escalated: 'Told',
  nobody: 'Nobody to tell',
  notified: 'Message arrived',
  not_notified: 'Message did not arrive',
  held_back: 'Held back',
  let_go: 'No longer held back',
  acknowledged: 'Acknowledged',
  acknowledgement_ended: 'Acknowledgement ended',
  assigned: 'Assigned',
  note: 'Note',
};

const WHY: Record<string, string> = { no_policy: 'no escalation policy is the default' };

export function lineInWords(line: StoryLine): string {
  return LINES[line.kind] ?? line.kind.replaceAll('_', ' ');
}

const LINKS = { runbook: 'Runbook', runbook_url: 'Runbook', generator_url: 'Where it comes from' };

/** What annotations lead to; what is no address of the web is no link, whatever it calls itself. */
export function linksOf({ annotations }: Pick<Incident, 'annotations'>): { name: string; words: string; url: string }[] {
  return Object.entries(LINKS).flatMap(([name, words]) => {
    const url = annotations[name];
    return url && isWebAddress(url) ? [{ name, words, url }] : [];
  });
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** What a line says beside: names first, then why. */
export function moreInWords({ details }: StoryLine): string {
  const texts = [details.text, details.error, WHY[String(details.why)] ?? details.why];
  const names = ['contact_names', 'channel_names'].flatMap((name) => (details[name] as string[] | undefined) ?? []);
  return [...names, ...texts].filter((each): each is string => typeof each === 'string' && each !== '').join(', ');
}

/** What an incident is held back by: the silence, or the dependency and the incident that it follows from. */
export function heldBackBy({ details }: Pick<StoryLine, 'details'>): { words: string; href: string }[] {
  const { silence, dependency, incident } = details;
  const known = [
    { name: 'silence', id: silence, href: '/silences' },
    { name: 'dependency', id: dependency, href: '/dependencies' },
    { name: 'incident', id: incident, href: `/incidents/${String(incident)}` },
  ];
  return known.flatMap(({ name, id, href }) => (typeof id === 'number' ? [{ words: `${name} ${id}`, href }] : []));
}

/** Matchers that match just it, in Alertmanager's form. */
export function matchersOf({ labels }: Incident): string {
  return matchersText(Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true })));
}

/** Where its object has a page. */
export function placeOf(incident: Incident): string | null {
  const page = { task: 'tasks', check: 'checks', channel: null, own: null, pushed: null }[incident.kind];
  return page && `/${page}/${incident.object_id}`;
}

import { expect, test } from 'vitest';
import type { StoryLine } from '../api/alerts';
import { heldBackBy, linksOf, moreInWords } from './incidents';

const of = (annotations: Record<string, string>) => linksOf({ annotations }).map(({ words, url }) => `${words}: ${url}`);

test('a runbook and where an alert comes from are links', () => {
  expect(of({ generator_url: 'http://prom:9090/graph', runbook_url: 'https://wiki.example.org/x', summary: 'https://x.example' })).toEqual([
    'Runbook: https://wiki.example.org/x', 'Where it comes from: http://prom:9090/graph',
  ]);
});

test.each(['javascript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', '//evil.example', 'wiki', 'https://', '/incidents/1'])(
  'what says %j is a text and no link', (runbook) => {
    expect(of({ runbook })).toEqual([]);
  },
);

test('a line says names first, then why in words', () => {
  const more = (details: Record<string, unknown>) => moreInWords({ details } as StoryLine);
  expect(more({ why: 'no_policy' })).toBe('no escalation policy is the default');
  expect(more({ text: 'on it', contact_names: ['Ada'], channel_names: ['Mail'], why: 'gone' })).toBe('Ada, Mail, on it, gone');
});

test('what is held back says by what, each the way to it', () => {
  const by = (details: Record<string, unknown>) => heldBackBy({ details }).map(({ words, href }) => `${words}: ${href}`);
  expect(by({ silence: 3 })).toEqual(['silence 3: /silences']);
  expect(by({ dependency: 2, incident: 12 })).toEqual(['dependency 2: /dependencies', 'incident 12: /incidents/12']);
});

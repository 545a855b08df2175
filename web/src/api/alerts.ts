// The shapes of incidents, as the contract states them. Owns no behaviour.
import type { Matcher } from '../format/matchers';
import type { Instant } from './types';

export type Severity = 'critical' | 'warning' | 'info';

export interface Incident {
  id: number;
  state: 'open' | 'acknowledged' | 'resolved';
  kind: 'task' | 'check' | 'channel' | 'own' | 'pushed';
  object_id: number;
  rule: string;
  severity: Severity;
  title: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  run_id: number | null;
  flapping: boolean;
  held_back: boolean;
  opened_at: Instant;
  resolved_at: Instant | null;
  resolved_by: string | null;
  acknowledged_at: Instant | null;
  acknowledged_by: string | null;
  acknowledged_until: Instant | null;
  assigned_to: number | null;
  version: number;
}

export interface StoryLine {
  id: number;
  at: Instant;
  kind: string;
  actor: string;
  details: Record<string, unknown>;
}

export type IncidentCounts = Record<Severity, number>;

export interface Channel {
  id: number;
  name: string;
  kind: string;
  enabled: boolean;
  failing_since: Instant | null;
  error: string | null;
  delivered_at: Instant | null;
  fields: Record<string, string | number>;
  /** What is said of its limits; `limits_in_force` is that with what is usual. */
  limits: Partial<ChannelLimits>;
  limits_in_force: ChannelLimits;
  /** The sealed fields that are set; nobody is shown what is in them. */
  secrets: string[];
  templates: { subject?: string; text?: string };
  bounced: { contact_id: number; at: Instant; detail: string }[];
}

/** How many messages one contact gets within `window_s`. */
export interface ChannelLimits {
  alone_max: number;
  kept_for_pages: number;
  digests_max: number;
  window_s: number;
}

/** What templates would make of an incident. */
export interface MessagePreview {
  subject: string;
  text: string;
}

/** The form of one kind of channel; `addressed` ones reach each contact by an address. */
export interface ChannelKind {
  kind: string;
  addressed: boolean;
  fields: {
    name: string;
    label: string;
    secret: boolean;
    required: boolean;
    default: string | number | null;
    /** Empty where any text may stand. */
    choices: string[];
    help: string;
  }[];
}

/** What was told to one contact, or in a channel's own room. `reason` says why it is a dead letter. */
export interface Message {
  id: number;
  state: 'ready' | 'sending' | 'sent' | 'dead' | 'dropped';
  subject: string;
  contact_id: number | null;
  contact: string | null;
  channel: string | null;
  tries: number;
  reason: string | null;
  error: string | null;
  made_at: Instant;
  due_at: Instant | null;
  ended_at: Instant | null;
}

export interface Ping {
  id: number;
  at: Instant;
  kind: 'success' | 'start' | 'fail' | 'log';
  exit_code: number | null;
  duration_s: number | null;
  late: boolean;
  method: string;
  address: string;
  agent: string;
  body_bytes: number;
}

/** With what was sent along; `cut` where only its beginning is kept. */
export interface WholePing extends Ping {
  body: string;
  cut: boolean;
}

/** A job that runs elsewhere and pings. `url` is there for who may change it. */
export interface Check {
  id: number;
  name: string;
  description: string;
  tags: string[];
  state: 'new' | 'up' | 'late' | 'down' | 'paused';
  period_s: number | null;
  cron: string | null;
  zone: string | null;
  grace_s: number;
  enabled: boolean;
  running: boolean;
  last_ping_at: Instant | null;
  last_duration_s: number | null;
  expected_at: Instant | null;
  fails: number;
  pings: number;
  recent: Ping[];
  url: string | null;
  version: number;
}

export interface Silence {
  id: number;
  state: 'pending' | 'active' | 'expired';
  holds: boolean;
  text: string;
  starts_at: Instant;
  ends_at: Instant;
  hours: { from: string; until: string; zone: string; days?: string[] } | null;
  comment: string;
  created_by: string;
}

/** While what `parents` match is wrong, what `children` match is told to nobody. */
export interface Dependency {
  id: number;
  name: string;
  parents: Matcher[];
  children: Matcher[];
  equal: string[];
  comment: string;
}

export type RuleKind = 'task' | 'check' | 'channel' | 'own';
export type RuleScope = 'all' | 'tag' | 'one';

/** What holds for a rule on an object, times in seconds, and which settings say so. */
export interface Rule {
  kind: RuleKind;
  rule: string;
  enabled: boolean;
  count: number | null;
  time_s: number | null;
  violated_for_s: number;
  fine_for_s: number;
  severity: Severity;
  runbook: string | null;
  policy_id: number | null;
  set_by: { scope: RuleScope; value: string; fields: string[] }[];
}

/** What is said of a rule: for all objects of its kind, for a tag, or for one object. */
export interface RuleSetting {
  id: number;
  kind: RuleKind;
  rule: string;
  scope: RuleScope;
  value: string;
  changes: Record<string, unknown>;
  version: number;
}

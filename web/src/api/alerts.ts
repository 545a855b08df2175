// The shapes of incidents, as the contract states them. Owns no behaviour.
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
    help: string;
  }[];
}

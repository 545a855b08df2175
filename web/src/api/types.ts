// The shapes of /api/v1, as its contract states them. Owns no behaviour.

export type Instant = string; // RFC 3339, UTC, ends in Z

export type Role = 'viewer' | 'operator' | 'admin';
export type Scope =
  | 'tasks:read' | 'tasks:write' | 'runs:read' | 'runs:write' | 'users:read' | 'users:write' | 'audit:read'
  | 'contacts:read' | 'contacts:write' | 'contacts:pii' | 'contacts:export' | 'contacts:erase'
  | 'keys:read' | 'keys:write' | 'self:write'
  | 'alerts:read' | 'alerts:write' | 'alerts:push' | 'checks:read' | 'checks:write'
  | 'metrics:read' | 'metrics:write'
  | 'channels:read' | 'channels:write' | 'oncall:read' | 'oncall:write';

export interface User {
  id: number;
  name: string;
  role: Role;
  second_factor: boolean;
  has_password: boolean;
  provider: boolean;
}

export interface Session {
  user: User | null;
  actor: 'user' | 'key' | 'local';
  scopes: Scope[];
  csrf_token: string | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface ProblemBody {
  title: string;
  status: number;
  detail?: string;
  code?: string;
  fields?: Record<string, string>;
  request_id?: string;
}

export type RunState =
  | 'queued' | 'claimed' | 'running' | 'succeeded' | 'failed' | 'timed_out' | 'cancelled' | 'skipped' | 'missed'
  | 'lost';

export type Trigger = 'schedule' | 'manual' | 'boot';
export type TaskState = 'active' | 'paused';

export type Schedule =
  | { kind: 'cron'; cron: string }
  | { kind: 'interval'; every_s: number; anchor_at?: Instant }
  | { kind: 'once'; at: Instant }
  | { kind: 'boot' }
  | { kind: 'manual' };

export interface RunBrief {
  id: number;
  state: RunState;
  reason: string | null;
  slot_at?: Instant | null;
  slot_count?: number; // more than 1: the row stands for a range of slots
  started_at: Instant | null;
  ended_at: Instant | null;
  duration_s?: number | null;
}

/** What a caller may write of a task. */
export interface TaskSettings {
  name: string;
  description: string | null;
  schedule: Schedule;
  zone: string;
  gap: 'shift' | 'skip';
  overlap: 'first' | 'both';
  catch_up: 'latest' | 'all' | 'none';
  lateness_max_s: number;
  command: string[];
  shell: string | null;
  cwd: string | null;
  env: Record<string, string>;
  stdin: string | null;
  user: string | null;
  timeout_s: number;
  grace_s: number;
  delivery: 'at_most_once' | 'at_least_once';
  concurrency: 'forbid' | 'allow' | 'queue' | 'replace';
  concurrency_max: number;
  retries_max: number;
  retry_first_s: number;
  retry_longest_s: number;
  retry_jitter: number;
  queue: string;
  priority: number;
  output_bytes_max: number;
  tags: string[];
}

export interface Task extends TaskSettings {
  id: number;
  kind: 'command';
  state: TaskState;
  enabled: boolean;
  paused_reason: string | null;
  revision: number;
  created_at: Instant;
  updated_at: Instant;
  source: { path: string; user: string | null; line: number; ordinal: number; text: string } | null;
  notes: string[];
  next_run: Instant | null;
  last_run: RunBrief | null;
  recent?: RunBrief[];
}

export interface Run extends RunBrief {
  task_id: number;
  task: string;
  kind: 'command';
  trigger: Trigger;
  detail: string | null;
  slot_at: Instant | null;
  slot_through: Instant | null;
  slot_count: number;
  attempt: number;
  attempts_max: number;
  worker: string | null;
  queued_at: Instant | null;
  not_before: Instant | null;
  duration_s: number | null;
  lateness_s: number | null;
  exit_code: number | null;
  signal: number | string | null;
  cpu_s: number | null;
  memory_bytes_max: number | null;
  output_bytes: number | null;
  output_kept_bytes: number | null;
  cancel_requested_at: Instant | null;
  parent_run_id: number | null;
  parameters: Record<string, string>;
  task_revision: number | null;
  delivery: string;
  requested_by: string | null;
  attempts?: Attempt[];
}

export interface Attempt {
  attempt: number;
  worker: string | null;
  state: RunState;
  reason: string | null;
  detail: string | null;
  started_at: Instant | null;
  ended_at: Instant | null;
  exit_code: number | null;
  signal: number | string | null;
  cpu_s: number | null;
  memory_bytes_max: number | null;
  output_bytes: number | null;
}

export interface OutputPiece {
  attempt: number;
  stream: 'stdout' | 'stderr';
  at: Instant;
  text: string;
  dropped_before: number;
}

export interface OutputPage {
  items: OutputPiece[];
  next: string;
  complete: boolean;
}

export interface AuditVerification {
  ok: boolean;
  last: number;
  total: number;
  first_bad: number | null;
  what: string | null;
  last_hash: string | null;
  checkpoints: { checkpoints: number; size: number; at: Instant | null; strangers: string[] };
  uncovered_from: number | null;
  next: string | null;
}

export interface AuditEntry {
  seq: number;
  at: Instant;
  actor: { kind: string; id: number | null; name: string | null; key: string | null };
  address: string | null;
  action: string;
  object_type: string | null;
  object_id: number | string | null;
  details: Record<string, unknown>;
  hash: string;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
export type Channel = 'email' | 'sms' | 'call' | 'chat' | 'push';

export interface QuietHours {
  from: string;
  until: string;
  days: Weekday[];
}

/** Whom Autom8 tells. `masked`: email and phone are hints, and notes are left out. */
export interface Contact {
  id: number;
  name: string;
  email: string | null;
  phone: string | null;
  notes: string | null;
  tags: string[];
  groups: { id: number; name: string }[];
  zone: string | null;
  language: string | null;
  quiet: QuietHours | null;
  channels: Channel[];
  masked: boolean;
  unreadable: string[];
  version: number;
  created_at: Instant;
  updated_at: Instant;
}

export interface ContactGroup {
  id: number;
  name: string;
  description: string;
  members: number;
  version: number;
}

/** That a contact was erased, and which audit entry tells of it. */
export interface Certificate {
  contact_id: number;
  data_key_id: number | null;
  erased_at: Instant;
  erased_by: string;
  reason: string;
  audit_seq: number | null;
  audit_hash: string | null;
}

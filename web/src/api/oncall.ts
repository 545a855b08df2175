// The shapes of who is on call and of escalation policies, as the contract states them. Owns no behaviour.
import type { Instant, Weekday } from './types';

export interface Person {
  id: number;
  name: string;
}

/** Hours of the week; in the rotation's zone unless they have one of their own. */
export interface Hours {
  days?: Weekday[];
  from: string;
  until: string;
  zone?: string | null;
}

/** Contacts that take turns; `start` is a time on the clocks of `zone`. */
export interface Rotation {
  name: string;
  participants: number[];
  turn_s: number;
  start: string;
  zone: string;
  only: Hours | null;
}

export interface OnCallSchedule {
  id: number;
  name: string;
  description: string;
  zone: string;
  rotations: Rotation[];
  people: Person[];
  amiss: string[];
  version: number;
}

/** null: farther away than is looked. */
export interface Stretch {
  contact: Person;
  since: Instant | null;
  until: Instant | null;
}

export interface Standing {
  schedule: { id: number; name: string; zone: string };
  at: Instant;
  on_call: Stretch[];
  next: Stretch[];
  amiss: string[];
}

export interface Shift {
  contact: Person;
  since: Instant;
  until: Instant;
}

export interface Override {
  id: number;
  start: Instant;
  end: Instant;
  added: Person | null;
  removed: Person | null;
  comment: string;
  created_by: string;
}

/** `targets` are such as `contact:5`; `after_s` counts from the step before. */
export interface PolicyStep {
  targets: string[];
  after_s: number;
}

/** `repeats` null: until somebody acts. `names` has no entry for a target that is gone. */
export interface EscalationPolicy {
  id: number;
  name: string;
  description: string;
  steps: PolicyStep[];
  repeats: number | null;
  repeated_after_s: number;
  is_default: boolean;
  names: Record<string, string>;
  amiss: string[];
  version: number;
}

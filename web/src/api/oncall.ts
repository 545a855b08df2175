// The shapes of who is on call and who is told when, as the contract states them. Owns no behaviour.
import type { Instant, Weekday } from './types';

export interface Person {
  id: number;
  name: string;
}

export interface Rotation {
  name: string;
  participants: number[];
  turn_s: number;
  /** By the clocks of the zone, without an offset. */
  start: string;
  zone: string;
  only: { days: Weekday[]; from: string; until: string; zone?: string | null } | null;
}

export interface OnCallSchedule {
  id: number;
  name: string;
  zone: string;
  rotations: Rotation[];
  people: Person[];
  amiss: string[];
}

export interface Stretch {
  contact: Person;
  since: Instant | null;
  until: Instant | null;
}

export interface Standing {
  schedule: { id: number; name: string; zone: string };
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
}

/** Targets are `contact:5`, `group:2`, `schedule:1` or `channel:3`; `names` says what they are called. */
export interface Policy {
  id: number;
  name: string;
  steps: { targets: string[]; after_s: number }[];
  repeats: number | null;
  repeated_after_s: number;
  is_default: boolean;
  names: Record<string, string>;
  amiss: string[];
}

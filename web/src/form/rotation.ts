// A rotation as it is typed, and as the API takes it.
import type { Rotation } from '../api/oncall';
import type { Weekday } from '../api/types';
import { ALL_DAYS } from '../format/oncall';
import { dateIn } from '../format/time';
import { mondayOf } from '../format/wall';

const HOUR_S = 3_600;
const DAY_S = 86_400;
const WEEK_S = 7 * DAY_S;

export interface RotationValues {
  name: string;
  participants: string[];
  turn: 'day' | 'week' | 'days' | 'hours';
  length: string; // of a turn, where it is no day or week
  start: string;
  zone: string;
  limited: boolean;
  from: string;
  until: string;
  days: Weekday[];
  hoursZone: string | null;
}

/** By the week from this week's Monday on, so that somebody is on call at once. */
export function freshRotation(zone: string, at: Date): RotationValues {
  return {
    name: '', participants: [''], turn: 'week', length: '12', start: `${mondayOf(dateIn(zone, at))}T09:00`, zone,
    limited: false, from: '09:00', until: '17:00', days: ALL_DAYS, hoursZone: null,
  };
}

/** What is kept may lack anything, if somebody broke it by hand. */
export function valuesOf(rotation: Partial<Rotation>, fresh: RotationValues): RotationValues {
  const { only, turn_s = WEEK_S } = rotation;
  const people = (rotation.participants ?? []).map(String);
  return {
    ...fresh,
    name: rotation.name ?? '',
    participants: people.length ? people : [''],
    turn: turnOf(turn_s),
    length: String(turn_s % DAY_S ? turn_s / HOUR_S : turn_s / DAY_S),
    start: (rotation.start ?? fresh.start).replace(/(T\d\d:\d\d):00$/, '$1'),
    zone: rotation.zone ?? fresh.zone,
    ...(only ? { limited: true, from: only.from, until: only.until, days: only.days ?? ALL_DAYS, hoursZone: only.zone ?? null } : {}),
  };
}

function turnOf(seconds: number): RotationValues['turn'] {
  if (seconds === DAY_S) return 'day';
  if (seconds === WEEK_S) return 'week';
  return seconds % DAY_S ? 'hours' : 'days';
}

export function rotationOf(values: RotationValues): Rotation {
  const { turn, limited, from, until, days, hoursZone } = values;
  const lengths = { day: DAY_S, week: WEEK_S, days: Number(values.length) * DAY_S, hours: Number(values.length) * HOUR_S };
  return {
    name: values.name.trim(),
    participants: values.participants.filter(Boolean).map(Number),
    turn_s: lengths[turn],
    start: values.start,
    zone: values.zone.trim(),
    only: limited ? { days, from, until, ...(hoursZone ? { zone: hoursZone } : {}) } : null,
  };
}

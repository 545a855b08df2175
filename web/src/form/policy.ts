// An escalation policy as it is typed, and as the API takes it.
import type { EscalationPolicy } from '../api/oncall';
import { numberOr } from './quantities';

export interface StepValues {
  minutes: string;
  targets: string[];
}

export interface PolicyValues {
  name: string;
  description: string;
  steps: StepValues[];
  repeats: string;
  forever: boolean;
  again: string; // minutes
  isDefault: boolean;
}

export function valuesOf(policy: EscalationPolicy | null): PolicyValues {
  const steps = policy?.steps ?? [{ targets: [], after_s: 0 }];
  return {
    name: policy?.name ?? '',
    description: policy?.description ?? '',
    steps: steps.map(({ targets, after_s }) => ({ minutes: String(after_s / 60), targets: targets.length ? targets : [''] })),
    repeats: String(policy?.repeats ?? 0),
    forever: policy?.repeats === null,
    again: String((policy?.repeated_after_s ?? 900) / 60),
    isDefault: policy?.is_default ?? false,
  };
}

/** What can't be read goes as it was typed, so that the server says what is wrong. */
export function policyOf({ name, description, steps, repeats, forever, again, isDefault }: PolicyValues) {
  return {
    name,
    description,
    steps: steps.map(({ minutes, targets }) => ({ after_s: seconds(minutes), targets: targets.filter(Boolean) })),
    repeats: forever ? null : numberOr(repeats),
    repeated_after_s: seconds(again),
    is_default: isDefault,
  };
}

function seconds(minutes: string): number | string {
  const read = numberOr(minutes);
  return typeof read === 'number' ? Math.round(read * 60) : read;
}

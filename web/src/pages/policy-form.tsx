// An escalation policy being made or changed: its steps, and how often they are repeated.
import { useSignal } from '@preact/signals';
import { idempotencyKey, read, readNow, write } from '../api/client';
import type { Policy } from '../api/oncall';
import type { Page } from '../api/types';
import { useAnswer } from '../form/answer';
import { Chosen } from '../form/chosen';
import { Line } from '../form/line';
import { durationText, parseDuration } from '../form/quantities';
import { useLoaded } from '../loaded';
import { Question } from '../parts/dialog';
import { say, Wrong } from '../parts/notices';

interface PolicyQuestionProps {
  policy?: Policy;
  close: () => void;
  done: () => void;
}

interface Step {
  targets: string[];
  after: string;
}

const LISTS = { schedule: '/oncall/schedules', group: '/groups', contact: '/contacts', channel: '/channels' } as const;

/** Everything that a step may tell, as choices of a select. */
function useTargets(): [string, string][] {
  const loaded = useLoaded('targets', (signal) =>
    Promise.all(
      Object.entries(LISTS).map(async ([kind, path]) => {
        const page = await readNow<Page<{ id: number; name: string }>>(`${path}?limit=200`, { signal });
        return page.items.map(({ id, name }): [string, string] => [`${kind}:${id}`, `${name} (${kind})`]);
      }),
    ),
  );
  return (loaded.data.value ?? []).flat();
}

export function PolicyQuestion({ policy, close, done }: PolicyQuestionProps) {
  const name = useSignal(policy?.name ?? '');
  const steps = useSignal<Step[]>((policy?.steps ?? [{ targets: [], after_s: 0 }]).map(({ targets, after_s }) => ({ targets, after: durationText(after_s) })));
  const repeats = useSignal(policy ? (policy.repeats === null ? 'forever' : String(policy.repeats)) : '0');
  const apart = useSignal(durationText(policy?.repeated_after_s ?? 1800));
  const byDefault = useSignal(policy?.is_default ?? false);
  const targets = useTargets();
  const { wrong, answer } = useAnswer();
  const save = async () => {
    const body = {
      name: name.peek(),
      steps: steps.peek().map((step) => ({ targets: step.targets, after_s: parseDuration(step.after) ?? step.after })),
      repeats: repeats.peek().trim() === 'forever' ? null : (parseDuration(repeats.peek()) ?? repeats.peek()),
      repeated_after_s: parseDuration(apart.peek()) ?? apart.peek(),
      ...(byDefault.peek() && { is_default: true }), // another takes its place; none gives it up
    };
    const path = `/escalation-policies/${policy?.id}`;
    if (policy) await write('PATCH', path, { body, etag: (await read(path))?.etag ?? null });
    else await write('POST', '/escalation-policies', { body, key: idempotencyKey() });
    say(`${body.name} is ${policy ? 'saved' : 'made'}`);
    done();
  };
  return (
    <Question title={policy ? `Edit ${policy.name}` : 'New policy'} action={policy ? 'Save' : 'Make the policy'} onClose={close} onAnswer={() => answer(save)}>
      <Wrong text={wrong.whole ?? ''} />
      <Line label="Name" autofocus value={name.value} set={(text) => (name.value = text)} wrong={wrong.name} />
      <Steps steps={steps.value} set={(changed) => (steps.value = changed)} targets={targets} wrong={wrong} />
      <Line label="Repeated" hint="How many times more, or forever: until somebody acts." value={repeats.value} set={(text) => (repeats.value = text)} wrong={wrong.repeats} />
      <Line label="Each round after" value={apart.value} set={(text) => (apart.value = text)} wrong={wrong.repeated_after_s} />
      <label class="choice">
        <input type="checkbox" checked={byDefault.value} disabled={policy?.is_default ?? false} onChange={(event) => (byDefault.value = event.currentTarget.checked)} /> For
        all rules that name no policy
      </label>
    </Question>
  );
}

interface StepsProps {
  steps: readonly Step[];
  set: (steps: Step[]) => void;
  targets: [string, string][];
  wrong: Record<string, string>;
}

function Steps({ steps, set, targets, wrong }: StepsProps) {
  const change = (index: number, changes: Partial<Step>) => set(steps.map((step, at) => (at === index ? { ...step, ...changes } : step)));
  return (
    <>
      {steps.map((step, index) => (
        <fieldset key={index}>
          <legend>Step {index + 1}</legend>
          <Chosen
            label={`Step ${index + 1} tells`} options={targets} chosen={step.targets} set={(chosen) => change(index, { targets: chosen })}
            wrong={wrong[`steps.${index}.targets`] ?? (index === 0 ? wrong.steps : undefined)}
          />
          <Line
            label={index === 0 ? 'After the incident was opened by' : `After step ${index} by`} value={step.after}
            set={(text) => change(index, { after: text })} wrong={wrong[`steps.${index}.after_s`]}
          />
          {steps.length > 1 && (
            <button type="button" onClick={() => set(steps.filter((_, at) => at !== index))}>
              Take out step {index + 1}
            </button>
          )}
        </fieldset>
      ))}
      <button type="button" onClick={() => set([...steps, { targets: [], after: '10min' }])}>
        Add a step
      </button>
    </>
  );
}

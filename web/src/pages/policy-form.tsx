// The question that makes an escalation policy or changes one.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { idempotencyKey, write } from '../api/client';
import type { EscalationPolicy } from '../api/oncall';
import { useAnswer } from '../form/answer';
import { Listed, type OptionGroup } from '../form/listed';
import { wrongAt, wrongBeside } from '../form/nested';
import { policyOf, type PolicyValues, type StepValues, valuesOf } from '../form/policy';
import { targetInWords } from '../format/oncall';
import { Question } from '../parts/dialog';
import { Field } from '../parts/field';
import { Wrong } from '../parts/notices';

const SHOWN = /^(name|description|repeats|repeated_after_s|is_default|steps\.\d+\.(after_s|targets).*)$/;

interface PolicyProps {
  policy: EscalationPolicy | null;
  etag: string | null;
  targets: OptionGroup[];
  close: () => void;
  done: (text: string) => void;
}

export function PolicyQuestion({ policy, etag, targets, close, done }: PolicyProps) {
  const values = useSignal(valuesOf(policy));
  const { wrong, answer } = useAnswer();
  const set = (changes: Partial<PolicyValues>) => (values.value = { ...values.peek(), ...changes });
  const save = async () => {
    const body = policyOf(values.peek());
    if (policy) await write('PATCH', `/escalation-policies/${policy.id}`, { body, etag });
    else await write('POST', '/escalation-policies', { body, key: idempotencyKey() });
    done(`${body.name} is ${policy ? 'saved' : 'made'}`);
  };
  const { name, description, steps } = values.value;
  const add = useRef<HTMLButtonElement>(null);
  const removeStep = (index: number) => {
    set({ steps: steps.toSpliced(index, 1) });
    add.current?.focus(); // the button that had the focus goes
  };
  const setStep = (index: number, step: StepValues) => set({ steps: steps.with(index, step) });
  return (
    <Question
      title={policy ? `Edit ${policy.name}` : 'New policy'} action={policy ? 'Save' : 'Make the policy'} onClose={close}
      onAnswer={() => answer(save)}
    >
      <Wrong text={wrongBeside(wrong, SHOWN)} />
      <Field label="Name" wrong={wrong.name}>
        {(control) => <input {...control} autofocus value={name} onInput={(event) => set({ name: event.currentTarget.value })} />}
      </Field>
      <Field label="Description" wrong={wrong.description}>
        {(control) => <input {...control} value={description} onInput={(event) => set({ description: event.currentTarget.value })} />}
      </Field>
      {steps.map((step, index) => (
        <StepFields
          key={index} index={index} step={step} set={(next) => setStep(index, next)} groups={targets} wrong={wrong}
          nameOf={(target) => targetInWords(target, policy?.names ?? {})}
          remove={steps.length > 1 ? () => removeStep(index) : null}
        />
      ))}
      <div class="actions">
        <button type="button" ref={add} onClick={() => set({ steps: [...steps, { minutes: '5', targets: [''] }] })}>
          Add a step
        </button>
      </div>
      <Repeats values={values.value} set={set} wrong={wrong} />
      <label class="check">
        <input type="checkbox" checked={values.value.isDefault} onChange={() => set({ isDefault: !values.peek().isDefault })} />
        The default, for rules that name no policy
      </label>
    </Question>
  );
}

interface StepProps {
  index: number;
  step: StepValues;
  set: (step: StepValues) => void;
  groups: OptionGroup[];
  nameOf: (target: string) => string;
  wrong: Readonly<Record<string, string>>;
  remove: (() => void) | null;
}

function StepFields({ index, step, set, groups, nameOf, wrong, remove }: StepProps) {
  return (
    <fieldset>
      <legend>Step {index + 1}</legend>
      <Field
        label={index ? 'Minutes after the step before' : 'Minutes after the incident was opened'}
        wrong={wrongAt(wrong, `steps.${index}.after_s`)}
      >
        {(control) => (
          <input
            {...control} inputMode="decimal" value={step.minutes}
            onInput={(event) => set({ ...step, minutes: event.currentTarget.value })}
          />
        )}
      </Field>
      <Listed
        noun="Target" groups={groups} nameOf={nameOf} values={step.targets} wrong={wrongAt(wrong, `steps.${index}.targets`)}
        set={(targets) => set({ ...step, targets })}
      />
      {remove && (
        <div class="actions">
          <button type="button" class="danger" aria-label={`Remove step ${index + 1}`} onClick={remove}>
            Remove the step
          </button>
        </div>
      )}
    </fieldset>
  );
}

interface RepeatsProps {
  values: PolicyValues;
  set: (changes: Partial<PolicyValues>) => void;
  wrong: Readonly<Record<string, string>>;
}

function Repeats({ values, set, wrong }: RepeatsProps) {
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={values.forever} onChange={() => set({ forever: !values.forever })} />
        Repeat until somebody acts
      </label>
      <div class="fields grid">
        {!values.forever && (
          <Field label="Repeats" hint="Rounds after the first." wrong={wrong.repeats}>
            {(control) => (
              <input
                {...control} inputMode="numeric" value={values.repeats}
                onInput={(event) => set({ repeats: event.currentTarget.value })}
              />
            )}
          </Field>
        )}
        <Field label="Minutes between rounds" wrong={wrong.repeated_after_s}>
          {(control) => (
            <input {...control} inputMode="decimal" value={values.again} onInput={(event) => set({ again: event.currentTarget.value })} />
          )}
        </Field>
      </div>
    </>
  );
}

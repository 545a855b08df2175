// When a task runs, with the coming slots beside it while it is written.
import { cronInWords } from '../format/cron';
import { viewerZone } from '../format/time';
import { Choice, Text } from './controls';
import { SlotPreview } from './preview';
import type { FormState } from './state';

const KINDS = [
  ['cron', 'By cron'],
  ['interval', 'At a distance'],
  ['once', 'Once'],
  ['boot', 'When the machine starts'],
  ['manual', 'Only by hand'],
] as const;
const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

export function ScheduleSection({ form }: { form: FormState }) {
  const { kind } = form.values.value;
  return (
    <fieldset>
      <legend>Schedule</legend>
      <div class="columns">
        <div class="fields">
          <Choice form={form} value="kind" field="schedule.kind" label="Runs" options={KINDS} />
          {kind === 'cron' && <Cron form={form} />}
          {kind === 'interval' && (
            <Text form={form} value="every" field="schedule.every_s" label="Every" hint="30s, 5min, 1h 30min" class="code" />
          )}
          {kind === 'once' && (
            <Text
              form={form} value="at" field="schedule.at" label="At" type="datetime-local" step={1}
              hint={`By your clock, ${viewerZone}.`}
            />
          )}
          <Text form={form} value="zone" field="zone" label="Time zone" list="zones" hint="Whose clock the schedule follows." />
          <datalist id="zones">
            {ZONES.map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
          {kind === 'cron' && <ClockChanges form={form} />}
        </div>
        <SlotPreview form={form} />
      </div>
    </fieldset>
  );
}

function Cron({ form }: { form: FormState }) {
  const words = cronInWords(form.values.value.cron);
  return (
    <Text
      form={form} value="cron" field="schedule.cron" label="Cron expression" class="code"
      hint={words ? `Runs ${words}.` : 'minute hour day-of-month month day-of-week'}
    />
  );
}

function ClockChanges({ form }: { form: FormState }) {
  return (
    <details>
      <summary>When clocks change</summary>
      <Choice
        form={form} value="gap" field="gap" label="A time that is left out" options={[
          ['shift', 'runs at the first instant after the gap'],
          ['skip', 'is skipped'],
        ]}
      />
      <Choice
        form={form} value="overlap" field="overlap" label="A time that comes twice" options={[
          ['first', 'runs the first time'],
          ['both', 'runs both times'],
        ]}
      />
    </details>
  );
}

// What most tasks leave as it is: limits, repetition, surroundings.
import { Choice, LongText, Text } from './controls';
import type { FormState } from './state';

export function LimitsSection({ form }: { form: FormState }) {
  const { concurrency, retriesMax } = form.values.value;
  return (
    <details class="section">
      <summary>Limits, overlaps and retries</summary>
      <div class="fields grid">
        <Text form={form} value="timeout" field="timeout_s" label="Timeout" hint="Then the command is asked to end." />
        <Text form={form} value="grace" field="grace_s" label="Grace" hint="After that it is ended." />
        <Choice
          form={form} value="concurrency" field="concurrency" label="While a run is in progress" options={[
            ['forbid', 'skip the slot'],
            ['queue', 'let the new run wait'],
            ['allow', 'run beside it'],
            ['replace', 'cancel it for the new run'],
          ]}
        />
        {concurrency === 'allow' && (
          <Text form={form} value="concurrencyMax" field="concurrency_max" label="At most at once" inputMode="numeric" hint="0: no limit." />
        )}
        <Choice
          form={form} value="catchUp" field="catch_up" label="After an outage" options={[
            ['latest', 'run the latest missed slot'],
            ['all', 'run all missed slots'],
            ['none', 'run none of them'],
          ]}
        />
        <Text form={form} value="latenessMax" field="lateness_max_s" label="Greatest lateness" hint="Later than this is missed." />
        <Choice
          form={form} value="delivery" field="delivery" label="If the worker dies" options={[
            ['at_most_once', 'the run is lost (at most once)'],
            ['at_least_once', 'start it again (at least once)'],
          ]}
        />
        <Text form={form} value="retriesMax" field="retries_max" label="Retries after a failure" inputMode="numeric" />
        {retriesMax.trim() !== '0' && (
          <>
            <Text form={form} value="retryFirst" field="retry_first_s" label="First retry after" hint="Doubling." />
            <Text form={form} value="retryLongest" field="retry_longest_s" label="Longest wait" />
          </>
        )}
      </div>
    </details>
  );
}

export function SurroundingsSection({ form }: { form: FormState }) {
  return (
    <details class="section">
      <summary>Surroundings</summary>
      <div class="fields grid">
        <Text form={form} value="cwd" field="cwd" label="Folder" class="code" hint="Empty: the home of whom it runs as." />
        <Text form={form} value="user" field="user" label="Run as" hint="Empty: as the worker itself." />
        <Text form={form} value="outputMax" field="output_bytes_max" label="Output kept of a run" />
        <LongText form={form} value="env" field="env" label="Environment" hint="One NAME=value a line." />
        <LongText form={form} value="stdin" field="stdin" label="Input" hint="Given to the command as it is. Empty: none." />
      </div>
    </details>
  );
}

// What a task runs: an argv, shown as it will be passed, or a line for a shell when asked for.
import { splitArgv } from '../format/argv';
import { Text } from './controls';
import type { FormState } from './state';

export function CommandSection({ form }: { form: FormState }) {
  const { inShell } = form.values.value;
  return (
    <fieldset>
      <legend>Command</legend>
      {inShell ? (
        <>
          <Text form={form} value="line" field="command" label="Line for the shell" wide class="code" />
          <Text form={form} value="shell" field="shell" label="Shell" class="code" />
        </>
      ) : (
        <>
          <Text
            form={form} value="argv" field="command" label="Program and arguments" wide class="code"
            hint="Split at spaces; '…', &quot;…&quot; and \ quote, as in a shell. Nothing is expanded."
          />
          <Words line={form.values.value.argv} />
        </>
      )}
      <label class="check">
        <input type="checkbox" checked={inShell} onChange={() => form.set(toggled(form))} /> Run it in a shell (pipes,{' '}
        <code>&amp;&amp;</code>, variables)
      </label>
    </fieldset>
  );
}

/** Carries over what was written. */
function toggled(form: FormState) {
  const { inShell, argv, line } = form.values.peek();
  return inShell ? { inShell: false, argv: argv || line } : { inShell: true, line: line || argv };
}

function Words({ line }: { line: string }) {
  const { words, hint } = splitArgv(line);
  if (!words.length) return null;
  return (
    <div class="words">
      <ol aria-label="As it is passed">
        {words.map((word, index) => (
          <li key={index}>
            <code class="chip">{word === '' ? '(empty)' : word}</code>
          </li>
        ))}
      </ol>
      {hint && <p class="hint caution">{hint}</p>}
    </div>
  );
}

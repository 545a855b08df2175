// What is shown once: to copy, or to keep as a file. It is in no address and nowhere in the browser's memory.
import { attempt, say } from './notices';

interface SecretProps {
  label: string;
  lines: readonly string[];
  /** The name of the file that it can be kept in. */
  file?: string;
}

export function Secret({ label, lines, file }: SecretProps) {
  const text = lines.join('\n');
  const copy = async () => {
    if (!navigator.clipboard) throw new Error('This browser does not let pages copy here. Mark the text and copy it.');
    await navigator.clipboard.writeText(text);
    say(`${label} copied`);
  };
  return (
    <div class="secret">
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <div class="actions">
        <button type="button" onClick={() => void attempt(copy)}>
          Copy
        </button>
        {file && (
          <a class="button" download={file} href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}>
            Download
          </a>
        )}
      </div>
    </div>
  );
}

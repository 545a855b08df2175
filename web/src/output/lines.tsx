// The lines of a log, drawn in blocks so that a new line redraws one block and not thousands.
import { memo } from '../parts/memo';
import type { Line, OutputLog } from './log';

const BLOCK_LINES = 100;

export function LogLines({ log, version }: { log: OutputLog; version: number }) {
  const blocks = new Map<number, Line[]>();
  for (const line of log.lines) {
    const block = Math.floor(line.key / BLOCK_LINES);
    const lines = blocks.get(block);
    if (lines) lines.push(line);
    else blocks.set(block, [line]);
  }
  const newest = Math.floor((log.lines.at(-1)?.key ?? 0) / BLOCK_LINES);
  return (
    <>
      {[...blocks].map(([block, lines]) => (
        // The newest two may still change: each stream may have a line open.
        <Block key={block} lines={lines} version={block >= newest - 1 ? version : 0} />
      ))}
    </>
  );
}

const Block = memo(DrawnBlock, ({ lines, version }) => `${version} ${lines.length}`);

function DrawnBlock({ lines }: { lines: readonly Line[]; version: number }) {
  return (
    <div class="block">
      {lines.map((line) => (
        <p key={line.key} class={`line ${line.kind}`}>
          {line.kind === 'stderr' && <span class="unseen">stderr: </span>}
          {line.spans.map(({ text, className }, index) =>
            className ? (
              <span key={index} class={className}>
                {text}
              </span>
            ) : (
              text
            ),
          )}
        </p>
      ))}
    </div>
  );
}

// Numbers, durations and sizes as people type them: `90`, `1h 30min`, `10 MiB`. Pure.

const SECONDS: Record<string, number> = {
  ms: 0.001, s: 1, sec: 1, m: 60, min: 60, h: 3_600, d: 86_400, w: 604_800,
};
const BYTES: Record<string, number> = {
  b: 1, k: 1024, kib: 1024, kb: 1000, m: 1024 ** 2, mib: 1024 ** 2, mb: 1e6, g: 1024 ** 3, gib: 1024 ** 3, gb: 1e9,
};

/** A number; what is none stays as it was typed, so that the server refuses it by field. */
export function numberOr(text: string): number | string {
  const read = Number(text.trim() || 'none');
  return Number.isFinite(read) ? read : text;
}

/** Seconds; null for what is no duration. A bare number is seconds. */
export function parseDuration(text: string): number | null {
  return parseQuantity(text, SECONDS, 's');
}

/** Bytes; null for what is no size. A bare number is bytes. */
export function parseBytes(text: string): number | null {
  const bytes = parseQuantity(text, BYTES, 'b');
  return bytes === null ? null : Math.round(bytes);
}

function parseQuantity(text: string, units: Record<string, number>, bare: string): number | null {
  const whole = text.trim().toLowerCase();
  if (!/^(\d+(\.\d+)?\s*[a-z]*\s*)+$/.test(whole)) return null;
  let sum = 0;
  for (const [, count, unit] of whole.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    const size = units[unit || bare];
    if (size === undefined) return null;
    sum += Number(count) * size;
  }
  return Math.round(sum * 1000) / 1000;
}

/** The shortest text that `parseDuration` reads back: `1h 30min`, `0.5s`. */
export function durationText(seconds: number): string {
  if (!Number.isInteger(seconds)) return `${seconds}s`;
  const parts: string[] = [];
  let rest = seconds;
  for (const unit of ['d', 'h', 'min', 's'] as const) {
    const count = Math.floor(rest / SECONDS[unit]!);
    if (count) parts.push(`${count}${unit}`);
    rest -= count * SECONDS[unit]!;
  }
  return parts.join(' ') || '0s';
}

/** The shortest text that `parseBytes` reads back. */
export function bytesText(bytes: number): string {
  for (const [unit, size] of [['GiB', 1024 ** 3], ['MiB', 1024 ** 2], ['KiB', 1024]] as const) {
    if (bytes && bytes % size === 0) return `${bytes / size} ${unit}`;
  }
  return `${bytes} B`;
}

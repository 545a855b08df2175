// What this browser remembers of the reader's liking. Never anything secret; may be forbidden.

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(`autom8.${name}`);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`autom8.${name}`, value);
  } catch {
    // a browser that forbids it forgets the liking; nothing else depends on it
  }
}

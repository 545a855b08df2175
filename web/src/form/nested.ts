// What the server says is wrong inside of lists, such as `steps.0.targets.1`.

/** What is wrong with a field or with anything in it. */
export function wrongAt(wrong: Readonly<Record<string, string>>, field: string): string | undefined {
  const inside = Object.entries(wrong).filter(([name]) => name === field || name.startsWith(`${field}.`));
  return [...new Set(inside.map(([, what]) => what))].join('; ') || undefined;
}

/** What is wrong with the whole, or with a field that the form does not show. */
export function wrongBeside(wrong: Readonly<Record<string, string>>, shown: RegExp): string {
  const hidden = Object.entries(wrong).filter(([name]) => name !== 'whole' && !shown.test(name));
  return [...(wrong.whole ? [wrong.whole] : []), ...hidden.map(([name, what]) => `${name}: ${what}`)].join('; ');
}

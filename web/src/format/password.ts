// A hint while a password is chosen. The server decides; its rule is the length alone.

export const PASSWORD_LENGTH_MIN = 12;

/** What to say of a password, and whether it can be taken. */
export function passwordHint(password: string, name = ''): { fits: boolean; text: string } {
  const length = [...password].length;
  if (length === 0) return { fits: false, text: `At least ${PASSWORD_LENGTH_MIN} characters. A few random words are good.` };
  if (length < PASSWORD_LENGTH_MIN) return { fits: false, text: `${PASSWORD_LENGTH_MIN - length} more to go.` };
  if (new Set(password).size < 5) return { fits: true, text: 'Long enough, but easy to guess: it repeats itself.' };
  if (name && password.toLowerCase().includes(name.toLowerCase())) {
    return { fits: true, text: 'Long enough, but it contains your name.' };
  }
  return { fits: true, text: 'Long enough.' };
}

// Light, dark, or as the system has it. Styles read the attribute; this file alone sets it.
import { signal } from '@preact/signals';
import { kept, keep } from './kept';

export type Theme = 'auto' | 'light' | 'dark';

const NEXT: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };

export const theme = signal<Theme>(asTheme(kept('theme')));

export function applyTheme(): void {
  document.documentElement.dataset.theme = theme.value;
}

export function nextTheme(): void {
  theme.value = NEXT[theme.value];
  keep('theme', theme.value);
  applyTheme();
}

function asTheme(text: string | null): Theme {
  return text === 'light' || text === 'dark' ? text : 'auto';
}

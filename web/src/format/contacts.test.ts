import { expect, test } from 'vitest';
import { listOf, quietWords, searchOf } from './contacts';

test('a search is for a name unless it can only be an email or a number', () => {
  expect(searchOf('  ')).toEqual({});
  expect(searchOf(' Ada M')).toEqual({ q: 'Ada M' });
  expect(searchOf('ada@example')).toEqual({ q: 'ada@example' }); // not whole yet
  expect(searchOf('ada@example.org ')).toEqual({ email: 'ada@example.org' });
  expect(searchOf('+49 (30) 90-18')).toEqual({ phone: '+49 (30) 90-18' });
  expect(searchOf('Area 51')).toEqual({ q: 'Area 51' });
});

test('quiet hours are said in one line', () => {
  expect(quietWords({ from: '22:00', until: '07:00', days: ['mon', 'sun'] })).toBe('22:00 to 07:00, Mon Sun');
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
  expect(quietWords({ from: '22:00', until: '07:00', days: [...days] })).toBe('22:00 to 07:00, every day');
});

test('a list is parted by commas and holds each word once', () => {
  expect(listOf(' a, b;a ,, ')).toEqual(['a', 'b']);
});

import { expect, test } from 'vitest';
import { type Fate, reportCsv, typeOf, whyOf } from './upload';

const BAD: Fate = { line: 7, fate: 'bad', name: 'Ada', why: { email: 'is "none"', phone: 'is too short' }, warnings: ['w'], contact_id: null };

test('a file is known by its name, or left to the server', () => {
  expect(typeOf({ name: 'people.VCF' })).toBe('text/vcard');
  expect(typeOf({ name: 'people.csv' })).toBe('text/csv');
  expect(typeOf({ name: 'people' })).toBe('application/octet-stream');
});

test('all reasons are said in one line', () => {
  expect(whyOf(BAD)).toBe('email is "none"; phone is too short; w');
});

test('the report holds lines and reasons, and no name', () => {
  expect(reportCsv([BAD])).toBe('line,fate,why\r\n7,bad,"email is ""none""; phone is too short; w"\r\n');
});

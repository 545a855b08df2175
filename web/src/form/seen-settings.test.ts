import { afterEach, expect, test, vi } from 'vitest';
import { SeenSettings } from './seen-settings';

const paths: string[] = [];
let found: { id: number }[] = [];

function answers(body: unknown): Response {
  return new Response(JSON.stringify(body), { headers: { ETag: '"rs7-v1"' } });
}

vi.stubGlobal('fetch', async (path: string) => {
  paths.push(path);
  if (path.includes('scope=one')) throw new TypeError('no network');
  return answers(path.includes('?') ? { items: found, next: null } : { id: 7 });
});

afterEach(() => void (paths.length = 0));

test('what is said already is asked for once, when the change begins', async () => {
  found = [{ id: 7 }];
  const seen = new SeenSettings({ kind: 'task', rule: 'failed' });
  await seen.of('tag', 'Night');
  expect((await seen.of('tag', 'Night'))?.etag).toBe('"rs7-v1"');
  expect(paths).toEqual(['/api/v1/rules?kind=task&rule=failed&scope=tag&value=Night&limit=1', '/api/v1/rules/7']);
});

test('nothing is said where there is none, or no tag yet', async () => {
  found = [];
  const seen = new SeenSettings({ kind: 'task', rule: 'failed' });
  expect([await seen.of('all', ''), await seen.of('tag', '')]).toEqual([null, null]);
  expect(paths).toHaveLength(1);
});

test('what could not be asked is asked again', async () => {
  const seen = new SeenSettings({ kind: 'task', rule: 'failed' });
  await expect(seen.of('one', '5')).rejects.toThrow();
  await expect(seen.of('one', '5')).rejects.toThrow();
  expect(paths).toHaveLength(2);
});

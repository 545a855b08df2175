import { expect, test, vi } from 'vitest';
import { useContacts } from './people';

vi.mock('../session', () => ({ can: () => true }));
vi.mock('../loaded', () => ({ useLoaded: (_: string, ask: () => Promise<unknown>) => ({ data: { value: undefined }, asked: asks.push(ask) }) }));

const asks: (() => Promise<unknown>)[] = [];

test('all contacts are offered, whatever page they stand on', async () => {
  const pages = [{ items: [{ id: 1, name: 'Ada' }], next: 'more' }, { items: [{ id: 201, name: 'Ada' }], next: null }];
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(pages.shift())));
  expect(useContacts()).toEqual([]);
  expect(await asks[0]!()).toMatchObject({ options: [['1', 'Ada (1)'], ['201', 'Ada (201)']] });
});

// Contacts, as choices of a select.
import { readNow } from '../api/client';
import type { Contact, Page } from '../api/types';
import { useLoaded } from '../loaded';

export function useContacts(): [string, string][] {
  const loaded = useLoaded('contacts', (signal) => readNow<Page<Contact>>('/contacts?limit=200', { signal }));
  return (loaded.data.value?.items ?? []).map(({ id, name }) => [String(id), name]);
}

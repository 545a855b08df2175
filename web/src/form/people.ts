// Contacts, as choices of a select.
import { useLoaded } from '../loaded';
import { readPeople } from './whom';

export function useContacts(): readonly (readonly [string, string])[] {
  return useLoaded('contacts', readPeople).data.value?.options ?? [];
}

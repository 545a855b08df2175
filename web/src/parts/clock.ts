// The present instant, once a second, by the server's clock when the viewer's is off.
import { computed, signal } from '@preact/signals';
import { clockSkewMs } from '../api/client';

const tick = signal(Date.now());

setInterval(() => {
  if (!document.hidden) tick.value = Date.now();
}, 1_000);
document.addEventListener('visibilitychange', () => (tick.value = Date.now()));

export const now = computed(() => new Date(tick.value + clockSkewMs.value));

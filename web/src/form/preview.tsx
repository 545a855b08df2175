// The coming slots of a schedule that is being written, as the server reckons them.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Problem, readNow, withQuery } from '../api/client';
import type { Page } from '../api/types';
import { isZone } from '../format/time';
import { inWords } from '../parts/notices';
import { SlotList } from '../parts/slots';
import type { FormState } from './state';
import { type FormValues, scheduleOf, type Wrong } from './values';

const TYPING_MS = 300;
const COUNT = 10;

export function SlotPreview({ form }: { form: FormState }) {
  const path = previewPath(form.values.value);
  const slots = useSignal<string[] | null>(null);
  const wrong = useSignal('');
  useEffect(() => {
    if (!path) return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        slots.value = (await readNow<Page<string>>(path, { signal: abort.signal })).items;
        wrong.value = '';
      } catch (error) {
        if (!abort.signal.aborted) wrong.value = shortly(error);
      }
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [path]);

  return (
    <section class="preview" aria-labelledby="preview-title" aria-live="polite">
      <h2 id="preview-title">The next {COUNT} slots</h2>
      {!path && <p class="quiet">{withoutSlots(form.values.value)}</p>}
      {path && wrong.value && <p class="wrong">{wrong.value}</p>}
      {path && !wrong.value && slots.value && <SlotList slots={slots.value} zone={form.values.value.zone.trim()} />}
    </section>
  );
}

function previewPath(values: FormValues): string | null {
  const wrong: Wrong = {};
  const schedule = scheduleOf(values, wrong);
  const zone = values.zone.trim();
  if (Object.keys(wrong).length || !isZone(zone)) return null;
  const asked = { zone, gap: values.gap, overlap: values.overlap, count: COUNT };
  switch (schedule.kind) {
    case 'cron':
      return withQuery('/slots/preview', { cron: schedule.cron, ...asked });
    case 'interval':
      return withQuery('/slots/preview', { every_s: schedule.every_s, anchor_at: schedule.anchor_at, ...asked });
    case 'once':
      return withQuery('/slots/preview', { at: schedule.at, ...asked });
    default:
      return null;
  }
}

function withoutSlots({ kind }: FormValues): string {
  if (kind === 'boot') return 'One at each start of the machine.';
  if (kind === 'manual') return 'None: it runs only by hand.';
  return 'They show once the schedule can be read.';
}

function shortly(error: unknown): string {
  const fields = error instanceof Problem ? Object.values(error.fields) : [];
  return fields.length ? fields.join(' ') : inWords(error);
}

// Instants on the page: short to read, with the whole instant in both zones to hover over.
import { fullIn, offsetIn, countdown, relative, sameClock, shortIn, viewerZone, clockIn, dateIn } from '../format/time';
import { now } from './clock';

interface At {
  at: string;
  zone?: string | undefined;
}

function title(at: Date, zone: string | undefined): string {
  const here = `${fullIn(viewerZone, at)} ${viewerZone} (${offsetIn(viewerZone, at)})`;
  if (!zone || sameClock(zone, viewerZone, at)) return here;
  return `${here}\n${fullIn(zone, at)} ${zone} (${offsetIn(zone, at)})`;
}

/** `02:30:00`, with the date when that is not today's. */
export function Moment({ at, zone }: At) {
  const instant = new Date(at);
  return (
    <time dateTime={at} title={title(instant, zone)}>
      {shortIn(viewerZone, instant, now.value)}
    </time>
  );
}

/** `12 min ago`, counting. */
export function Ago({ at }: At) {
  return (
    <time dateTime={at} title={title(new Date(at), undefined)}>
      {relative(new Date(at), now.value)}
    </time>
  );
}

/** `in 4 s`, counting down. */
export function Countdown({ at, zone }: At) {
  return (
    <time dateTime={at} title={title(new Date(at), zone)}>
      {countdown(new Date(at), now.value)}
    </time>
  );
}

/** The instant by the task's own clock, if the viewer's shows another. */
export function InTaskZone({ at, zone }: { at: string; zone: string }) {
  const instant = new Date(at);
  if (sameClock(zone, viewerZone, instant)) return null;
  const sameDay = dateIn(zone, instant) === dateIn(viewerZone, instant);
  return (
    <span class="quiet in-zone">
      {sameDay ? clockIn(zone, instant) : fullIn(zone, instant)} {zone}
    </span>
  );
}

// Coming slots by both clocks, with a word wherever a clock change falls between two.
import { Fragment } from 'preact';
import { clockChanges, countdown, fullIn, sameClock, viewerZone } from '../format/time';
import { now } from './clock';

export function SlotList({ slots, zone }: { slots: readonly string[]; zone: string }) {
  if (!slots.length) return <p class="quiet">No slot comes.</p>;
  const instants = slots.map((slot) => new Date(slot));
  const changes = clockChanges(zone, instants);
  const otherClock = instants.some((at) => !sameClock(zone, viewerZone, at));
  return (
    <table class={otherClock ? 'slots both' : 'slots'}>
      <caption class="unseen">Coming slots</caption>
      <thead>
        <tr>
          <th scope="col">{otherClock ? `Your clock (${viewerZone})` : zone}</th>
          {otherClock && <th scope="col">{zone}</th>}
          <th scope="col">From now</th>
        </tr>
      </thead>
      <tbody>
        {instants.map((at, index) => (
          <Fragment key={slots[index]}>
            {changes.has(index) && (
              <tr class="change">
                <td colSpan={otherClock ? 3 : 2}>{changes.get(index)}</td>
              </tr>
            )}
            <tr>
              <td>
                <time dateTime={slots[index]}>{fullIn(viewerZone, at)}</time>
              </td>
              {otherClock && <td>{fullIn(zone, at)}</td>}
              <td class="quiet">{countdown(at, now.value)}</td>
            </tr>
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

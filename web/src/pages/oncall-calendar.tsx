// Four weeks of a schedule, day by day: who is on call, and when they hand over by its clocks.
import { readNow, withQuery } from '../api/client';
import type { OnCallSchedule, Override, Shift } from '../api/oncall';
import type { Page } from '../api/types';
import { WEEKDAYS } from '../format/contacts';
import { type CalendarDay, calendarOf, startOf } from '../format/oncall';
import { dateIn } from '../format/time';
import { addDays, dateOf, mondayOf } from '../format/wall';
import { useLoaded } from '../loaded';
import { now } from '../parts/clock';
import { ProblemNote } from '../parts/notices';
import { hereWith, query } from '../router';

const DAYS = 28;

interface CalendarProps {
  schedule: OnCallSchedule;
  overrides: readonly Override[];
  changes: number;
}

export function Calendar({ schedule, overrides, changes }: CalendarProps) {
  const { id, zone } = schedule;
  const today = dateIn(zone, now.value);
  const first = mondayOf(dateOf(query.value.get('from')) ?? today);
  const asked = withQuery(`/oncall/schedules/${id}/shifts`, {
    since: startOf(zone, first).toISOString(), until: startOf(zone, addDays(first, DAYS)).toISOString(),
  });
  const loaded = useLoaded(`${asked} ${changes}`, async (signal) => ({
    first, zone, shifts: (await readNow<Page<Shift>>(asked, { signal })).items,
  }));
  const seen = loaded.data.value;
  const isThis = seen?.first === first && seen.zone === zone; // else it is of other weeks still
  return (
    <section>
      <h3>Calendar</h3>
      <Weeks first={first} zone={zone} isNow={first === mondayOf(today)} />
      <ProblemNote error={loaded.problem.value} />
      {!isThis && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {isThis && (
        <Table
          days={calendarOf(seen.shifts, overrides, zone, first, DAYS)} today={today}
          name={`${schedule.name}, by the clocks of ${zone}`}
        />
      )}
    </section>
  );
}

function Weeks({ first, zone, isNow }: { first: string; zone: string; isNow: boolean }) {
  const moved = (days: number) => hereWith({ from: addDays(first, days) });
  return (
    <div class="output-head">
      <p aria-live="polite">
        {first} to {addDays(first, DAYS - 1)}, by the clocks of {zone}
      </p>
      <nav class="actions" aria-label="Weeks">
        <a href={moved(-DAYS)}>Earlier weeks</a>
        {!isNow && <a href={hereWith({ from: null })}>This week</a>}
        <a href={moved(DAYS)}>Later weeks</a>
      </nav>
    </div>
  );
}

function Table({ days, today, name }: { days: readonly CalendarDay[]; today: string; name: string }) {
  const weeks = Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
  return (
    <table class="cards calendar">
      <caption class="unseen">Who is on call: {name}</caption>
      <thead>
        <tr>
          {WEEKDAYS.map(([day, words]) => (
            <th key={day} scope="col">
              {words}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]!.date}>
            {week.map((day, index) => (
              <td key={day.date} data-label={WEEKDAYS[index]![1]} aria-current={day.date === today ? 'date' : undefined}>
                <Day day={day} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Day({ day: { date, onCall, overrides, clocksChange } }: { day: CalendarDay }) {
  return (
    <>
      <time dateTime={date} class="quiet">
        {date}
      </time>
      {onCall.map(({ who, when }, index) => (
        <p key={index}>
          <strong>{who}</strong> {when}
        </p>
      ))}
      {onCall.length === 0 && <p class="quiet">nobody</p>}
      {overrides.map(({ who, when }, index) => (
        <p key={index} class="overridden">
          <span class="chip">override</span> {who} {when}
        </p>
      ))}
      {clocksChange && <p class="caution">clocks change</p>}
    </>
  );
}

// The five fields of cron in words. Pure; the server alone decides when a task runs.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
  'December',
];
const MACROS: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** `*` with an optional step, or the values that a field names. */
type Field = { every: number } | { values: string[]; ranges: boolean };

/** Null for what isn't five fields of a form we can word. */
export function cronInWords(expression: string): string | null {
  const text = expression.trim().toLowerCase();
  const fields = (MACROS[text] ?? text).split(/\s+/);
  if (fields.length !== 5) return null;
  const [minute, hour, dom, month, dow] = fields as [string, string, string, string, string];
  const time = timeInWords(parse(minute), parse(hour));
  if (time === null) return null;
  const days = daysInWords(dom, dow);
  const months = month === '*' ? '' : monthsInWords(month);
  if (days === null || months === null) return null;
  const everyDay = days === '' && time.startsWith('at ') && !months;
  return [everyDay ? 'every day' : days, time, months].filter(Boolean).join(' ');
}

function parse(field: string): Field | null {
  const star = /^\*(?:\/(\d+))?$/.exec(field);
  if (star) return { every: Number(star[1] ?? 1) };
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(field)) return null;
  return { values: field.split(','), ranges: field.includes('-') };
}

function timeInWords(minute: Field | null, hour: Field | null): string | null {
  if (!minute || !hour) return null;
  if ('every' in minute) {
    const often = repeated(minute.every, 'minute', 60);
    if (often === null || 'every' in hour) return 'every' in hour && hour.every === 1 ? often : null;
    return often && `${often} ${hoursOf(hour.values)}`;
  }
  if (minute.ranges) return null;
  const past = minute.values.map((value) => `:${value.padStart(2, '0')}`);
  if ('every' in hour) {
    const often = repeated(hour.every, 'hour', 24);
    return often && `${often} at ${listed(past)}`;
  }
  if (hour.ranges || minute.values.length * hour.values.length > 6) {
    return `at ${listed(past)} ${hoursOf(hour.values)}`;
  }
  return `at ${listed(hour.values.flatMap((value) => past.map((minutes) => value.padStart(2, '0') + minutes)))}`;
}

/** Only a step that divides the whole gives even distances: star/7 is not "every 7 minutes". */
function repeated(step: number, unit: string, whole: number): string | null {
  if (step === 1) return `every ${unit}`;
  return step > 0 && whole % step === 0 ? `every ${step} ${unit}s` : null;
}

function hoursOf(values: string[]): string {
  const span = (value: string) => {
    const [from, to = from] = value.split('-');
    return `${from!.padStart(2, '0')}:00–${to!.padStart(2, '0')}:59`;
  };
  return `during ${listed(values.map(span))}`;
}

function daysInWords(dom: string, dow: string): string | null {
  if (/^\*\/\d/.test(dom) || /^\*\/\d/.test(dow)) return null; // cron's and/or rule turns on the star
  const ofMonth = dom === '*' ? '' : domInWords(dom);
  const ofWeek = dow === '*' ? '' : dowInWords(dow);
  if (ofMonth === null || ofWeek === null) return null;
  return [ofMonth, ofWeek].filter(Boolean).join(' or '); // both restricted: either is enough
}

function domInWords(field: string): string | null {
  if (field === 'l') return 'on the last day of the month';
  if (!/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(field)) return null;
  const days = field.split(',').map((value) => value.replace('-', '–'));
  return `on ${/^\d+$/.test(field) ? 'day' : 'days'} ${listed(days)} of the month`;
}

function dowInWords(field: string): string | null {
  const items = field.split(',').map((item) => weekday(item));
  if (items.includes(null)) return null;
  const plainDays = /^(\w{1,3})(,\w{1,3})*$/.test(field) && !/l/.test(field);
  return plainDays && items.length === 1 ? `every ${items[0]}` : `on ${listed(items as string[])}`;
}

function weekday(item: string): string | null {
  const nth = /^(\w+)#([1-5])$/.exec(item);
  if (nth) return dayName(nth[1]!) && `the ${['1st', '2nd', '3rd', '4th', '5th'][Number(nth[2]) - 1]} ${dayName(nth[1]!)}`;
  const last = /^([0-7])l$/.exec(item);
  if (last) return `the last ${dayName(last[1]!)}`;
  const range = /^(\w+)-(\w+)$/.exec(item);
  if (!range) return dayName(item);
  const [from, to] = [dayName(range[1]!), dayName(range[2]!)];
  return from && to && `${from}–${to}`;
}

function dayName(text: string): string | null {
  if (/^[0-7]$/.test(text)) return DAYS[Number(text) % 7]!;
  return (text.length === 3 && DAYS.find((day) => day.toLowerCase().startsWith(text))) || null;
}

function monthsInWords(field: string): string | null {
  const names = field.split(',').map((item) => {
    const ends = item.split('-').map(monthName);
    return ends.length > 2 || ends.includes(null) ? null : ends.join('–');
  });
  return names.includes(null) ? null : `in ${listed(names as string[])}`;
}

function monthName(text: string): string | null {
  if (/^([1-9]|1[0-2])$/.test(text)) return MONTHS[Number(text) - 1]!;
  return (text.length === 3 && MONTHS.find((month) => month.toLowerCase().startsWith(text))) || null;
}

function listed(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

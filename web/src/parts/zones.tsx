// The names of all time zones, to be completed while one is typed.
const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

export function Zones({ id }: { id: string }) {
  return (
    <datalist id={id}>
      {ZONES.map((zone) => (
        <option key={zone} value={zone} />
      ))}
    </datalist>
  );
}

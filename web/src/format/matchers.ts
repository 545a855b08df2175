// Matchers of labels as text, in Alertmanager's form, as the server reads it.

/** One comparison of a label, as the API says it. */
export interface Matcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

const BARE = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

/** `task="backup", "service.name"=~"shop.*"` */
export function matchersText(matchers: readonly Matcher[]): string {
  return matchers
    .map(({ name, value, isRegex, isEqual }) => {
      const operator = (isEqual ? ['=', '=~'] : ['!=', '!~'])[Number(isRegex)];
      return `${BARE.test(name) ? name : quoted(name)}${operator}${quoted(value)}`;
    })
    .join(', ');
}

/** Nothing else has an escape: the server takes `\t` for a backslash and a t. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

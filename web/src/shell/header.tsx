// The line at the top of every page: where one can go, who is signed in, light or dark.
import { attempt } from '../parts/notices';
import { Icon } from '../parts/icons';
import { path } from '../router';
import { actorName, can, session, signOut } from '../session';
import { nextTheme, theme } from '../theme';
import { IncidentsPlace } from './incidents-place';
import { openShortcuts } from './shortcuts';

const THEMES = {
  auto: { icon: 'auto', label: 'Colours: as the system has them' },
  light: { icon: 'sun', label: 'Colours: light' },
  dark: { icon: 'moon', label: 'Colours: dark' },
} as const;

const BESIDE_INCIDENTS = ['/silences', '/dependencies', '/rules'];

export function Header() {
  const who = session.value;
  const { icon, label } = THEMES[theme.value];
  return (
    <header class="top">
      <a class="brand" href="/">
        <img src="/static/icon.svg" alt="" width="20" height="20" />
        Autom8
      </a>
      {who && <Places />}
      <div class="top-end">
        {who && <WhoIsHere name={actorName(who)} role={who.user?.role ?? 'this machine'} />}
        {who && (
          <button type="button" class="plain keys" aria-label="Keyboard shortcuts" title="Keyboard shortcuts" onClick={openShortcuts}>
            <kbd>?</kbd>
          </button>
        )}
        <button type="button" class="plain" aria-label={label} title={label} onClick={nextTheme}>
          <Icon name={icon} />
        </button>
      </div>
    </header>
  );
}

function Places() {
  const at = path.value;
  const place = (href: string, text: string, here: boolean) => (
    <a href={href} aria-current={here ? 'page' : undefined}>
      {text}
    </a>
  );
  return (
    <nav aria-label="Main">
      {place('/', 'Tasks', at === '/' || at.startsWith('/tasks'))}
      {place('/runs', 'Runs', at.startsWith('/runs'))}
      {can('alerts:read') && <IncidentsPlace here={at.startsWith('/incidents') || BESIDE_INCIDENTS.includes(at)} />}
      {can('checks:read') && place('/checks', 'Checks', at.startsWith('/checks'))}
      {can('oncall:read') && place('/oncall', 'On call', at === '/oncall' || at === '/escalation-policies')}
      {can('contacts:read') && place('/contacts', 'Contacts', at.startsWith('/contacts'))}
      {can('channels:read') && place('/channels', 'Channels', at === '/channels' || at === '/messages')}
      {can('audit:read') && place('/audit', 'Audit', at === '/audit')}
      {can('users:read') && place('/users', 'Users', at.startsWith('/users'))}
    </nav>
  );
}

function WhoIsHere({ name, role }: { name: string; role: string }) {
  const here = path.value === '/account';
  return (
    <>
      <a class="who" href="/account" title={`Your account: signed in as ${name}, ${role}`} aria-current={here ? 'page' : undefined}>
        {name} <span class="quiet">{role}</span>
      </a>
      <button type="button" class="plain" onClick={() => attempt(signOut)}>
        Sign out
      </button>
    </>
  );
}

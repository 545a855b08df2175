// Which page the address means, and who may see it.
import type { ComponentChild } from 'preact';
import { useEffect } from 'preact/hooks';
import { Problem, Unreachable } from '../api/client';
import { poll } from '../live';
import { LoginPage } from '../pages/login';
import { NotFoundPage } from '../pages/not-found';
import { TasksPage } from '../pages/tasks';
import { Notices, ReachBanner, say, Told } from '../parts/notices';
import { Proof } from '../parts/proof';
import { currentPath, match, navigate, path } from '../router';
import { openSession, session } from '../session';
import { Header } from './header';
import { later } from './later';
import { Shortcuts } from './shortcuts';

const SetupPage = later(async () => (await import('../pages/setup')).SetupPage);
const TaskPage = later(async () => (await import('../pages/task')).TaskPage);
const NewTaskPage = later(async () => (await import('../pages/task-form')).NewTaskPage);
const EditTaskPage = later(async () => (await import('../pages/task-form')).EditTaskPage);
const RunsPage = later(async () => (await import('../pages/runs')).RunsPage);
const RunPage = later(async () => (await import('../pages/run')).RunPage);
const IncidentsPage = later(async () => (await import('../pages/incidents')).IncidentsPage);
const IncidentPage = later(async () => (await import('../pages/incident')).IncidentPage);
const ChannelsPage = later(async () => (await import('../pages/channels')).ChannelsPage);
const SilencesPage = later(async () => (await import('../pages/silences')).SilencesPage);
const DependenciesPage = later(async () => (await import('../pages/dependencies')).DependenciesPage);
const RulesPage = later(async () => (await import('../pages/rules')).RulesPage);
const OnCallPage = later(async () => (await import('../pages/oncall')).OnCallPage);
const PoliciesPage = later(async () => (await import('../pages/escalation-policies')).PoliciesPage);
const ChecksPage = later(async () => (await import('../pages/checks')).ChecksPage);
const CheckPage = later(async () => (await import('../pages/check')).CheckPage);
const MessagesPage = later(async () => (await import('../pages/messages')).MessagesPage);
const ContactsPage = later(async () => (await import('../pages/contacts')).ContactsPage);
const ContactPage = later(async () => (await import('../pages/contact')).ContactPage);
const NewContactPage = later(async () => (await import('../pages/contact-form')).NewContactPage);
const EditContactPage = later(async () => (await import('../pages/contact-form')).EditContactPage);
const ImportPage = later(async () => (await import('../pages/contact-import')).ImportPage);
const GroupsPage = later(async () => (await import('../pages/contact-groups')).GroupsPage);
const DuplicatesPage = later(async () => (await import('../pages/contact-duplicates')).DuplicatesPage);
const ErasuresPage = later(async () => (await import('../pages/contact-erasures')).ErasuresPage);
const CertificatePage = later(async () => (await import('../pages/contact-erasures')).CertificatePage);
const AccountPage = later(async () => (await import('../pages/account')).AccountPage);
const UsersPage = later(async () => (await import('../pages/users')).UsersPage);
const UserPage = later(async () => (await import('../pages/user')).UserPage);
const AuditPage = later(async () => (await import('../pages/audit')).AuditPage);

const ROUTES: readonly (readonly [string, (id: number) => ComponentChild])[] = [
  ['/', () => <TasksPage />],
  ['/tasks', () => <TasksPage />],
  ['/tasks/new', () => <NewTaskPage />],
  ['/tasks/:id', (id) => <TaskPage key={id} id={id} />],
  ['/tasks/:id/edit', (id) => <EditTaskPage key={id} id={id} />],
  ['/runs', () => <RunsPage />],
  ['/runs/:id', (id) => <RunPage key={id} id={id} />],
  ['/incidents', () => <IncidentsPage />],
  ['/incidents/:id', (id) => <IncidentPage key={id} id={id} />],
  ['/silences', () => <SilencesPage />],
  ['/dependencies', () => <DependenciesPage />],
  ['/rules', () => <RulesPage />],
  ['/oncall', () => <OnCallPage />],
  ['/escalation-policies', () => <PoliciesPage />],
  ['/checks', () => <ChecksPage />],
  ['/checks/:id', (id) => <CheckPage key={id} id={id} />],
  ['/channels', () => <ChannelsPage />],
  ['/messages', () => <MessagesPage />],
  ['/contacts', () => <ContactsPage />],
  ['/contacts/new', () => <NewContactPage />],
  ['/contacts/import', () => <ImportPage />],
  ['/contacts/groups', () => <GroupsPage />],
  ['/contacts/duplicates', () => <DuplicatesPage />],
  ['/contacts/erasures', () => <ErasuresPage />],
  ['/contacts/erasures/:id', (id) => <CertificatePage key={id} id={id} />],
  ['/contacts/:id', (id) => <ContactPage key={id} id={id} />],
  ['/contacts/:id/edit', (id) => <EditContactPage key={id} id={id} />],
  ['/audit', () => <AuditPage />],
  ['/users', () => <UsersPage />],
  ['/users/:id', (id) => <UserPage key={id} id={id} />],
  ['/account', () => <AccountPage />],
];

export function App() {
  useEffect(askWhoIsHere, []);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <ReachBanner />
      <main id="main" tabIndex={-1}>
        <Here />
      </main>
      <Notices />
      <Told />
      <Shortcuts />
      <Proof />
    </>
  );
}

function Here() {
  const at = path.value;
  if (at === '/setup') return <SetupPage />;
  if (session.value === undefined) return <p class="quiet">Asking the server who you are …</p>;
  if (at === '/login' || session.value === null) return <LoginPage />;
  for (const [pattern, draw] of ROUTES) {
    const found = match(pattern, at);
    if (found) return draw(Number(found.id));
  }
  return <NotFoundPage />;
}

/** Repeats until the server has said who is signed in, so that a late server needs no reload. */
function askWhoIsHere(): () => void {
  const polling = poll(
    async () => {
      await openSession();
      const here = currentPath();
      const isPublic = here.startsWith('/login') || here.startsWith('/setup');
      if (!session.value && !isPublic) navigate(`/login?next=${encodeURIComponent(here)}`, { replace: true });
      return 'done';
    },
    { failed: (error) => error instanceof Unreachable || say((error as Problem).message, { bad: true }) },
  );
  return polling.stop;
}

// Dependencies: while something is wrong, what follows from it is told to nobody. Made, changed and removed here.
import { useSignal } from '@preact/signals';
import { readNow, withQuery } from '../api/client';
import type { Dependency } from '../api/alerts';
import type { Page } from '../api/types';
import { matchersText } from '../format/matchers';
import { useLoaded } from '../loaded';
import { Newest } from '../parts/newest';
import { ProblemNote, say } from '../parts/notices';
import { Pager } from '../parts/pager';
import { Removal } from '../parts/removal';
import { RowActions } from '../parts/row-actions';
import { Screen } from '../parts/screen';
import { query } from '../router';
import { can } from '../session';
import { DependencyQuestion } from './dependency-form';

type Asking = { kind: 'new' } | { kind: 'edit' | 'remove'; dependency: Dependency };

export function DependenciesPage() {
  const path = withQuery('/dependencies', { cursor: query.value.get('cursor') });
  const loaded = useLoaded(path, (signal) => readNow<Page<Dependency>>(path, { signal }));
  const asking = useSignal<Asking | null>(null);
  const dependencies = loaded.data.value?.items;
  const close = () => (asking.value = null);
  const done = (text: string) => {
    close();
    say(text);
    void loaded.reload();
  };
  return (
    <Screen
      title="Dependencies" above={<a href="/silences">Silences</a>}
      actions={
        can('alerts:write') && (
          <button type="button" class="primary" onClick={() => (asking.value = { kind: 'new' })}>
            New dependency
          </button>
        )
      }
    >
      <ProblemNote error={loaded.problem.value} />
      {!dependencies && !loaded.problem.value && <p class="quiet">Loading …</p>}
      {dependencies?.length === 0 && <p class="note">There is none yet. While one thing is wrong, a dependency holds back what follows from it.</p>}
      {dependencies && dependencies.length > 0 && <DependencyTable dependencies={dependencies} ask={(next) => (asking.value = next)} />}
      <Pager next={loaded.data.value?.next} />
      {asking.value && <Asked asking={asking.value} close={close} done={done} />}
    </Screen>
  );
}

interface AskedProps {
  asking: Asking;
  close: () => void;
  done: (text: string) => void;
}

function Asked({ asking, close, done }: AskedProps) {
  if (asking.kind === 'new') return <DependencyQuestion close={close} done={done} />;
  const { id, name } = asking.dependency;
  const path = `/dependencies/${id}`;
  if (asking.kind === 'edit') {
    return <Newest<Dependency> path={path}>{(seen) => <DependencyQuestion seen={seen} close={close} done={done} />}</Newest>;
  }
  return (
    <Removal path={path} title={`Remove ${name}?`} action="Remove the dependency" close={close} done={() => done(`${name} is removed`)}>
      <p>What it holds back is told, if it is wrong still.</p>
    </Removal>
  );
}

function DependencyTable({ dependencies, ask }: { dependencies: readonly Dependency[]; ask: (asking: Asking) => void }) {
  const mayChange = can('alerts:write');
  return (
    <table class="cards">
      <caption class="unseen">Dependencies, by name</caption>
      <thead>
        <tr>
          <th scope="col">Dependency</th>
          <th scope="col">While this is wrong</th>
          <th scope="col">This is not told</th>
          <th scope="col">With the same</th>
          <th scope="col">Why</th>
          {mayChange && <th scope="col">Actions</th>}
        </tr>
      </thead>
      <tbody>
        {dependencies.map((dependency) => (
          <tr key={dependency.id}>
            <th scope="row" class="cell-name">
              {dependency.name}
              <span class="quiet">dependency {dependency.id}</span>
            </th>
            <td data-label="While this is wrong">
              <code>{matchersText(dependency.parents)}</code>
            </td>
            <td data-label="This is not told">
              <code>{matchersText(dependency.children)}</code>
            </td>
            <td data-label="With the same">{dependency.equal.join(', ') || '–'}</td>
            <td data-label="Why">{dependency.comment}</td>
            {mayChange && (
              <RowActions name={dependency.name} edit={() => ask({ kind: 'edit', dependency })} remove={() => ask({ kind: 'remove', dependency })} />
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

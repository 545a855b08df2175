// What happened to an incident, the latest first: what is new is always on the first page.
import type { StoryLine } from '../api/alerts';
import type { Page } from '../api/types';
import { heldBackBy, lineInWords, moreInWords } from '../format/incidents';
import { Moment } from '../parts/moment';
import { Pager } from '../parts/pager';

export function Story({ page }: { page: Page<StoryLine> | undefined }) {
  return (
    <>
      {page && page.items.length > 0 && <StoryTable lines={page.items} />}
      <Pager next={page?.next} />
    </>
  );
}

function StoryTable({ lines }: { lines: readonly StoryLine[] }) {
  return (
    <table class="cards">
      <caption>What happened, the latest first</caption>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">By</th>
          <th scope="col">More</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.id}>
            <td data-label="When">
              <Moment at={line.at} />
            </td>
            <td data-label="What">{lineInWords(line)}</td>
            <td data-label="By">{line.actor || 'Autom8'}</td>
            <td data-label="More">
              <More line={line} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function More({ line }: { line: StoryLine }) {
  const by = line.kind === 'held_back' ? heldBackBy(line) : [];
  return (
    <>
      {moreInWords(line)}
      {by.map(({ words, href }, index) => (
        <span key={words}>
          {index ? ', ' : 'by '}
          <a href={href}>{words}</a>
        </span>
      ))}
    </>
  );
}

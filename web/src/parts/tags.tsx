// Tags of something, each the way to all that carry it.
import { withQuery } from '../api/client';

/** `list` is the page that can be narrowed to a tag. */
export function Tags({ tags, list }: { tags: readonly string[]; list: string }) {
  return (
    <>
      {tags.map((tag) => (
        <a key={tag} class="chip" href={withQuery(list, { tag })}>
          {tag}
        </a>
      ))}
    </>
  );
}

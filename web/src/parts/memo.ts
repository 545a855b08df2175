// Keeps a drawn component until what it depends on has changed; preact's core has no memo of its own.
import { Component, type ComponentChild, type FunctionComponent, h } from 'preact';

/** `identity` names everything the drawing depends on. */
export function memo<P extends object>(Drawn: FunctionComponent<P>, identity: (props: P) => string): new () => Component<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return identity(this.props as P) !== identity(next);
    }

    override render(): ComponentChild {
      return h(Drawn, this.props as P);
    }
  };
}

// What is said of a rule already for whom a change is meant, as it was when somebody began to say something else:
// an edit of somebody else that is made meanwhile is then refused, and not overwritten.
import { type Answer, read, readNow, withQuery } from '../api/client';
import type { Rule, RuleScope, RuleSetting } from '../api/alerts';
import type { Page } from '../api/types';

type Found = Answer<RuleSetting> | null;

export class SeenSettings {
  private readonly asked = new Map<string, Promise<Found>>();

  constructor(private readonly rule: Pick<Rule, 'kind' | 'rule'>) {}

  /** Asks the server once for each scope and value; it knows best which tags are the same. */
  of(scope: RuleScope, value: string): Promise<Found> {
    if (scope === 'tag' && !value) return Promise.resolve(null); // no tag is asked for yet
    const key = `${scope} ${value}`;
    const asked = this.asked.get(key) ?? this.ask(scope, value);
    this.asked.set(key, asked);
    asked.catch(() => this.asked.delete(key));
    return asked;
  }

  private async ask(scope: RuleScope, value: string): Promise<Found> {
    const { kind, rule } = this.rule;
    const found = await readNow<Page<RuleSetting>>(withQuery('/rules', { kind, rule, scope, value, limit: 1 }));
    const there = found.items[0];
    return there ? read<RuleSetting>(`/rules/${there.id}`) : null;
  }
}

import type { ReactNode } from 'react';
import './empty-state.css';

type Props = {
  readonly title: string;
  /** The line is what this place is called. */
  readonly isPage?: boolean;
  /** It stands for what the page is about. */
  readonly isMain?: boolean;
  readonly children?: ReactNode;
};

/** One large line where there is nothing yet, what it means, and what to do. */
export function EmptyState({ title, isPage = false, isMain = false, children }: Props) {
  const Title = isPage || isMain ? 'h1' : 'p';
  const state = (
    <div className="empty-state">
      <Title className="empty-state-title">{title}</Title>
      {children !== undefined && <div className="empty-state-body">{children}</div>}
    </div>
  );
  if (!isMain) return state;
  return (
    <main className="empty-state-main" aria-label={title} data-region>
      {state}
    </main>
  );
}

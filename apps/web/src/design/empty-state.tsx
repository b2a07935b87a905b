import type { ReactNode } from 'react';
import './empty-state.css';

/** One large line where there is nothing yet, what it means, and what to do. `isPage`: the line is what this place is called. */
export function EmptyState({ title, isPage = false, children }: { title: string; isPage?: boolean; children?: ReactNode }) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className="empty-state">
      <Title className="empty-state-title">{title}</Title>
      {children !== undefined && <div className="empty-state-body">{children}</div>}
    </div>
  );
}

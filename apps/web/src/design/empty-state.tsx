import type { ReactNode } from 'react';
import './empty-state.css';

/** One large line where there is nothing yet, what it means, and what to do. */
export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty-state">
      <p className="empty-state-title">{title}</p>
      {children !== undefined && <div className="empty-state-body">{children}</div>}
    </div>
  );
}

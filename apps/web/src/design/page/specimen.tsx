import type { ReactNode } from 'react';

/** A named part of the page. */
export function Chapter({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="design-chapter" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** One component in one state, and what that state is called. */
export function Specimen({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="design-specimen">
      <div className="design-specimen-thing">{children}</div>
      <p>{name}</p>
    </div>
  );
}

import type { ReactNode } from 'react';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { say } from '../language/say.ts';
import './late-part.css';
import type { LateModule } from './late-module.ts';
import { useLateModule } from './use-late-module.ts';

type Props<Module> = {
  readonly late: LateModule<Module>;
  /** It is what the page is about. */
  readonly isMain?: boolean;
  /** What it is part of may be all that the page shows, and has no line of its own that says what it is. */
  readonly isPage?: boolean;
  readonly children: (module: Module) => ReactNode;
};

/** A part of the page that comes when it is wanted; where it cannot be had it says so, and is tried again. */
export function LatePart<Module>({ late, isMain = false, isPage = false, children }: Props<Module>) {
  const { module, failed } = useLateModule(late);
  if (module !== null) return children(module);
  if (!failed && !isMain && !isPage) return null;
  if (!failed) {
    return (
      <div className="late-part-coming" aria-busy="true">
        <EmptyState isMain={isMain} isPage={isPage} title={say('This is on its way')} />
      </div>
    );
  }
  return (
    <EmptyState isMain={isMain} isPage={isPage} title={say('This could not be loaded')}>
      {say('It needs a connection once. Your messages are safe.')} <Button onClick={() => void late.want()}>{say('Try again')}</Button>
    </EmptyState>
  );
}

import type { ReactNode } from 'react';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { say } from '../language/say.ts';
import type { LateModule } from './late-module.ts';
import { useLateModule } from './use-late-module.ts';

type Props<Module> = {
  readonly late: LateModule<Module>;
  /** It is what the page is about. */
  readonly isMain?: boolean;
  readonly children: (module: Module) => ReactNode;
};

/** A part of the page that comes when it is wanted; where it cannot be had it says so, and is tried again. */
export function LatePart<Module>({ late, isMain = false, children }: Props<Module>) {
  const { module, failed } = useLateModule(late);
  if (module !== null) return children(module);
  if (!failed) return null;
  return (
    <EmptyState isMain={isMain} title={say('This could not be loaded')}>
      {say('It needs a connection once. Your messages are safe.')} <Button onClick={() => void late.want()}>{say('Try again')}</Button>
    </EmptyState>
  );
}

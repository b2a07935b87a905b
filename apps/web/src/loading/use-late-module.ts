import { useEffect, useSyncExternalStore } from 'react';
import type { LateModule } from './late-module.ts';

/** The module once it is here. Asks for it, and again when the network is back. */
export function useLateModule<Module>(late: LateModule<Module>): { readonly module: Module | null; readonly failed: boolean } {
  const standing = useSyncExternalStore(late.subscribe, late.get);
  useEffect(() => {
    void late.want();
    const again = () => void late.want();
    window.addEventListener('online', again);
    return () => window.removeEventListener('online', again);
  }, [late]);
  return standing;
}

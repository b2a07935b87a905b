import { useStatus } from '@parlour/sdk-react/use-account';
import { useEffect } from 'react';
import { deviceMemory, tabMemory } from './device-memory.ts';

/** Once nobody is logged in, nothing is remembered of whoever was. */
export function useForgetting(): void {
  const isOut = useStatus().auth === 'out';
  useEffect(() => {
    if (!isOut) return;
    deviceMemory.forgetAll();
    tabMemory.forgetAll();
  }, [isOut]);
}

import { useMe } from '@parlour/sdk-react/use-account';
import { useLayoutEffect, useRef } from 'react';
import { useRouter } from './router.tsx';

/** Where one person stood in this tab leads the next one nowhere: who logs in after another begins at the list. */
export function useOwnPlaces(): void {
  const { navigate } = useRouter();
  const id = useMe()?.id ?? null;
  const before = useRef(id);
  useLayoutEffect(() => {
    if (id === null) return;
    if (before.current !== null && before.current !== id) navigate({ at: 'recents' }, { replace: true });
    before.current = id;
  }, [id, navigate]);
}

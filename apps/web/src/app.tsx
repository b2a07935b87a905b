import { useMe, useStatus } from '@parlour/sdk-react/use-account';
import { useForgetting } from './device/use-forgetting.ts';
import { Entrance } from './entrance/entrance.tsx';
import { RouterProvider } from './routing/router.tsx';
import { Region } from './shell/region.tsx';
import { Shell } from './shell/shell.tsx';

/** Whoever was logged in here sees their conversations at once, whether or not the server can be asked. */
export function App() {
  const { auth } = useStatus();
  const me = useMe();
  useForgetting();
  return (
    <Region name="Parlour">
      <RouterProvider>{me === null || auth === 'out' ? auth !== 'unknown' && <Entrance /> : <Shell />}</RouterProvider>
    </Region>
  );
}

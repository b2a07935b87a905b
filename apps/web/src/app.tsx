import { useMe, useStatus } from '@parlour/sdk-react/use-account';
import { useForgetting } from './device/use-forgetting.ts';
import { LateModule } from './loading/late-module.ts';
import { LatePart } from './loading/late-part.tsx';
import { RouterProvider } from './routing/router.tsx';
import { Region } from './shell/region.tsx';
import { Shell } from './shell/shell.tsx';

/** Those who were logged in here never see it. */
const entrancePart = new LateModule(() => import('./entrance/entrance.tsx'));

/** Whoever was logged in here sees their conversations at once, whether or not the server can be asked. */
export function App() {
  const { auth } = useStatus();
  const me = useMe();
  useForgetting();
  return (
    <Region broken="Parlour stopped working">
      <RouterProvider>
        {me === null || auth === 'out' ? (
          auth !== 'unknown' && <LatePart late={entrancePart}>{({ Entrance }) => <Entrance />}</LatePart>
        ) : (
          <Shell />
        )}
      </RouterProvider>
    </Region>
  );
}

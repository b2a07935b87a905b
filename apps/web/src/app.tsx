import { useMe, useStatus } from '@parlour/sdk-react/use-account';
import { useForgetting } from './device/use-forgetting.ts';
import { LateModule } from './loading/late-module.ts';
import { LatePart } from './loading/late-part.tsx';
import { RouterProvider } from './routing/router.tsx';
import { useOwnPlaces } from './routing/use-own-places.ts';
import { Region } from './shell/region.tsx';
import { Shell } from './shell/shell.tsx';

/** Those who were logged in here never see it. */
const entrancePart = new LateModule(() => import('./entrance/entrance.tsx'));

export function App() {
  useForgetting();
  return (
    <Region isMain broken="Parlour stopped working">
      <RouterProvider>
        <Present />
      </RouterProvider>
    </Region>
  );
}

/** Whoever was logged in here sees their conversations at once, whether or not the server can be asked. */
function Present() {
  const { auth } = useStatus();
  const me = useMe();
  useOwnPlaces();
  if (me !== null && auth !== 'out') return <Shell key={me.id} />;
  return (
    auth !== 'unknown' && (
      <LatePart isMain late={entrancePart}>
        {({ Entrance }) => <Entrance />}
      </LatePart>
    )
  );
}

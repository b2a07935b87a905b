import {
  type ComponentProps,
  createContext,
  type MouseEvent,
  type ReactNode,
  useContext,
  useLayoutEffect,
  useMemo,
  useSyncExternalStore,
} from 'react';
import { isPhone } from '../shell/use-is-phone.ts';
import { aboutPath, parseRoute, presentRoute, type Route } from './route.ts';

/** `replace`: the place one leaves is not come back to. `back`: where one came from goes before `to`, which is for those who came from elsewhere. */
type Navigate = (to: Route, how?: { readonly replace?: boolean; readonly back?: boolean }) => void;
type Router = { readonly route: Route; readonly navigate: Navigate };
/** What history keeps with each place: the address that the system's own back leads to. */
type Place = { readonly from: string | null };

const RouterContext = createContext<Router | null>(null);
/** History tells nobody about its own `pushState`; this is how the page hears of it. */
const moved = new EventTarget();

function subscribeToPath(onChange: () => void): () => void {
  window.addEventListener('popstate', onChange);
  moved.addEventListener('move', onChange);
  return () => {
    window.removeEventListener('popstate', onChange);
    moved.removeEventListener('move', onChange);
  };
}

const placeHere = (): Place | null => window.history.state as Place | null;

/** On a phone back leads to the list from wherever one entered, by a link or a notification; so the list goes beneath. */
function putListBeneath(): void {
  if (placeHere() !== null || window.location.pathname === '/' || !isPhone()) return;
  const { pathname } = window.location;
  window.history.replaceState({ from: null } satisfies Place, '', '/');
  window.history.pushState({ from: '/' } satisfies Place, '', pathname);
}

function move(to: Route, { replace = false, back = false }: { readonly replace?: boolean; readonly back?: boolean } = {}): void {
  const next = presentRoute(to);
  const { pathname } = window.location;
  const from = placeHere()?.from ?? null;
  if (back && from !== null && (to.at === 'recents' || from === next)) return window.history.back();
  if (next === pathname) return;
  // On a phone what one sees lies on the list: one step back is the list, however many conversations one went through. Only details lie higher.
  const isAside = isPhone() && pathname !== '/' && to.at !== 'recents' && next !== `${pathname}${aboutPath}`;
  if (isAside && pathname.endsWith(aboutPath) && from !== null && from !== '/') {
    // Somebody who goes elsewhere in the same moment stays there.
    window.addEventListener('popstate', () => window.location.pathname === from && move(to), { once: true });
    return window.history.back();
  }
  if (replace || back || isAside) window.history.replaceState({ from } satisfies Place, '', next);
  else window.history.pushState({ from: pathname } satisfies Place, '', next);
  moved.dispatchEvent(new Event('move'));
}

/** Keeps the address and what is on the screen the same thing, so that the system's own back works. */
export function RouterProvider({ children }: { children: ReactNode }) {
  useLayoutEffect(putListBeneath, []);
  const path = useSyncExternalStore(subscribeToPath, () => window.location.pathname);
  const route = useMemo(() => parseRoute(path), [path]);
  const router = useMemo(() => ({ route, navigate: move }), [route]);
  return <RouterContext value={router}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (router === null) throw new Error('useRouter stands outside <RouterProvider>');
  return router;
}

type RouteLinkProps = Omit<ComponentProps<'a'>, 'href'> & { to: Route; back?: boolean };

/** A real link, which the page follows itself unless the person asks for another tab. `back`: it leads to where one came from. */
export function RouteLink({ to, back = false, onClick, ...props }: RouteLinkProps) {
  const { navigate } = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to, { back });
  };
  return <a {...props} href={presentRoute(to)} onClick={follow} />;
}

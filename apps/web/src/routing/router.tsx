import {
  type ComponentProps,
  createContext,
  type MouseEvent,
  type ReactNode,
  useCallback,
  useContext,
  useMemo,
  useSyncExternalStore,
} from 'react';
import { parseRoute, presentRoute, type Route } from './route.ts';

type Navigate = (to: Route, how?: { readonly replace?: boolean }) => void;
type Router = { readonly route: Route; readonly navigate: Navigate };

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

/** Keeps the address and what is on the screen the same thing, so that the system's own back works. */
export function RouterProvider({ children }: { children: ReactNode }) {
  const path = useSyncExternalStore(subscribeToPath, () => window.location.pathname);
  const route = useMemo(() => parseRoute(path), [path]);
  const navigate = useCallback<Navigate>((to, how) => {
    const next = presentRoute(to);
    if (next === window.location.pathname) return;
    if (how?.replace) window.history.replaceState(null, '', next);
    else window.history.pushState(null, '', next);
    moved.dispatchEvent(new Event('move'));
  }, []);
  const router = useMemo(() => ({ route, navigate }), [route, navigate]);
  return <RouterContext value={router}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (router === null) throw new Error('useRouter stands outside <RouterProvider>');
  return router;
}

/** A real link, which the page follows itself unless the person asks for another tab. */
export function RouteLink({ to, onClick, ...props }: Omit<ComponentProps<'a'>, 'href'> & { to: Route }) {
  const { navigate } = useRouter();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...props} href={presentRoute(to)} onClick={follow} />;
}

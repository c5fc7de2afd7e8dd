/** A screen of the app. */
export type Route =
  | { screen: 'home' | 'status' | 'device' | 'people' | 'accessibility' }
  | { screen: 'itinerary' | 'plan' | 'pilot'; id: string }
  | { screen: 'unknown' };

const ALONE = ['status', 'device', 'people', 'accessibility'] as const;
const WITH_ID = ['itinerary', 'plan', 'pilot'] as const;

/** The screen of a path. */
export function routeOf(path: string): Route {
  const [name = '', id, ...more] = path.split('/').filter((part) => part !== '');
  if (name === '') return { screen: 'home' };
  const alone = ALONE.find((screen) => screen === name);
  if (alone && id === undefined) return { screen: alone };
  const withId = WITH_ID.find((screen) => screen === name);
  if (withId && id !== undefined && more.length === 0) return { screen: withId, id };
  return { screen: 'unknown' };
}

let path = $state('/');

export function currentPath(): string {
  return path;
}

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  history[how === 'push' ? 'pushState' : 'replaceState']({ inside: true }, '', to);
  path = location.pathname;
  if (how === 'push') scrollTo(0, 0);
}

/** Follows the address and takes over clicks on links within the app; returns what stops it. */
export function startRouter(): () => void {
  path = location.pathname;
  const follow = () => {
    path = location.pathname;
  };
  const click = (event: MouseEvent) => {
    const link = (event.target as Element | null)?.closest?.('a');
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target !== '' || link.origin !== location.origin) return;
    if (link.hash !== '' && link.pathname === location.pathname) return;
    event.preventDefault();
    go(link.pathname);
  };
  addEventListener('popstate', follow);
  document.addEventListener('click', click);
  return () => {
    removeEventListener('popstate', follow);
    document.removeEventListener('click', click);
  };
}

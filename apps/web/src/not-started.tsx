import { Button } from './design/button.tsx';
import { EmptyState } from './design/empty-state.tsx';

/** Stands where the program could not be started at all: in a browser that lacks what it needs. */
export function NotStarted() {
  return (
    <main style={{ display: 'grid', height: '100%' }}>
      <EmptyState isPage title="Parlour could not start">
        Your messages are safe on the server. Another browser, or a newer one, may do.{' '}
        <Button onClick={() => location.reload()}>Try again</Button>
      </EmptyState>
    </main>
  );
}

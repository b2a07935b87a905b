import { Button } from './design/button.tsx';
import { EmptyState } from './design/empty-state.tsx';
import { say } from './language/say.ts';

/** Stands where the program could not be started at all: in a browser that lacks what it needs. */
export function NotStarted() {
  return (
    <main style={{ display: 'grid', height: '100%' }}>
      <EmptyState isPage title={say('Parlour could not start')}>
        {say('Your messages are safe on the server. Another browser, or a newer one, may do.')}{' '}
        <Button onClick={() => location.reload()}>{say('Try again')}</Button>
      </EmptyState>
    </main>
  );
}

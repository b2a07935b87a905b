import { useClient } from '@parlour/sdk-react/provider';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { loadNewerProgram, lookForNewerProgram, newerProgram } from './newer-program.ts';
import './update-notice.css';

const lookEveryMs = 3_600_000;

/** Says quietly that there is a newer program, and loads it when one wants it: drafts are kept first, what waits to be sent is kept anyway. */
export function UpdateNotice() {
  const client = useClient();
  const isHere = useSyncExternalStore(newerProgram.subscribe, newerProgram.get);
  const [isLoading, setIsLoading] = useState(false);
  useLooking();

  const load = () => {
    setIsLoading(true);
    void loadNewerProgram(() => client.close());
  };

  return (
    <div role="status">
      {isHere && (
        <p className="update-notice">
          <span>{say('A new version is here.')}</span>
          <Button disabled={isLoading} onClick={load}>
            {say('Reload')}
          </Button>
        </p>
      )}
    </div>
  );
}

/** A server that comes back may bring a newer program; so may the night. */
function useLooking(): void {
  const isOnline = useStatus().connection.state === 'online';
  useEffect(() => {
    if (!isOnline) return;
    const look = () => document.visibilityState === 'visible' && void lookForNewerProgram();
    look();
    const timer = window.setInterval(look, lookEveryMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [isOnline]);
}

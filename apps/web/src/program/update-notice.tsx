import { useClient } from '@parlour/sdk-react/provider';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import { letItTakeOver, lookForNewerProgram, newerProgram } from './newer-program.ts';
import './update-notice.css';

const lookEveryMs = 3_600_000;
/** A store that does not close, a service worker that does not wake: then the reload does what is left to do. */
const patienceMs = 3_000;

/** Says quietly that there is a newer program, and loads it when one wants it: drafts are kept first, what waits to be sent is kept anyway. */
export function UpdateNotice() {
  const client = useClient();
  const isHere = useSyncExternalStore(newerProgram.subscribe, newerProgram.get);
  const [isLoading, setIsLoading] = useState(false);
  useLooking();

  const load = async () => {
    setIsLoading(true);
    const patience = new Promise((resolve) => setTimeout(resolve, patienceMs));
    await Promise.race([client.close().then(letItTakeOver), patience]);
    window.location.reload();
  };

  return (
    <div role="status">
      {isHere && (
        <p className="update-notice">
          <span>{say('A new version is here.')}</span>
          <Button disabled={isLoading} onClick={() => void load()}>
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

import type { ClientStatus } from '@parlour/sdk/client';
import { useStatus } from '@parlour/sdk-react/use-account';
import { useEffect, useState } from 'react';
import { Button } from '../design/button.tsx';
import { say } from '../language/say.ts';
import './connection-banner.css';

const patienceMs = 2_000;

/** Says what is not as it should be with the connection or the storage, once it has lasted. */
export function ConnectionBanner() {
  const status = useStatus();
  const isOffline = useLasting(status.connection.state !== 'online' && status.auth !== 'out', patienceMs);
  const [heardOfMending, setHeardOfMending] = useState(false);
  const words = bannerWords(status, isOffline);
  return (
    <div className="connection-banner-place" role="status">
      {status.mended && !heardOfMending && (
        <p className="connection-banner">
          {say('What this device kept was damaged. It comes again from the server; what waited to be sent is kept.')}
          <Button onClick={() => setHeardOfMending(true)}>{say('All right')}</Button>
        </p>
      )}
      {words !== null && (
        <p className="connection-banner">
          {words}
          {status.connection.state === 'refused' && <Button onClick={() => window.location.reload()}>{say('Reload')}</Button>}
        </p>
      )}
    </div>
  );
}

function bannerWords({ connection, storage }: ClientStatus, isOffline: boolean): string | null {
  if (connection.state === 'refused') return say('This page is out of date for the server. What you wrote is kept.');
  if (storage === 'full') return say('This device is full. New messages cannot be kept until there is room.');
  if (isOffline) return say('No connection. You can go on: what you write is kept here and sent later.');
  if (storage === 'memory') return say('This browser keeps nothing. Messages that wait are lost when you close this page.');
  return null;
}

/** True once something has been so for a while; false at once when it no longer is. */
function useLasting(isSo: boolean, forMs: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!isSo) return;
    const timer = window.setTimeout(() => setLasted(true), forMs);
    return () => {
      window.clearTimeout(timer);
      setLasted(false);
    };
  }, [isSo, forMs]);
  return isSo && lasted;
}

import type { ParlourClient } from '@parlour/sdk/client';
import { createContext, createElement, type ReactNode, useContext } from 'react';

const ClientContext = createContext<ParlourClient | null>(null);

/** Gives every hook below it the client that it speaks with. */
export function ParlourProvider({ client, children }: { client: ParlourClient; children: ReactNode }) {
  return createElement(ClientContext, { value: client }, children);
}

export function useClient(): ParlourClient {
  const client = useContext(ClientContext);
  if (client === null) throw new Error('a hook of Parlour stands outside <ParlourProvider>');
  return client;
}

export { createBrowserClient } from '@parlour/sdk/browser-client';

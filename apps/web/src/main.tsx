import './design/fonts.ts';
import './design/tokens.css';
import './design/base.css';
import { createBrowserClient } from '@parlour/sdk-react/browser-client';
import { ParlourProvider } from '@parlour/sdk-react/provider';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { LateModule } from './loading/late-module.ts';
import { NotStarted } from './not-started.tsx';
import { listenForInstallOffer } from './program/install-offer.ts';

listenForInstallOffer();
void new LateModule(async () => (await import('./shell/focus-keeping.ts')).keepFocus()).want();
const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element with the id "root"');
const page = createRoot(place);
try {
  const client = await createBrowserClient();
  page.render(
    <StrictMode>
      <ParlourProvider client={client}>
        <App />
      </ParlourProvider>
    </StrictMode>,
  );
} catch (error) {
  page.render(<NotStarted />);
  throw error;
}

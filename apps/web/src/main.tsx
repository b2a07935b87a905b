import './as-react-does.ts';
import './design/fonts.ts';
import './design/tokens.css';
import './design/base.css';
import './program/controller-on-load.ts';
import { createBrowserClient } from '@parlour/sdk-react/browser-client';
import { ParlourProvider } from '@parlour/sdk-react/provider';
import { StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { App } from './app.tsx';
import { InLanguage } from './language/in-language.tsx';
import { beginToSpeak } from './language/page-language.ts';
import { LateModule } from './loading/late-module.ts';
import { NotStarted } from './not-started.tsx';
import { listenForInstallOffer } from './program/install-offer.ts';

listenForInstallOffer();
void new LateModule(async () => (await import('./shell/focus-keeping.ts')).keepFocus()).want();
const place = document.getElementById('root');
if (place === null) throw new Error('index.html has no element with the id "root"');
void start(createRoot(place));

/** Not at the top level: parts that come later are made of this file, and would wait there for all of it. */
async function start(page: Root): Promise<void> {
  const speaking = beginToSpeak();
  try {
    const [client] = await Promise.all([createBrowserClient(), speaking]);
    page.render(
      <StrictMode>
        <ParlourProvider client={client}>
          <InLanguage>
            <App />
          </InLanguage>
        </ParlourProvider>
      </StrictMode>,
    );
  } catch (error) {
    await speaking;
    page.render(<NotStarted />);
    throw error;
  }
}

import { Button } from '../design/button.tsx';
import { Choice } from '../design/choice.tsx';
import { say } from '../language/say.ts';
import { useInstall } from '../program/install-offer.ts';
import { choose, useDeviceChoices } from './device-choices.ts';
import { LanguageChoice } from './language-choice.tsx';

export function AppearanceSection() {
  const { theme, density } = useDeviceChoices();
  const install = useInstall();
  return (
    <section className="settings-section" aria-label={say('Appearance')}>
      <h2>{say('On this device')}</h2>
      <Choice
        label={say('Theme')}
        value={theme}
        options={[
          { value: 'system', label: say('As the system') },
          { value: 'light', label: say('Light') },
          { value: 'dark', label: say('Dark') },
        ]}
        onChoose={(chosen) => choose({ theme: chosen })}
      />
      <Choice
        label={say('Density')}
        value={density}
        options={[
          { value: 'comfortable', label: say('Comfortable') },
          { value: 'compact', label: say('Compact') },
        ]}
        onChoose={(chosen) => choose({ density: chosen })}
      />
      <LanguageChoice />
      {install !== null && (
        <div className="settings-line">
          <span>{say('Parlour can stand among your apps')}</span>
          <Button onClick={install}>{say('Install')}</Button>
        </div>
      )}
    </section>
  );
}

import { Button } from '../design/button.tsx';
import { Choice } from '../design/choice.tsx';
import { useInstall } from '../program/install-offer.ts';
import { choose, useDeviceChoices } from './device-choices.ts';

export function AppearanceSection() {
  const { theme, density } = useDeviceChoices();
  const install = useInstall();
  return (
    <section className="settings-section" aria-label="Appearance">
      <h2>On this device</h2>
      <Choice
        label="Theme"
        value={theme}
        options={[
          { value: 'system', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
        onChoose={(chosen) => choose({ theme: chosen })}
      />
      <Choice
        label="Density"
        value={density}
        options={[
          { value: 'comfortable', label: 'Comfortable' },
          { value: 'compact', label: 'Compact' },
        ]}
        onChoose={(chosen) => choose({ density: chosen })}
      />
      {install !== null && (
        <div className="settings-line">
          <span>Parlour can stand among your apps</span>
          <Button onClick={install}>Install</Button>
        </div>
      )}
    </section>
  );
}

import { Choice } from '../design/choice.tsx';
import { choose, useDeviceChoices } from './device-choices.ts';

export function AppearanceSection() {
  const { theme, density } = useDeviceChoices();
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
    </section>
  );
}

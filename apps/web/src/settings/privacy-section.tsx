import type { Settings } from '@parlour/sdk/client';
import { useClient } from '@parlour/sdk-react/provider';
import { useSettings } from '@parlour/sdk-react/use-account';
import { Switch } from './switch.tsx';

const choices: readonly { readonly key: keyof Settings; readonly label: string; readonly note: string }[] = [
  { key: 'receipts', label: 'Tell others what I have read', note: 'Off, you do not see what others have read either' },
  { key: 'lastSeen', label: 'Show when I was last here', note: 'Others always see that you are here while you are' },
];

export function PrivacySection() {
  const client = useClient();
  const settings = useSettings();
  return (
    <section className="settings-section" aria-label="Privacy">
      <h2>Privacy</h2>
      {choices.map(({ key, label, note }) => (
        <Switch key={key} label={label} note={note} checked={settings[key]} onChange={(wanted) => void client.setSetting(key, wanted)} />
      ))}
    </section>
  );
}

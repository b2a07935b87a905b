import type { Settings } from '@parlour/sdk/client';
import { useClient } from '@parlour/sdk-react/provider';
import { useSettings } from '@parlour/sdk-react/use-account';
import { type Message, say } from '../language/say.ts';
import { Switch } from './switch.tsx';

const choices: readonly { readonly key: keyof Settings; readonly label: Message; readonly note: Message }[] = [
  { key: 'receipts', label: 'Tell others what I have read', note: 'Off, you do not see what others have read either' },
  { key: 'lastSeen', label: 'Show when I was last here', note: 'Others always see that you are here while you are' },
];

export function PrivacySection() {
  const client = useClient();
  const settings = useSettings();
  return (
    <section className="settings-section" aria-label={say('Privacy')}>
      <h2>{say('Privacy')}</h2>
      {choices.map(({ key, label, note }) => (
        <Switch
          key={key}
          label={say(label)}
          note={say(note)}
          checked={settings[key]}
          onChange={(wanted) => void client.setSetting(key, wanted)}
        />
      ))}
    </section>
  );
}

import { useState } from 'react';
import { type Message, say } from '../language/say.ts';
import { playArrival } from '../notices/sound.ts';
import { choose, useDeviceChoices } from './device-choices.ts';
import { Switch } from './switch.tsx';

type Permission = NotificationPermission | 'unavailable';

/** The browser asks at most once, and only when one asks for it here. */
export function NoticesSection() {
  const { sounds, notifications } = useDeviceChoices();
  const [permission, setPermission] = useState(currentPermission);
  const turn = async (wanted: boolean) => {
    const allowed = wanted && permission === 'default' ? await Notification.requestPermission() : permission;
    setPermission(allowed);
    choose({ notifications: wanted && allowed === 'granted' });
  };
  return (
    <section className="settings-section" aria-label={say('Notices')}>
      <h2>{say('Notices on this device')}</h2>
      <Switch
        label={say('Tell me of messages while I look elsewhere')}
        note={say(words[permission])}
        checked={notifications && permission === 'granted'}
        disabled={permission === 'denied' || permission === 'unavailable'}
        onChange={(wanted) => void turn(wanted)}
      />
      <Switch
        label={say('A soft sound when a message comes')}
        checked={sounds}
        onChange={(wanted) => {
          choose({ sounds: wanted });
          if (wanted) playArrival();
        }}
      />
    </section>
  );
}

function currentPermission(): Permission {
  if (!window.isSecureContext || !('Notification' in window) || !('serviceWorker' in navigator)) return 'unavailable';
  return Notification.permission;
}

const words: Record<Permission, Message> = {
  default: 'Your browser will ask you once',
  granted: 'One for each conversation; gone once you have read it anywhere',
  denied: 'Your browser does not let this page: allow it in the browser’s settings for this site',
  unavailable: 'Needs HTTPS: this page came over plain HTTP from another machine. So do being installed and starting offline',
};

import { useEffect, useId, useRef } from 'react';
import { languages } from '../language/languages.ts';
import { say } from '../language/say.ts';
import { choose, useDeviceChoices } from './device-choices.ts';

/** The page begins anew in another language; whoever chose it stands where they stood. */
let wasJustChosen = false;

export function LanguageChoice() {
  const id = useId();
  const field = useRef<HTMLSelectElement>(null);
  const { language } = useDeviceChoices();
  useEffect(() => {
    if (wasJustChosen) field.current?.focus();
    wasJustChosen = false;
  }, []);
  return (
    <div className="settings-line">
      <label htmlFor={id}>{say('Language')}</label>
      <span className="settings-select">
        <select
          ref={field}
          id={id}
          value={languages.some(({ tag }) => tag === language) ? language : 'system'}
          onChange={({ target: { value } }) => {
            wasJustChosen = true;
            choose({ language: value });
          }}
        >
          <option value="system">{say('As the browser')}</option>
          {languages.map(({ tag, name, dir }) => (
            <option key={tag} value={tag} lang={tag} dir={dir}>
              {name}
            </option>
          ))}
        </select>
      </span>
    </div>
  );
}

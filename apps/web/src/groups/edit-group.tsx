import type { ConversationSummary, ConversationView, GroupStanding } from '@parlour/sdk/client';
import { useId, useState } from 'react';
import { Avatar } from '../design/avatar.tsx';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Field } from '../design/field.tsx';
import { focusFirst } from '../design/focus-first.ts';
import { Form, textOf } from '../design/form.tsx';
import { personHue } from '../design/person-hue.ts';
import { say } from '../language/say.ts';
import { presentCount } from '../text/count.ts';
import { aboutLengthMax, titleLengthMax } from './group-limits.ts';

type Props = {
  readonly view: ConversationView;
  readonly summary: ConversationSummary;
  readonly group: GroupStanding;
  readonly onClose: () => void;
};

const hues = [20, 55, 95, 140, 185, 230, 275, 320];

/** How a group presents itself. Only what was changed is said. */
export function EditGroup({ view, summary, group, onClose }: Props) {
  const aboutId = useId();
  const own = group.hue ?? personHue(view.id);
  const [hue, setHue] = useState(own);
  const [title, setTitle] = useState(summary.title);
  const save = async (fields: FormData) => {
    const about = textOf(fields, 'about').trim();
    const body = {
      ...(title.trim() === summary.title ? {} : { title: title.trim() }),
      ...(about === group.about ? {} : { about }),
      ...(hue === own ? {} : { hue }),
    };
    const done = Object.keys(body).length === 0 ? undefined : await view.act({ kind: 'describe', body });
    if (done === undefined) onClose();
    return done;
  };
  return (
    <Dialog label={say('Name, colour, description')} onClose={onClose}>
      <Form className="group-dialog" onSubmit={save}>
        {(busy) => (
          <>
            <h2>{say('Name, colour, description')}</h2>
            <Field
              {...focusFirst}
              label={say('Name of the group')}
              name="title"
              value={title}
              maxLength={titleLengthMax}
              required
              autoComplete="off"
              onChange={(event) => setTitle(event.target.value)}
            />
            <fieldset>
              <legend className="visually-hidden">{say('Colour')}</legend>
              <div className="group-hues">
                {[own, ...hues.filter((one) => Math.abs(one - own) > 15)].map((one, index) => (
                  <label key={one} className="group-hue">
                    <input
                      type="radio"
                      className="visually-hidden"
                      name="hue"
                      aria-label={say('Colour {count}', { count: presentCount(index + 1) })}
                      checked={one === hue}
                      onChange={() => setHue(one)}
                    />
                    <Avatar id={view.id} name={title} hue={one} />
                  </label>
                ))}
              </div>
            </fieldset>
            <div className="field">
              <label htmlFor={aboutId}>{say('What it is about')}</label>
              <textarea id={aboutId} name="about" rows={2} dir="auto" defaultValue={group.about} maxLength={aboutLengthMax} />
            </div>
            <div className="group-dialog-actions">
              <Button onClick={onClose}>{say('Cancel')}</Button>
              <Button look="filled" type="submit" disabled={busy}>
                {say('Save')}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

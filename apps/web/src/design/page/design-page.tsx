import ArrowUp from 'lucide-react/icons/arrow-up';
import Plus from 'lucide-react/icons/plus';
import Settings from 'lucide-react/icons/settings';
import { Avatar, NotesAvatar } from '../avatar.tsx';
import { Button, IconButton } from '../button.tsx';
import { Choice } from '../choice.tsx';
import { EmptyState } from '../empty-state.tsx';
import { Field } from '../field.tsx';
import { NameMark } from '../mark.tsx';
import { type ReceiptState, ReceiptTick } from '../receipt-tick.tsx';
import './design-page.css';
import { Chapter, Specimen } from './specimen.tsx';

/** Everything that screens are made of, in every state, on one page: looked at by people, and photographed by a test. */
export function DesignPage() {
  return (
    <main className="design-page">
      <NameMark />
      <Colours />
      <Type />
      <Shape />
      <Actions />
      <Fields />
      <People />
      <Chapter title="Nothing here yet">
        <div className="design-ground">
          <EmptyState title="A quiet room">Choose a conversation, or find someone to talk to.</EmptyState>
        </div>
      </Chapter>
    </main>
  );
}

const grounds = ['canvas', 'surface', 'sunken', 'line'];
const inks = ['ink', 'ink-2', 'ink-3', 'moss', 'persimmon', 'danger'];
const pairs = [
  ['moss', 'on-moss'],
  ['own', 'own-ink'],
  ['persimmon', 'on-persimmon'],
] as const;

function Colours() {
  return (
    <Chapter title="Colour">
      <div className="design-row">
        {grounds.map((name) => (
          <span key={name} className="design-swatch" style={{ background: `var(--${name})` }}>
            {name}
          </span>
        ))}
        {pairs.map(([back, ink]) => (
          <span key={back} className="design-swatch" style={{ background: `var(--${back})`, color: `var(--${ink})` }}>
            {back}
          </span>
        ))}
      </div>
      {['canvas', 'surface', 'sunken'].map((ground) => (
        <p key={ground} className="design-inks" style={{ background: `var(--${ground})` }}>
          {inks.map((ink) => (
            <span key={ink} style={{ color: `var(--${ink})` }}>
              {ink}
            </span>
          ))}
        </p>
      ))}
    </Chapter>
  );
}

const sizes = ['xs', 's', 'm', '', 'l'];

function Type() {
  return (
    <Chapter title="Type">
      <p className="design-name">The name, and one large line</p>
      {sizes.map((size) => (
        <p key={size} style={{ fontSize: `var(--text${size === '' ? '' : `-${size}`})` }}>
          Morning, did the ferry people ever write back? <strong>At last, they did.</strong>
        </p>
      ))}
    </Chapter>
  );
}

function Shape() {
  return (
    <Chapter title="Shape">
      <div className="design-row">
        {['s', 'm', 'l'].map((radius) => (
          <span key={radius} className="design-swatch" style={{ borderRadius: `var(--radius-${radius})` }}>
            radius {radius}
          </span>
        ))}
        <span className="design-swatch design-raised">shadow</span>
      </div>
    </Chapter>
  );
}

function Actions() {
  return (
    <Chapter title="Actions">
      {(['filled', 'plain', 'danger'] as const).map((look) => (
        <div key={look} className="design-row">
          <Specimen name={look}>
            <Button look={look}>Save</Button>
          </Specimen>
          <Specimen name="cannot be pressed">
            <Button look={look} disabled>
              Save
            </Button>
          </Specimen>
          <Specimen name="focus">
            <Button look={look} className="design-focus">
              Save
            </Button>
          </Specimen>
        </div>
      ))}
      <div className="design-row">
        <Specimen name="icon">
          <IconButton label="New">
            <Plus size={21} strokeWidth={1.75} aria-hidden="true" />
          </IconButton>
        </Specimen>
        <Specimen name="icon, focus">
          <IconButton label="Settings" className="design-focus">
            <Settings size={20} strokeWidth={1.75} aria-hidden="true" />
          </IconButton>
        </Specimen>
        <Specimen name="send">
          <span className="design-send">
            <ArrowUp size={20} strokeWidth={1.75} aria-hidden="true" />
          </span>
        </Specimen>
      </div>
      <Choice
        label="One of a few"
        value="light"
        options={[
          { value: 'system', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
        onChoose={() => {}}
      />
    </Chapter>
  );
}

function Fields() {
  return (
    <Chapter title="Fields">
      <Field label="Empty" hint="What it wants stands below" />
      <Field label="Filled" defaultValue="Mara Lindqvist" />
      <Field label="Wrong" defaultValue="x" problem="A handle has at least 3 characters." />
      <Field label="Closed" defaultValue="mara.l" disabled />
    </Chapter>
  );
}

const receipts: readonly ReceiptState[] = ['pending', 'sent', 'received', 'read'];
const people = ['Mara Lindqvist', 'Book club', 'Tomas Keller', 'Noor Aziz', 'Idris Haddad'];

function People() {
  return (
    <Chapter title="People and receipts">
      <div className="design-row">
        {people.map((name, index) => (
          <Avatar key={name} id={name} name={name} size={index === 0 ? 'large' : 'medium'} online={index % 2 === 0} />
        ))}
        <NotesAvatar />
        <Avatar id="small" name="Ada Okafor" size="small" />
        <Avatar id="portrait" name="Ada Okafor" size="portrait" />
      </div>
      <div className="design-row">
        {receipts.map((state) => (
          <Specimen key={state} name={state}>
            <ReceiptTick state={state} />
          </Specimen>
        ))}
      </div>
    </Chapter>
  );
}

import type { ReactNode } from 'react';

type Props = {
  readonly label: string;
  readonly note?: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
};

/** One thing that is so or not. */
export function Switch({ label, note, checked, disabled = false, onChange }: Props) {
  return (
    <label className="settings-choice">
      <span>{label}</span>
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      {note !== undefined && <span className="settings-note">{note}</span>}
    </label>
  );
}

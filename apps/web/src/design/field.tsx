import { type ComponentProps, useId } from 'react';
import './field.css';

/** A labelled line of text, with what it wants below it and, when it is wrong, what is wrong. */
export function Field({
  label,
  hint,
  problem,
  ...props
}: ComponentProps<'input'> & { label: string; hint?: string; problem?: string | undefined }) {
  const id = useId();
  const below = problem ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input {...props} id={id} aria-invalid={problem !== undefined} aria-describedby={below === undefined ? undefined : `${id}-below`} />
      {below !== undefined && (
        <p id={`${id}-below`} className={problem === undefined ? 'field-hint' : 'field-problem'}>
          {below}
        </p>
      )}
    </div>
  );
}

import type { ComponentProps } from 'react';
import './button.css';

type Look = 'filled' | 'plain' | 'danger';

/** A verb. `filled` is the one thing to do on a screen. */
export function Button({ look = 'plain', className = '', type = 'button', ...props }: ComponentProps<'button'> & { look?: Look }) {
  return <button {...props} type={type} className={`button button-${look} ${className}`} />;
}

/** An action shown by an icon alone; `label` is what it is called. */
export function IconButton({ label, className = '', ...props }: ComponentProps<'button'> & { label: string }) {
  return <button type="button" {...props} className={`icon-button ${className}`} aria-label={label} title={label} />;
}

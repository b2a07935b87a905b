import type { ClientRefusal } from '@parlour/sdk/refusal';
import { isRefused } from '@parlour/sdk-react/refusal';
import { type ComponentProps, type FormEvent, useRef, useState } from 'react';
import { presentRefusal } from '../text/sentence.ts';
import './form.css';

type Props = Omit<ComponentProps<'form'>, 'onSubmit' | 'children'> & {
  /** @returns what went wrong, if anything */
  onSubmit: (fields: FormData) => Promise<unknown>;
  children: (busy: boolean) => React.ReactNode;
};

/** A form that is sent once at a time, keeps what was written, and says what went wrong where a screen reader hears it. */
export function Form({ onSubmit, children, ...props }: Props) {
  const [busy, setBusy] = useState(false);
  // A second press may come before the first has been drawn.
  const isUnderWay = useRef(false);
  const [refusal, setRefusal] = useState<ClientRefusal | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    setBusy(true);
    setRefusal(null);
    try {
      const answer = await onSubmit(new FormData(event.currentTarget));
      setRefusal(isRefused(answer) ? answer : null);
    } finally {
      isUnderWay.current = false;
      setBusy(false);
    }
  };
  return (
    <form {...props} onSubmit={submit} aria-busy={busy}>
      {children(busy)}
      {refusal !== null && (
        <p className="form-problem" role="alert">
          {presentRefusal(refusal)}
        </p>
      )}
    </form>
  );
}

/** The text of one field. */
export function textOf(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === 'string' ? value : '';
}

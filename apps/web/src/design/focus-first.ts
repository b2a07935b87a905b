/**
 * For the field that something is opened for. Where a dialog opens with it, the browser gives it the focus by the attribute; what is put
 * into a place that is open already asks for itself.
 */
export const focusFirst = { autoFocus: true, ref: (element: HTMLElement | null) => element?.focus() };

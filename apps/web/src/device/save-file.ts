/** Browsers read the file a while after they were told of it. */
const readMs = 60_000;

/** Lets the browser keep a file under a name, as if it had been downloaded. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), readMs);
}

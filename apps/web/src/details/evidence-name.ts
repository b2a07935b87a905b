const titleLengthMax = 40;

/** What a file of evidence is called: whose conversation, and the day, as every system takes it. */
export function evidenceName(title: string, at: Date): string {
  const words = title
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .slice(0, titleLengthMax)
    .replace(/^-+|-+$/g, '');
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
  return `${['parlour-evidence', words, day].filter((part) => part !== '').join('-')}.jsonl`;
}

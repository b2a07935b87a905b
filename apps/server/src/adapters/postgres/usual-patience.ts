/** Of every server and command: what an operator would gain by another number is not worth a setting. */
export const usualPatience = { connectTimeoutMs: 5_000, answerGraceMs: 5_000 } as const;

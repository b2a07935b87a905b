/** What fits; the server says so too. */
export const titleLengthMax = 100;
export const aboutLengthMax = 500;

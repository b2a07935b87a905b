let context: AudioContext | null = null;

/** Two notes, each an octave of a soft bell: seconds from the start, and hertz. */
const notes = [
  [0, 659.25],
  [0.11, 880],
] as const;
const loudness = 0.06;
const fadeSeconds = 0.35;

/** A soft sound. Silent where the browser lets no page sound that nobody has touched. */
export function playArrival(): void {
  context ??= new AudioContext();
  void context.resume();
  for (const [at, hertz] of notes) {
    const start = context.currentTime + at;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(loudness, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + fadeSeconds);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + fadeSeconds);
  }
}

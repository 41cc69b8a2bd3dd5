// A voice recorded as consent: short and small, and only where the tablet can.

const LONGEST_MS = 20_000;
const MOST_BYTES = 150_000;
const BITS_PER_S = 32_000;
const PIECE_MS = 250;
const FORMS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];

/** Nothing to record with, no microphone, no leave to use it, or nothing was heard. */
export class NoVoice extends Error {}

/**
 * Begin to record; goes on until `stop`, but for no longer and no more than is kept. Raises NoVoice.
 * @param {(secondsLeft: number) => void} heard  with each piece that was recorded
 * @returns {Promise<{stop: () => void, ended: Promise<Blob>}>}
 */
export async function record(heard) {
  const form = 'MediaRecorder' in globalThis && FORMS.find((one) => MediaRecorder.isTypeSupported(one));
  if (!form || !navigator.mediaDevices) throw new NoVoice('no_recorder');
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  } catch {
    throw new NoVoice('no_microphone');
  }
  const recorder = new MediaRecorder(stream, { mimeType: form, audioBitsPerSecond: BITS_PER_S });
  const began = performance.now();
  const stop = () => { if (recorder.state !== 'inactive') recorder.stop(); };
  const last = setTimeout(stop, LONGEST_MS);
  /** @type {Blob[]} */
  const pieces = [];
  const ended = new Promise((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => {
      if (data.size) pieces.push(data);
      if (size(pieces) > MOST_BYTES) stop();
      if (pieces.length) heard(Math.max(0, Math.ceil((LONGEST_MS - performance.now() + began) / 1000)));
    };
    recorder.onstop = () => {
      clearTimeout(last);
      for (const track of stream.getTracks()) track.stop();
      if (size(pieces)) resolve(new Blob(pieces, { type: form.split(';')[0] }));
      else reject(new NoVoice('voice_empty'));
    };
  });
  recorder.start(PIECE_MS);
  return { stop, ended };
}

/** @param {Blob[]} pieces */
function size(pieces) {
  return pieces.reduce((sum, { size: bytes }) => sum + bytes, 0);
}

// New versions of the app: got in the background, used when the kader says so.

const LOOK_EVERY_MS = 30 * 60_000;

/** @param {(use: () => void) => void} tell  with what makes the new version the used one */
export async function keepUpToDate(tell) {
  if (!('serviceWorker' in navigator)) return;
  let isAsked = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => { if (isAsked) location.reload(); });
  let registration;
  try {
    registration = await navigator.serviceWorker.register('/tablet/service_worker.js', { scope: '/tablet/', updateViaCache: 'none' });
  } catch {
    return;
  }
  const offer = () => {
    const { waiting } = registration;
    if (waiting && navigator.serviceWorker.controller) tell(() => { isAsked = true; waiting.postMessage('use'); });
  };
  offer();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offer);
  });
  setInterval(() => registration.update().catch(() => undefined), LOOK_EVERY_MS);
}

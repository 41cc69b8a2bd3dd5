// New versions of the app: got in the background, used when the kader says so.

const LOOK_EVERY_MS = 30 * 60_000;

/**
 * @param {(use: () => void) => void} tell  with what makes the new version the used one
 * @param {() => Promise<unknown>} save  what was typed, before the page is loaded anew
 */
export async function keepUpToDate(tell, save) {
  if (!('serviceWorker' in navigator)) return;
  // Every window goes on with the new version: an old one cannot open its database any more.
  let isUsed = !!navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (isUsed) void save().finally(() => location.reload());
    isUsed = true;
  });
  let registration;
  try {
    registration = await navigator.serviceWorker.register('/tablet/service_worker.js', { scope: '/tablet/', updateViaCache: 'none' });
  } catch {
    return;
  }
  const offer = () => {
    const { waiting } = registration;
    if (waiting && navigator.serviceWorker.controller) tell(() => waiting.postMessage('use'));
  };
  offer();
  registration.addEventListener('updatefound', () => {
    registration.installing?.addEventListener('statechange', offer);
  });
  setInterval(() => registration.update().catch(() => undefined), LOOK_EVERY_MS);
}

// Where the tablet is, looked for in the background while a form is open. The best fix stays.

import * as clock from './clock.js';

const BETTER_FOR_MS = 2 * 60_000;

/** @param {any} wire the record that gets the position @param {() => void} changed */
export function follow(wire, changed) {
  if (!navigator.geolocation) return { stop: () => undefined };
  const since = Date.now();
  const watch = navigator.geolocation.watchPosition(({ coords }) => {
    const accuracy = Math.min(1e7, Math.round(coords.accuracy * 10) / 10);
    const isLate = Date.now() - since > BETTER_FOR_MS;
    if (wire.location && (isLate || wire.location.accuracy_m <= accuracy)) return;
    wire.location = {
      lat: coords.latitude, lon: coords.longitude, accuracy_m: accuracy, accuracy_kind: 'p95',
      provider: 'browser', is_mock: null, fixed_at: clock.stamp(),
    };
    wire.location_missing_reason = null;
    changed();
  }, () => undefined, { enableHighAccuracy: true, maximumAge: 30_000, timeout: 60_000 });
  return { stop: () => navigator.geolocation.clearWatch(watch) };
}

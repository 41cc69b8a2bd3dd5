// Where the tablet is, looked for in the background while a form is open. The best fix stays.

import * as clock from './clock.js';

const BETTER_FOR_MS = 2 * 60_000;
const WHY = ['unavailable', 'denied', 'unavailable', 'timeout'];

/** @typedef {'wait' | 'denied' | 'unavailable' | 'timeout' | 'late'} Looking  how the looking goes, or why there is none */

/** @param {any} wire the record that gets the position @param {() => void} changed @param {(how: Looking) => void} told */
export function follow(wire, changed, told) {
  if (!navigator.geolocation) {
    told('unavailable');
    return { stop: () => undefined };
  }
  const since = Date.now();
  const take = (/** @type {GeolocationPosition} */ { coords }) => {
    const accuracy = Math.min(1e7, Math.round(coords.accuracy * 10) / 10);
    const isLate = Date.now() - since > BETTER_FOR_MS;
    if (wire.location && (isLate || wire.location.accuracy_m <= accuracy)) return;
    wire.location = {
      lat: coords.latitude, lon: coords.longitude, accuracy_m: accuracy, accuracy_kind: 'p95',
      provider: 'browser', is_mock: null, fixed_at: clock.stamp(),
    };
    wire.location_missing_reason = null;
    changed();
  };
  const fail = (/** @type {GeolocationPositionError} */ { code }) => told(/** @type {Looking} */ (WHY[code] ?? 'unavailable'));
  const begin = () => navigator.geolocation.watchPosition(take, fail, { enableHighAccuracy: true, maximumAge: 30_000, timeout: 60_000 });
  let watch = begin();
  let isStopped = false;
  const again = () => {
    if (isStopped) return;
    navigator.geolocation.clearWatch(watch);
    told('wait');
    watch = begin();
  };
  /** @type {PermissionStatus | undefined} */
  let leave;
  void navigator.permissions?.query({ name: 'geolocation' }).then((found) => { leave = found; leave.onchange = again; }).catch(() => undefined);
  return { stop: () => { isStopped = true; if (leave) leave.onchange = null; navigator.geolocation.clearWatch(watch); } };
}

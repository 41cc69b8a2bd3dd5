// The service worker: keeps one whole version of the app, so that it opens without signal. The
// server puts `VERSION` and `FILES` (path to SHA-256) in front of this.
/* global VERSION, FILES */

const CACHE = `tablet-${VERSION}`;
const SHELL = '/tablet/';

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || !url.pathname.startsWith(SHELL)) return;
  const path = url.pathname in FILES ? url.pathname : request.mode === 'navigate' ? SHELL : null;
  if (path) event.respondWith(kept(path));
});
self.addEventListener('message', (event) => {
  if (event.data === 'use') self.skipWaiting();
});

// All of a version or nothing, and only what the server made: behind a hotel's sign-in page every
// address answers 200.
async function install() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(Object.entries(FILES).map(async ([path, digest]) => {
      const answer = await fetch(path, { cache: 'no-store', credentials: 'omit' });
      const body = await answer.clone().arrayBuffer();
      const found = [...new Uint8Array(await crypto.subtle.digest('SHA-256', body))]
        .map((byte) => byte.toString(16).padStart(2, '0')).join('');
      if (!answer.ok || found !== digest) throw new Error(`${path} is not the server's`);
      await cache.put(path, answer);
    }));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('tablet-') && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function kept(path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(path);
}

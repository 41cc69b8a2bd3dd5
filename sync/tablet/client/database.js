// The tablet's own database: IndexedDB with promises.

const NAME = 'jemput-bola-tablet';
const VERSION = 2;
const RESERVE = 'reserve';
const RESERVE_BYTES = 2 * 1024 * 1024;
const RANDOM_BYTES = 65_536;
const STORES = {
  accounts: 'id',
  records: ['account', 'id'],
  photos: ['account', 'record', 'sha256'],
  pictures: ['account', 'record', 'sha256'],
  reference: ['account', 'kind', 'id'],
  settings: 'name',
};

/** @type {Promise<IDBDatabase> | undefined} */
let opening;

/** @returns {Promise<IDBDatabase>} */
function database() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = ({ oldVersion }) => {
      for (const [name, keyPath] of Object.entries(STORES)) {
        if (!asked.result.objectStoreNames.contains(name)) {
          asked.result.createObjectStore(name, { keyPath });
        }
      }
      if (oldVersion === 1) movePictures(/** @type {IDBTransaction} */ (asked.transaction));
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = close;
      asked.result.onclose = () => { opening = undefined; };
      resolve(asked.result);
    };
    asked.onerror = () => { opening = undefined; reject(asked.error); };
  });
  return opening;
}

/** Version 1 kept what a photo shows in the photo's own row. @param {IDBTransaction} transaction */
function movePictures(transaction) {
  const pictures = transaction.objectStore('pictures');
  const asked = transaction.objectStore('photos').openCursor();
  asked.onsuccess = () => {
    const cursor = asked.result;
    if (!cursor) return;
    const { sealed, ...photo } = cursor.value;
    const { account, record, sha256 } = photo;
    if (sealed) pictures.put({ account, record, sha256, sealed });
    cursor.update(photo);
    cursor.continue();
  };
}

/** Lets another tab, or a newer version, change the database. */
export function close() {
  opening?.then((db) => db.close());
  opening = undefined;
}

/**
 * Do all of it or nothing. `act` asks through the stores it is given and may await nothing else; it
 * is called again where only the reserve has room for what it does.
 * @template T
 * @param {string[]} names
 * @param {(stores: Record<string, IDBObjectStore>) => T | Promise<T>} act
 * @returns {Promise<T>} what `act` gives, once it is on the disk
 */
export async function change(names, act) {
  try {
    return await transacted(names, 'readwrite', act);
  } catch (error) {
    if (!isFull(error) || !(await isReserved())) throw error;
  }
  await transacted(['settings'], 'readwrite', ({ settings }) => void settings.delete(RESERVE));
  dispatchEvent(new Event('reserveused'));
  return transacted(names, 'readwrite', act);
}

/** Do what may take no room that records and syncs need. @param {string[]} names @param {(stores: Record<string, IDBObjectStore>) => void | Promise<void>} act */
export async function changeWithRoom(names, act) {
  if (!(await reserve())) throw new DOMException('no reserve', 'QuotaExceededError');
  await transacted(names, 'readwrite', act);
}

/**
 * Take up room that records and syncs still have when there is no other: what a sync writes comes
 * before the photos that it deletes. Gives whether it is there.
 */
export async function reserve() {
  if (await isReserved()) return true;
  const value = new Uint8Array(RESERVE_BYTES);
  for (let at = 0; at < RESERVE_BYTES; at += RANDOM_BYTES) crypto.getRandomValues(value.subarray(at, at + RANDOM_BYTES));
  try {
    await transacted(['settings'], 'readwrite', ({ settings }) => void settings.put({ name: RESERVE, value }));
    return true;
  } catch (error) {
    if (!isFull(error)) throw error;
    return false;
  }
}

async function isReserved() {
  return (await read('settings', (store) => store.count(RESERVE))) > 0;
}

/**
 * @template T
 * @param {string} name
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T>}
 */
export async function read(name, ask) {
  return transacted([name], 'readonly', (stores) => answer(ask(stores[name])));
}

/** The rows with these keys, without those that are not there. @param {string} name @param {IDBValidKey[]} keys @returns {Promise<any[]>} */
export async function readAll(name, keys) {
  const found = await transacted([name], 'readonly', (stores) => Promise.all(keys.map((key) => answer(stores[name].get(key)))));
  return found.filter(Boolean);
}

/** @type {<T>(request: IDBRequest<T>) => Promise<T>} */
export function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * How much is stored, in bytes, and how much the browser says is free; null where it says only how
 * much it lets a site believe, which is a round number of GiB whatever the disk has.
 * @returns {Promise<{used: number, free: number | null}>}
 */
export async function room() {
  const { quota, usage: used = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const free = quota === undefined ? null : Math.max(0, quota - used);
  return { used, free: free && free % 2 ** 30 === 0 ? null : free };
}

/** Whether the browser has no room left for what was to be stored. @param {unknown} error */
export function isFull(error) {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

/** All rows whose keys begin so: of an account, or of a record of it. @param {...string} parts */
export function of(...parts) {
  return IDBKeyRange.bound(parts, [...parts, []]);
}

/** @param {string} name @param {unknown} [otherwise] @returns {Promise<any>} */
export async function setting(name, otherwise) {
  const row = await read('settings', (store) => store.get(name));
  return row ? row.value : otherwise;
}

/** @param {string} name @param {unknown} value */
export function set(name, value) {
  return change(['settings'], ({ settings }) => void settings.put({ name, value }));
}

/**
 * @template T
 * @param {string[]} names
 * @param {IDBTransactionMode} mode
 * @param {(stores: Record<string, IDBObjectStore>) => T | Promise<T>} act
 * @returns {Promise<T>}
 */
async function transacted(names, mode, act) {
  const db = await database();
  const transaction = db.transaction(names, mode, { durability: 'strict' });
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'));
  });
  finished.catch(() => undefined);
  const stores = Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)]));
  let given;
  try {
    given = await act(stores);
  } catch (error) {
    try { transaction.abort(); } catch { /* it has ended already */ }
    throw error;
  }
  await finished;
  return given;
}

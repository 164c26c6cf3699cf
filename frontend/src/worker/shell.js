// The service worker: the application starts without a connection. It keeps the built files and nothing else; what the
// service answers never passes through here. VERSION and FILES are put in front by the build.
/* global VERSION, FILES */
const PREFIX = "cs-shell-";
const CACHE = PREFIX + VERSION;
const PAGE = "/index.html";
/** Addresses of the service, and of customers' pages, which are not the application. */
const SERVICE = /^\/(api|docs|health|metrics|openapi\.json|book|booking)(\/|$)/;
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (!SERVICE.test(url.pathname) && !/\.[a-z0-9]+$/i.test(url.pathname)) event.respondWith(page(request));
  } else if (FILES.includes(url.pathname)) event.respondWith(file(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(olderFile(request));
});

/** Names below /assets/ carry a hash: what an earlier version kept need not be loaded again. */
async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    FILES.map(async (path) => {
      const kept = path.startsWith("/assets/") ? await caches.match(path) : undefined;
      if (kept) return cache.put(path, kept);
      const answer = await fetch(path, { cache: "no-cache" });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      await cache.put(path, answer);
    }),
  );
  // Pages that are open keep their own version's files (see `activate`), so nobody needs to be waited for.
  await self.skipWaiting();
}

/** Keeps this version and the one before it, which open pages may still load parts of. */
async function activate() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The page as the service has it now; as it was kept when nobody answers. */
async function page(request) {
  const kept = await (await caches.open(CACHE)).match(PAGE);
  const fresh = fetch(request).then((answer) => {
    if (kept && [502, 503, 504].includes(answer.status)) return kept;
    return answer;
  });
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  return Promise.race([fresh.catch(() => kept), late]);
}

async function file(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? fetch(request);
}

async function olderFile(request) {
  return (await caches.match(request)) ?? fetch(request);
}

// sw.js - the page itself is kept (app.js fills the cache), so that it opens without the server and says so. Data is never kept: it
// would be old and look new.

const KEPT = "f1pd-page";

// Scripts, styles, images and the page; what the page asks for by itself has no destination.
function isPage({ method, url, destination, mode }) {
	const { origin, pathname } = new URL(url);
	return method === "GET" && origin === location.origin && destination !== "" && (mode !== "navigate" || pathname === "/");
}

// The server's own answer first: a newer page is never hidden by an older one.
async function answer(request) {
	const cache = await caches.open(KEPT);
	try {
		const fresh = await fetch(request);
		if (fresh.ok) {
			await cache.put(request.url, fresh.clone());
		}
		return fresh;
	} catch (error) {
		const kept = await cache.match(request.url);
		if (kept) {
			return kept;
		}
		throw error;
	}
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => isPage(event.request) && event.respondWith(answer(event.request)));

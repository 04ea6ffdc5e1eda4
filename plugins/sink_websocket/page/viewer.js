// viewer.js - how far behind this browser is: kept by the server, which shows it nothing newer by whatever address.

import { get, post } from "./server.js";
import { change, settings } from "./settings.js";

export const viewer = { viewer: false, no_spoiler: false, delay_s: 0, behind_s: 0, paused: false, speed: 1 };
const listeners = [];
let reopen = () => {};

function take(answer) {
	Object.assign(viewer, answer);
	listeners.forEach((tell) => tell());
}

export async function askViewer() {
	const answer = await get("/api/v1/viewer");
	if (answer) {
		take(answer);
	}
}

export async function wish(wanted) {
	const had = viewer.viewer;
	const why = await post("/api/v1/viewer", wanted, take);
	if (why === null && !had) {
		change({ viewer: true });
		reopen(); // a socket of before the cookie is nobody's
	}
	return why;
}

export function onViewer(tell) {
	listeners.push(tell);
}

export function startViewer(again) {
	reopen = again;
	if (settings.viewer) {
		askViewer();
	}
}

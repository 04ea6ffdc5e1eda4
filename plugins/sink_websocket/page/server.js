// server.js - asks the server over HTTP. How far behind its answers are, the server knows by the viewer's cookie.

import { isSeen } from "./format.js";
import { settings } from "./settings.js";

const TIMEOUT_MS = 8000;

// A socket has no headers of ours: the token goes with its address. from: id of the last message that came; topics: null = as usual.
export function socketAddress(from, topics) {
	const query = String(new URLSearchParams({ ...(settings.token && { token: settings.token }), ...(from && { from }), ...(topics && { topics }) }));
	return `${location.origin.replace("http", "ws")}/ws/live-predictions${query && `?${query}`}`;
}

function headers(more = {}) {
	return settings.token ? { ...more, Authorization: `Bearer ${settings.token}` } : more;
}

let onRefused = () => {};

export function startServer(refused) {
	onRefused = refused;
}

async function ask(path, read) {
	try {
		const answer = await fetch(path, { headers: headers(), signal: AbortSignal.timeout(TIMEOUT_MS) });
		onRefused(answer.status === 401 || answer.status === 403);
		return answer.ok ? await read(answer) : null;
	} catch {
		return null;
	}
}

// The answer; null when there is none (the socket tells that the server is gone, what is shown stays).
export function get(path) {
	return ask(path, (answer) => answer.json());
}

export function getText(path) {
	return ask(path, (answer) => answer.text());
}

// null: done, and take() has the answer; else why not, for people.
export async function post(path, body, take = () => {}, method = "POST") {
	try {
		const answer = await fetch(path, {
			method, headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		if (answer.ok) {
			take(answer.status === 204 ? null : await answer.json());
			return null;
		}
		const problem = await answer.json().catch(() => null);
		return problem?.detail ?? `the server answered ${answer.status}`;
	} catch {
		return "no answer from the server";
	}
}

// Asks every so often while somebody looks, and hands over each answer. Returns a function that asks at once.
export function poll(ask, everyMs, isWanted, take) {
	let timer = 0;
	let running = false;

	async function again() {
		clearTimeout(timer);
		if (running) {
			return;
		}
		running = true;
		const answer = isSeen() && isWanted() ? await ask() : null;
		if (answer) {
			take(answer);
		}
		running = false;
		timer = setTimeout(again, everyMs);
	}
	again();
	return again;
}

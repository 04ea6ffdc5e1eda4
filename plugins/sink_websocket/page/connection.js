// connection.js - the socket: opens it, and opens it again with growing, jittered waits, going on behind the last message.

import { isSeen } from "./format.js";
import { socketAddress } from "./server.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const OPEN_TIMEOUT_MS = 10000;

// topics: what to hear now.
export function connect({ onMessage, onState, topics }) {
	let wait = FIRST_WAIT_MS;
	let timer = 0;
	let socket = null;
	let heard = null; // topics of the socket
	let last = null; // id of the newest message

	function retry() {
		const jittered = Math.round(wait * (0.5 + Math.random()));
		wait = Math.min(wait * 2, LONGEST_WAIT_MS);
		onState({ name: "lost", retryAt: Date.now() + jittered });
		clearTimeout(timer);
		timer = setTimeout(open, jittered);
	}

	function open() {
		clearTimeout(timer);
		heard = topics();
		const own = new WebSocket(socketAddress(last, heard));
		const giveUp = setTimeout(() => own.close(), OPEN_TIMEOUT_MS);
		socket = own;
		own.onmessage = (event) => {
			let message;
			try {
				message = JSON.parse(event.data);
			} catch {
				last = null; // cut short on the way: begin anew from a snapshot
				own.close();
				return;
			}
			wait = FIRST_WAIT_MS;
			if (socket === own) {
				last = message.id ?? last;
				onMessage(message);
			}
		};
		own.onopen = () => {
			clearTimeout(giveUp);
			if (socket === own) {
				onState({ name: "open" });
			}
		};
		own.onclose = () => {
			clearTimeout(giveUp);
			if (socket === own) {
				socket = null;
				retry();
			}
		};
	}

	// A device that wakes up should not wait for the timer.
	const hurry = () => {
		if (!socket) {
			wait = FIRST_WAIT_MS;
			open();
		}
	};
	addEventListener("online", hurry);
	document.addEventListener("visibilitychange", () => isSeen() && hurry());
	open();
	// The old connection is left at once: what it still sends is not heard.
	function replace() {
		const old = socket;
		wait = FIRST_WAIT_MS;
		open();
		old?.close();
	}

	return {
		reopen() {
			last = null;
			replace();
		},
		// Other topics go on behind the last message.
		listen() {
			if (topics() !== heard) {
				replace();
			}
		},
	};
}

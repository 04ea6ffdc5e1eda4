// marks.js - moments that can be seen here and on TV alike: lights out, a new lap, a flag. The newest first, a few of them.

import { TRACK } from "./header.js";

const KEPT = 8;

export function createMarks() {
	return { list: [], session: null, lap: null, track: null, status: null };
}

function add(marks, text, at) {
	marks.list.unshift({ text, at });
	marks.list.length = Math.min(marks.list.length, KEPT);
}

// After each message. What a snapshot tells happened some time before: it is no moment. Returns how many moments came.
export function noteMarks(marks, model, isSnapshot, at) {
	const lap = model.state?.lap ?? null;
	const track = model.state?.track?.status ?? null;
	const status = model.session?.status ?? null;
	const before = { ...marks };
	Object.assign(marks, { lap, track, status });
	if (isSnapshot) {
		marks.list = [];
		return 0;
	}
	let n = 0;
	const tell = (text) => {
		add(marks, text, at);
		n++;
	};
	if (status === "started" && before.status !== null && before.status !== "started") {
		tell("Lights out");
	}
	if (lap !== null && before.lap !== null && lap > before.lap) {
		tell(`The leader begins lap ${lap}`);
	}
	if (track !== null && before.track !== null && track !== before.track) {
		tell(TRACK[track] ?? track);
	}
	return n;
}

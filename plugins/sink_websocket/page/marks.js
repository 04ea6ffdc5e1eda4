// marks.js - moments that can be seen here and on TV alike: lights out, a new lap, a flag. The newest first, a few of them.
// Each: {text, at: when it was shown or due, behind_s: how far behind the page was then}.

import { TRACK } from "./header.js";

const KEPT = 8;

export function createMarks() {
	return { list: [], lap: null, track: null, status: null };
}

// After each message. What a snapshot tells happened some time before: it is no moment. Returns how many moments came.
export function noteMarks(marks, model, isSnapshot, at, behind_s) {
	const lap = model.state?.lap ?? null;
	const track = model.state?.track?.status ?? null;
	const status = model.session?.status ?? null;
	const before = { ...marks };
	Object.assign(marks, { lap, track, status });
	if (isSnapshot) {
		marks.list = [];
		return 0;
	}
	const told = [];
	const tell = (text) => told.push({ text, at, behind_s });
	if (status === "started" && before.status !== null && before.status !== "started") {
		tell("Lights out");
	}
	if (lap !== null && before.lap !== null && lap > before.lap) {
		tell(`The leader begins lap ${lap}`);
	}
	if (track !== null && before.track !== null && track !== before.track) {
		tell(TRACK[track] ?? track);
	}
	marks.list = [...told.reverse(), ...marks.list].slice(0, KEPT);
	return told.length;
}

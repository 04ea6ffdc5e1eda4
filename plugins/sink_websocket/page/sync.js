// sync.js - as far behind as the TV: the viewer says when something is seen there, the rest is subtraction (delay.js).

import { MAX_S, createClock, delayFor, delayOf, dueAt, hear, settle } from "./delay.js";
import { el, fillList, isSeen, on, setText, write } from "./format.js";
import { makeButtonLine } from "./parts.js";
import { createMarks, noteMarks } from "./marks.js";
import { askViewer, onViewer, viewer, wish } from "./viewer.js";

const ASK_EVERY_MS = 1000;
const marks = createMarks();
const clock = createClock();
let speed = () => 1;
let late = 0; // messages that are told after a cut, later than they were due
let pressed = null; // when something was seen on TV that was not here yet
let since = 0; // moments that came after that

function seconds(s) {
	return `${Number(s.toFixed(1))} s`;
}

async function ask(wanted) {
	const why = await wish(wanted);
	say(why ? `Not done: ${why}` : "");
	drawDelay(); // a box may have been ticked in vain
	return why === null;
}

export async function setDelay(s) {
	const { delay } = settle(Math.max(0, Math.min(MAX_S, s)));
	return delay === viewer.delay_s || ask({ delay });
}

function say(text) {
	write("sync-says", text);
}

async function match(s) {
	const { delay, why } = settle(s);
	if (delay != null && await setDelay(delay)) {
		say(why ?? `Set: ${seconds(viewer.delay_s)} behind, as the TV.`);
	} else if (delay == null) {
		say(why);
	}
}

function setPressed(at) {
	pressed = at;
	since = 0;
	el("sync-early").ariaPressed = at !== null;
}

function answerPressed(isSnapshot) {
	const was = pressed;
	if (was !== null && isSnapshot) {
		setPressed(null);
		say("The connection was lost meanwhile: press again at the next one.");
	} else if (was !== null && since > 0 && late === 0) {
		const came = marks.list.slice(0, since);
		setPressed(null);
		match(delayOf(came, was, speed()));
	}
}

export function noteMoments(model, message) {
	const now = performance.now();
	const race = Date.parse(message.time);
	const isSnapshot = message.type === "snapshot";
	if (message.type === "resumed") {
		late = message.messages;
		return;
	}
	late = isSnapshot ? 0 : late;
	since += noteMarks(marks, model, isSnapshot, late > 0 ? dueAt(clock, race, now, speed()) : now, Math.max(viewer.delay_s, viewer.behind_s));
	if (late > 0) {
		late--;
	} else {
		hear(clock, race, now);
	}
	answerPressed(isSnapshot);
}

function drawMarks() {
	const now = performance.now();
	fillList(el("sync-marks"), marks.list, () => makeButtonLine("I see it on TV now"), (li, mark) => {
		setText(li.firstChild, `${mark.text}, ${Math.round((now - mark.at) / 1000)} s ago here`);
		li.lastChild.mark = mark;
		li.lastChild.ariaLabel = `${mark.text}: I see it on TV now`;
	});
	el("sync-none").hidden = marks.list.length > 0;
}

function inWords() {
	const behind = Math.max(viewer.delay_s, viewer.behind_s);
	const far = behind > viewer.delay_s + 2 ? `${Math.round(behind)} s behind` : viewer.delay_s > 0 ? `${seconds(viewer.delay_s)} behind` : "No delay";
	return [viewer.paused ? "Held" : "", viewer.no_spoiler ? "No spoilers" : "", far].filter(Boolean).join(" · ");
}

function drawDelay() {
	write("open-sync", inWords());
	el("open-sync").dataset.delayed = String(viewer.delay_s > 0 || viewer.paused || viewer.behind_s > 2);
	write("sync-delay", inWords());
	write("sync-hold", viewer.paused ? "Go on" : "Hold");
	el("sync-spoilers").checked = viewer.no_spoiler;
	if (document.activeElement !== el("sync-seconds")) {
		el("sync-seconds").value = String(viewer.delay_s);
	}
}

export function startSync(speedOf) {
	speed = speedOf;
	on("sync-marks", "click", ({ target }) => target.mark && match(delayFor(target.mark, performance.now(), speed())));
	on("sync", "click", (event) => {
		const { by, wishes } = event.target.dataset;
		if (by) {
			setDelay(viewer.delay_s + Number(by));
		} else if (wishes) {
			ask(JSON.parse(wishes));
		}
	});
	on("sync-hold", "click", () => ask({ pause: !viewer.paused }));
	on("sync-spoilers", "change", (event) => ask({ no_spoiler: event.target.checked }));
	on("sync-seconds", "change", (event) => {
		const s = event.target.valueAsNumber;
		if (s >= 0 && s <= MAX_S) {
			setDelay(s);
		}
	});
	on("sync-early", "click", () => {
		setPressed(performance.now());
		say("Waiting until it is seen here…");
	});
	onViewer(drawDelay);
	setInterval(() => {
		if (el("sync").open) {
			drawMarks();
		}
		if (viewer.viewer && isSeen()) {
			askViewer(); // a lane that catches up moves by itself
		}
	}, ASK_EVERY_MS);
	drawDelay();
}

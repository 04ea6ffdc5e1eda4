// sync.js - as far behind as the TV: the viewer says when something is seen there, the rest is subtraction.

import { el, fillList, make, setText } from "./format.js";
import { askViewer, onViewer, viewer, wish } from "./viewer.js";

const MAX_S = 600;
const ASK_EVERY_MS = 1000;
let marks = null;
let waitingSince = null; // seen on TV, not here yet

function seconds(s) {
	return `${Number(s.toFixed(1))} s`;
}

export async function setDelay(s) {
	const delay = Math.round(Math.max(0, Math.min(MAX_S, s)) * 10) / 10;
	const why = delay === viewer.delay_s ? null : await wish({ delay });
	if (why) {
		say(`Not done: ${why}`);
	}
	return why === null;
}

function say(text) {
	setText(el("sync-says"), text);
}

async function set(delay) {
	if (await setDelay(delay)) {
		say(`Set: ${seconds(viewer.delay_s)} behind, as the TV.`);
	}
}

function seenNow(mark) {
	const behind = viewer.delay_s + (performance.now() - mark.at) / 1000;
	if (behind > MAX_S) {
		say(`That is more than ${MAX_S} s ago: take something newer.`);
		return;
	}
	set(behind);
}

// A moment came that had been seen on TV before: the page was too far behind by the time between.
function catchUp(mark) {
	const early = (mark.at - waitingSince) / 1000;
	waitingSince = null;
	el("sync-early").setAttribute("aria-pressed", "false");
	if (early > viewer.delay_s) {
		const more = seconds(early - viewer.delay_s);
		setDelay(0);
		say(`The TV is ${more} ahead of the data: nothing can be shown earlier.`);
		return;
	}
	set(viewer.delay_s - early);
}

function drawMarks() {
	const now = performance.now();
	fillList(el("sync-marks"), marks.list, () => {
		const li = make("li");
		make("span", "", li);
		const button = make("button", "plain", li);
		button.type = "button";
		setText(button, "I see it on TV now");
		return li;
	}, (li, mark) => {
		setText(li.firstChild, `${mark.text}, ${Math.round((now - mark.at) / 1000)} s ago here`);
		li.lastChild.mark = mark;
		li.lastChild.setAttribute("aria-label", `${mark.text}: I see it on TV now`);
	});
	el("sync-none").hidden = marks.list.length > 0;
}

function inWords() {
	const behind = Math.max(viewer.delay_s, viewer.behind_s);
	const far = behind > viewer.delay_s + 2 ? `${Math.round(behind)} s behind` : viewer.delay_s > 0 ? `${seconds(viewer.delay_s)} behind` : "No delay";
	return [viewer.paused ? "Held" : "", viewer.no_spoiler ? "No spoilers" : "", far].filter(Boolean).join(" · ");
}

function drawDelay() {
	setText(el("open-sync"), inWords());
	el("open-sync").dataset.delayed = String(viewer.delay_s > 0 || viewer.paused || viewer.behind_s > 2);
	setText(el("sync-delay"), inWords());
	setText(el("sync-hold"), viewer.paused ? "Go on" : "Hold");
	el("sync-spoilers").checked = viewer.no_spoiler;
	if (document.activeElement !== el("sync-seconds")) {
		el("sync-seconds").value = String(viewer.delay_s);
	}
}

// Called when moments came.
export function marksCame() {
	if (waitingSince !== null && marks.list[0]) {
		catchUp(marks.list[0]);
	}
}

export function startSync(allMarks) {
	marks = allMarks;
	el("sync-marks").addEventListener("click", (event) => event.target.mark && seenNow(event.target.mark));
	el("sync").addEventListener("click", async (event) => {
		const { by, wishes } = event.target.dataset;
		if (by) {
			setDelay(viewer.delay_s + Number(by));
		} else if (wishes) {
			const why = await wish(JSON.parse(wishes));
			say(why ? `Not done: ${why}` : "");
		}
	});
	el("sync-hold").addEventListener("click", () => wish({ pause: !viewer.paused }));
	el("sync-spoilers").addEventListener("change", (event) => wish({ no_spoiler: event.target.checked }));
	el("sync-seconds").addEventListener("change", (event) => {
		const s = event.target.valueAsNumber;
		if (s >= 0 && s <= MAX_S) {
			setDelay(s);
		}
	});
	el("sync-early").addEventListener("click", () => {
		waitingSince = performance.now();
		el("sync-early").setAttribute("aria-pressed", "true");
		say("Waiting until it is seen here…");
	});
	onViewer(drawDelay);
	setInterval(() => {
		if (el("sync").open) {
			drawMarks();
		}
		if (viewer.viewer && document.visibilityState === "visible") {
			askViewer(); // a lane that catches up moves by itself
		}
	}, ASK_EVERY_MS);
	drawDelay();
}

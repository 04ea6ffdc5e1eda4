// replay.js - steers a recording or a simulation: pause, speed, lap, events that were seen before. Hidden for live sessions.

import { el, fillList, make, on, setText, write } from "./format.js";
import { post } from "./server.js";

const SPEEDS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, "max"];
const MAX_EVENTS = 40;
const events = new Map(); // what can be jumped to: text -> time_ms; they stay when the clock is put back
let eventsOf = null;
let health = null;
let sliding = false;
let done = () => {};

async function steer(wish) {
	const why = await post("/api/v1/replay", wish);
	write("replay-says", why ? `Not done: ${why}` : "");
	done();
}

export function canSteer() {
	return !el("replay").hidden;
}

export function togglePause() {
	if (canSteer()) {
		steer({ paused: !health?.paused });
	}
}

export function seekLap(by) {
	const slider = el("replay-lap");
	const lap = Math.max(1, Math.min(Number(slider.max), Number(slider.value) + by));
	if (canSeek()) {
		steer({ lap });
	}
}

function isTurn(m) {
	return m.category === "safety_car" || m.flag === "red" || m.flag === "chequered" || (m.flag === "green" && m.scope === "track");
}

function noteEvents(model) {
	const session = JSON.stringify([model.session?.meeting, model.session?.name, model.session?.start]);
	if (session !== eventsOf) {
		events.clear();
		eventsOf = session;
	}
	const note = (text, time) => time && events.size < MAX_EVENTS && events.set(text, Date.parse(time));
	note("Lights out", model.session?.green);
	model.messages.filter(isTurn).forEach((m) => note(`${m.lap != null ? `Lap ${m.lap}: ` : ""}${m.text}`, m.utc));
	const list = [["Jump to…", ""], ...[...events].sort((a, b) => a[1] - b[1])];
	const select = el("replay-jump");
	if (document.activeElement !== select || select.options.length !== list.length) {
		fillList(select, list, () => make("option"), (option, [text, time]) => {
			setText(option, text);
			option.value = String(time);
		});
	}
}

function canSeek() {
	return canSteer() && !health?.live?.sources.some((s) => s.plugin === "source_simulator");
}

function drawLap(model) {
	const total = model.state?.total_laps;
	const lap = model.state?.lap;
	const slider = el("replay-lap");
	slider.disabled = !canSeek();
	slider.parentElement.hidden = total == null;
	el("replay-jump").parentElement.hidden = !canSeek();
	if (sliding || total == null) {
		return;
	}
	slider.max = String(total);
	slider.value = String(lap ?? 1);
	write("replay-at", `lap ${lap ?? "?"} of ${total}`);
}

export function drawReplay(model, view) {
	health = view.health ?? health;
	const sources = health?.live?.sources ?? [];
	el("replay").hidden = sources.length === 0 || sources.some((s) => s.live);
	document.body.classList.toggle("steered", !el("replay").hidden);
	if (el("replay").hidden) {
		return;
	}
	write("replay-pause", health.paused ? "▶ Play" : "❚❚ Pause");
	const speed = health.speed > 0 ? String(health.speed) : "max";
	if (document.activeElement !== el("replay-speed")) {
		el("replay-other").value = speed;
		write("replay-other", `×${speed}`);
		el("replay-other").hidden = SPEEDS.map(String).includes(speed);
		el("replay-speed").value = speed;
	}
	drawLap(model);
	noteEvents(model);
}

export function startReplay(steered) {
	done = steered;
	SPEEDS.forEach((speed) => {
		const option = make("option", "", el("replay-speed"));
		option.value = String(speed);
		setText(option, speed === "max" ? "as fast as it goes" : `×${speed}`);
	});
	on("replay-pause", "click", togglePause);
	on("replay-speed", "change", (event) => steer({ speed: event.target.value === "max" ? "max" : Number(event.target.value) }));
	on("replay-lap", "input", (event) => {
		sliding = true;
		write("replay-at", `to lap ${event.target.value}`);
	});
	on("replay-lap", "change", (event) => {
		sliding = false;
		steer({ lap: Number(event.target.value) });
	});
	on("replay-jump", "change", (event) => {
		if (event.target.value) {
			steer({ time_ms: Number(event.target.value) });
		}
		event.target.value = "";
	});
}

// alerts.js - tells, in words and if wanted with a sound, what must not be missed: flags, a new leader, the favourites.

import { el, make, percent, points, setText } from "./format.js";
import { TRACK } from "./header.js";
import { codeOf, isRace } from "./model.js";
import { isFavourite, settings } from "./settings.js";

const SHOWN = 4;
const SHOWN_MS = 9000;
const LEAST_GAP_MS = 300; // in fast replays they would be a noise
const BIG_MOVE = 0.05;
const LIKELY_PASS = 0.6;
const TONES = { flag: [880, 660], red: [440, 440, 440], lead: [660, 880], favourite: [523] };
const box = el("alerts");
const before = { track: null, leader: null, cars: new Map(), win: new Map(), passes: new Set() };
let audio = null;
let soundedAt = -Infinity;

function beep(kind) {
	if (!settings.sound || performance.now() - soundedAt < LEAST_GAP_MS) {
		return;
	}
	soundedAt = performance.now();
	audio ??= new AudioContext();
	audio.resume(); // one made before the viewer did anything stands still
	TONES[kind].forEach((hertz, i) => {
		const from = audio.currentTime + i * 0.16;
		const tone = audio.createOscillator();
		const gain = audio.createGain();
		tone.frequency.value = hertz;
		gain.gain.setValueAtTime(0.18, from);
		gain.gain.exponentialRampToValueAtTime(0.001, from + 0.14);
		tone.connect(gain).connect(audio.destination);
		tone.start(from);
		tone.stop(from + 0.15);
	});
}

// A browser makes sounds only after the viewer has done something: this is it.
export function testSound() {
	beep("favourite");
}

export function alertOf(kind, text) {
	const li = make("li");
	li.dataset.kind = kind;
	setText(li, text);
	box.prepend(li);
	while (box.children.length > SHOWN) {
		box.lastElementChild.remove();
	}
	setTimeout(() => li.remove(), SHOWN_MS);
	beep(kind);
}

function onTrack(model) {
	const status = model.state?.track?.status ?? null;
	if (before.track !== null && status !== null && status !== before.track && status !== "unknown") {
		alertOf(status === "red" ? "red" : "flag", TRACK[status] ?? status);
	}
	before.track = status;
}

function onLeader(model) {
	const leader = isRace(model) && model.state?.lap != null ? model.order[0] : null;
	if (before.leader !== null && leader != null && leader !== before.leader) {
		alertOf("lead", `${codeOf(model, leader)} leads`);
	}
	before.leader = leader ?? null;
}

function carNews(was, car) {
	if (car.retired && !was.retired) {
		return "is out";
	}
	if (car.in_pit && !was.in_pit) {
		return "comes into the pits";
	}
	if (car.penalty_ms > (was.penalty_ms ?? 0)) {
		return `has a penalty of ${car.penalty_ms / 1000} s`;
	}
	return car.position !== was.position && car.position != null && was.position != null
		? `${car.position < was.position ? "gains" : "loses"} a place: P${car.position}` : null;
}

function onFavourites(model) {
	for (const [number, car] of model.cars) {
		const was = before.cars.get(number);
		const news = was && isFavourite(number) ? carNews(was, car) : null;
		if (news) {
			alertOf("favourite", `★ ${codeOf(model, number)} ${news}`);
		}
		before.cars.set(number, { retired: car.retired, in_pit: car.in_pit, penalty_ms: car.penalty_ms, position: car.position });
	}
}

function onChances(model) {
	for (const { number, win } of model.forecast?.cars ?? []) {
		const was = before.win.get(number);
		if (was != null && Math.abs(win - was) >= BIG_MOVE && isFavourite(number)) {
			alertOf("favourite", `★ ${codeOf(model, number)}: chance ${isRace(model) ? "to win" : "of pole"} ${percent(win)} (${points(win - was)} points)`);
		}
		before.win.set(number, win);
	}
}

function onPasses(model) {
	const likely = new Set();
	for (const o of model.insights?.overtakes ?? []) {
		const pair = `${o.attacker}/${o.defender}`;
		if (o.within_3 < LIKELY_PASS || !(isFavourite(o.attacker) || isFavourite(o.defender))) {
			continue;
		}
		likely.add(pair);
		if (!before.passes.has(pair)) {
			alertOf("favourite", `★ ${codeOf(model, o.attacker)} is likely to pass ${codeOf(model, o.defender)}: ${percent(o.within_3)} within 3 laps`);
		}
	}
	before.passes = likely;
}

// A snapshot is no news: it only says from where news are counted.
function forget() {
	Object.assign(before, { track: null, leader: null });
	before.cars.clear();
	before.win.clear();
	before.passes.clear();
}

export function watch(model, changes, isSnapshot) {
	if (isSnapshot) {
		forget();
	}
	if (changes.includes("state")) {
		onTrack(model);
		onLeader(model);
		onFavourites(model);
	}
	if (changes.includes("forecast")) {
		onChances(model);
	}
	if (changes.includes("insights")) {
		onPasses(model);
	}
}

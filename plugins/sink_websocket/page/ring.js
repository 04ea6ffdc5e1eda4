// ring.js - the field as a ring: how far apart the cars are in time, one round being one lap of the leader's pace.

import { el, percent, setText, teamColour, write } from "./format.js";
import { codeOf, inOrder, isRace } from "./model.js";
import { rejoinPlaces } from "./carpanel.js";

const SVG = "http://www.w3.org/2000/svg";
const CENTRE = 300;
const RADIUS = 232;
const NEAR = 8.6 / 360; // nearer ones are moved outwards or inwards, so that all can be read
const LANES = [0, 34, -34, 62, -62];
const box = el("ring");
const marks = new Map(); // car number -> its group
export const set = (node, attributes) => Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
const make = (tag, parent, attributes) => {
	const node = parent.appendChild(document.createElementNS(SVG, tag));
	set(node, attributes);
	return node;
};
const ghost = makeMark(box, "ghost", 17, 4);
ghost.remove();

function makeMark(parent, className, r, dy) {
	const g = make("g", parent, { class: className });
	make("line", g, { class: "stem" });
	make("circle", g, { r });
	make("text", g, { "text-anchor": "middle", dy });
	return g;
}

function lapMs(model) {
	const leader = model.cars.get(model.order[0]);
	return leader?.last_ms ?? leader?.pace_ms ?? model.state?.best?.time_ms ?? null;
}

function behind(car, lap) {
	return car.position === 1 ? 0 : car.gap_ms == null || lap == null ? null : car.gap_ms / lap;
}

// Cars that run: how many rounds behind the leader, who is on top, and in which lane.
function spread(cars, lap) {
	const placed = [];
	for (const car of cars) {
		const part = car.retired || car.in_pit ? null : behind(car, lap);
		if (part == null) {
			continue;
		}
		const taken = placed.filter((p) => Math.abs(((p.part - part + 0.5) % 1 + 1) % 1 - 0.5) < NEAR).map((p) => p.lane);
		const lane = Math.max(0, LANES.findIndex((_, i) => !taken.includes(i)));
		const [at, from] = onRing(part, lane);
		placed.push({ number: car.number, part, lane, at, from });
	}
	return placed;
}

// With a stem from another place, if one is given.
function put(g, text, car, [x, y], [x1, y1] = [x, y]) {
	const [line, circle, label] = g.children;
	set(line, { x1, y1, x2: x, y2: y });
	set(circle, { cx: x, cy: y });
	set(label, { x, y });
	circle.style.stroke = teamColour(car?.colour);
	setText(label, text);
}

// placed: [{number, at, from}]; the marks of other cars go.
export function drawMarks(parent, marks, model, placed, r, dy) {
	const shown = new Set(placed.map((p) => p.number));
	for (const [number, g] of marks) {
		if (!shown.has(number)) {
			g.remove();
			marks.delete(number);
		}
	}
	placed.forEach(({ number, at, from }) => {
		const g = marks.get(number) ?? makeMark(parent, "mark", r, dy);
		marks.set(number, g);
		g.dataset.car = String(number);
		g.classList.toggle("chosen", number === model.chosen);
		put(g, codeOf(model, number), model.cars.get(number), at, from);
	});
}

function onRing(part, lane) {
	const angle = -part * 2 * Math.PI;
	return [RADIUS + LANES[lane], RADIUS].map((r) => [CENTRE + r * Math.sin(angle), CENTRE - r * Math.cos(angle)].map((v) => v.toFixed(1)));
}

// Where the chosen car would come out: in the middle of the cars between which its likeliest place after a stop lies.
function ghostAt(model, placed) {
	const places = rejoinPlaces(model.insights?.byCar.get(model.chosen));
	const best = places.reduce((a, b) => (b[1] > (a?.[1] ?? 0) ? b : a), null);
	if (!best) {
		return null;
	}
	const others = placed.filter((p) => p.number !== model.chosen).sort((a, b) => a.part - b.part);
	const ahead = others[best[0] - 2];
	const after = others[best[0] - 1];
	const part = ahead && after ? (ahead.part + after.part) / 2 : ahead ? ahead.part + 0.02 : after ? after.part - 0.02 : null;
	return part == null ? null : { part, place: best[0], p: best[1] };
}

function drawGhost(model, placed) {
	const at = ghostAt(model, placed);
	const name = model.chosen == null ? null : codeOf(model, model.chosen);
	if (at) {
		box.append(ghost);
		put(ghost, `P${at.place}`, model.cars.get(model.chosen), ...onRing(at.part, 2));
	} else {
		ghost.remove();
	}
	write("ring-ghost", name == null ? "Choose a car, here or in the running order, to see where it would come out of the pits."
		: at ? `${name}, after a stop on this lap: most likely P${at.place} (${percent(at.p)}).` : `Where ${name} would come out of the pits is not known.`);
}

export function drawRing(model) {
	const lap = lapMs(model);
	const cars = isRace(model) ? inOrder(model) : [];
	const placed = spread(cars, lap);
	drawMarks(box, marks, model, placed, 17, 4);
	drawGhost(model, placed);
	const away = cars.filter((car) => !marks.has(car.number)).map((car) => `${codeOf(model, car.number)} (${car.retired ? "out" : car.in_pit ? "in the pits" : car.gap_laps > 0 ? `${car.gap_laps} laps down` : "gap unknown"})`);
	write("ring-away", away.length ? `Not on the ring: ${away.join(", ")}` : "");
	write("ring-scale", lap == null ? "The time of a lap is not known" : `One round: a lap of ${(lap / 1000).toFixed(1)} s; the leader is on top, the others follow counter-clockwise.`);
}

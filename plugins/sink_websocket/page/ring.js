// ring.js - the field as a ring: how far apart the cars are in time, one round being one lap of the leader's pace. No map.

import { el, percent, setText, teamColour } from "./format.js";
import { codeOf, isRace } from "./model.js";
import { rejoinPlaces } from "./carpanel.js";

const SVG = "http://www.w3.org/2000/svg";
const CENTRE = 300;
const RADIUS = 232;
const NEAR_DEG = 8.6; // nearer ones are moved outwards or inwards, so that all can be read
const LANES = [0, 34, -34, 62, -62];
const box = el("ring");
const marks = new Map(); // car number -> its group
const set = (node, attributes) => Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
const make = (tag, parent, attributes) => {
	const node = parent.appendChild(document.createElementNS(SVG, tag));
	set(node, attributes);
	return node;
};
const ghost = makeMark("ghost");
ghost.remove();

function makeMark(className) {
	const g = make("g", box, { class: className });
	make("line", g, { class: "stem" });
	make("circle", g, { r: 17 });
	make("text", g, { "text-anchor": "middle", dy: "4" });
	return g;
}

function lapMs(model) {
	const leader = model.cars.get(model.order[0]);
	return leader?.last_ms ?? leader?.pace_ms ?? model.state?.best?.time_ms ?? null;
}

function behind(car, lap) {
	if (car.position === 1) {
		return 0;
	}
	return car.gap_ms == null || lap == null ? null : car.gap_ms / lap;
}

// Cars that run, with their angle (clockwise from the top, the leader's place) and lane.
function spread(cars, lap) {
	const placed = [];
	for (const car of cars) {
		const part = car.retired || car.in_pit ? null : behind(car, lap);
		if (part == null) {
			continue;
		}
		const angle = -((part % 1) * 360);
		const taken = placed.filter((p) => Math.abs(((p.angle - angle + 540) % 360) - 180) < NEAR_DEG).map((p) => p.lane);
		const lane = LANES.findIndex((_, i) => !taken.includes(i));
		placed.push({ car, part, angle, lane: lane < 0 ? 0 : lane });
	}
	return placed;
}

function put(g, angle, lane, text, fill) {
	const at = (r) => [CENTRE + r * Math.sin(angle * Math.PI / 180), CENTRE - r * Math.cos(angle * Math.PI / 180)].map((v) => v.toFixed(1));
	const [line, circle, label] = g.children;
	const [x, y] = at(RADIUS + LANES[lane]);
	const [x1, y1] = at(RADIUS);
	set(line, { x1, y1, x2: x, y2: y });
	set(circle, { cx: x, cy: y });
	set(label, { x, y });
	circle.style.stroke = fill;
	setText(label, text);
}

// Where the chosen car would come out: in the middle of the cars between which its likeliest place after a stop lies.
function ghostAt(model, placed) {
	const places = rejoinPlaces(model.insights?.byCar.get(model.chosen));
	const best = places.reduce((a, b) => (b[1] > (a?.[1] ?? 0) ? b : a), null);
	if (!best) {
		return null;
	}
	const others = placed.filter((p) => p.car.number !== model.chosen).sort((a, b) => a.part - b.part);
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
		put(ghost, -((at.part % 1) * 360), 2, `P${at.place}`, teamColour(model.cars.get(model.chosen)?.colour));
	} else {
		ghost.remove();
	}
	setText(el("ring-ghost"), name == null ? "Choose a car, here or in the running order, to see where it would come out of the pits."
		: at ? `${name}, after a stop on this lap: most likely P${at.place} (${percent(at.p)}).` : `Where ${name} would come out of the pits is not known.`);
}

export function drawRing(model) {
	const lap = lapMs(model);
	const cars = isRace(model) ? model.order.map((number) => model.cars.get(number)).filter(Boolean) : [];
	const placed = spread(cars, lap);
	const shown = new Set(placed.map((p) => p.car.number));
	for (const [number, g] of marks) {
		if (!shown.has(number)) {
			g.remove();
			marks.delete(number);
		}
	}
	placed.forEach(({ car, angle, lane }) => {
		const g = marks.get(car.number) ?? makeMark("mark");
		marks.set(car.number, g);
		g.dataset.car = String(car.number);
		g.classList.toggle("chosen", car.number === model.chosen);
		put(g, angle, lane, codeOf(model, car.number), teamColour(car.colour));
	});
	drawGhost(model, placed);
	const away = cars.filter((car) => !shown.has(car.number)).map((car) => `${codeOf(model, car.number)} (${car.retired ? "out" : car.in_pit ? "in the pits" : car.gap_laps > 0 ? `${car.gap_laps} laps down` : "gap unknown"})`);
	setText(el("ring-away"), away.length ? `Not on the ring: ${away.join(", ")}` : "");
	setText(el("ring-scale"), lap == null ? "The time of a lap is not known" : `One round: a lap of ${(lap / 1000).toFixed(1)} s; the leader is on top, the others follow counter-clockwise.`);
}

// map.js - the cars on the circuit, whose line they have drawn themselves; a ring by gap (ring.js) while nobody tells where they are.

import { el, write } from "./format.js";
import { drawMarks, drawRing, set } from "./ring.js";

const STALE_MS = 10000;
const SQUARE_DM = 100; // one point of the line in each
const MAX_POINTS = 6000;
const LEAST_DM = 3000; // what the map shows at least
const MARGIN = 40; // of 720
const box = el("map");
const marks = new Map(); // car number -> its group
const line = new Map(); // square -> [x, y]
let lineOf = null; // the session that drew it
let place = null;

// Has it grown?
function extend(cars) {
	const before = line.size;
	cars.forEach(({ x_dm: x, y_dm: y }) => {
		const square = `${Math.round(x / SQUARE_DM)}/${Math.round(y / SQUARE_DM)}`;
		if (line.size < MAX_POINTS && !line.has(square)) {
			line.set(square, [x, y]);
		}
	});
	return line.size > before;
}

// North is up, or to the right where that fits better.
function fit() {
	const points = [...line.values()];
	const [[x0, width], [y0, height]] = [0, 1].map((axis) => {
		const all = points.map((p) => p[axis]);
		return [Math.min(...all), Math.max(...all) - Math.min(...all)];
	});
	const turned = height > width;
	const scale = 640 / Math.max(width, height, LEAST_DM);
	place = ([x, y]) => (turned ? [y - y0, x - x0] : [x - x0, y0 + height - y]).map((v) => (MARGIN + v * scale).toFixed(1));
	const [w, h] = (turned ? [height, width] : [width, height]).map((v) => (2 * MARGIN + v * scale).toFixed());
	set(box, { viewBox: `0 0 ${w} ${h}` });
	set(box.firstElementChild, { d: points.map((p) => `M${place(p).join(" ")}h0`).join("") });
}

function drawMap(model, cars) {
	if (model.session?.start !== lineOf) {
		line.clear();
		set(box.firstElementChild, { d: "" });
		lineOf = model.session?.start;
	}
	if (extend(cars)) {
		fit();
	}
	drawMarks(box, marks, model, cars.map((c) => ({ number: c.number, at: place([c.x_dm, c.y_dm]) })), 5, -10);
}

export function drawTrack(model) {
	const { cars, at } = model.positions ?? {};
	const known = Date.now() - at < STALE_MS;
	drawRing(model);
	if (known) {
		drawMap(model, cars.filter((c) => c.on_track !== false));
	}
	box.toggleAttribute("hidden", !known);
	el("rings").hidden = known;
	write("map-none", known ? "Drawn from where the cars have been." : at ? "No map now: no positions have come for 10 s."
		: "No map: no positions come. Live timing tells them with an F1TV token, OpenF1 with telemetry = yes, a simulation never.");
}

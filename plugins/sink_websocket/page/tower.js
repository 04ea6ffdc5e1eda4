// tower.js - the running order. One row per car, made once and used again; cells are touched only when they change.

import { DASH, gap, lapTime, make, percent, setText, teamColour } from "./format.js";

const LETTERS = { soft: "S", medium: "M", hard: "H", intermediate: "I", wet: "W", hypersoft: "HS", ultrasoft: "US", supersoft: "SS",
	superhard: "SH" };
const section = document.getElementById("tower");
const body = section.querySelector("tbody");
const rows = new Map(); // car number -> its cells

function makeRow(number) {
	const tr = make("tr");
	const cell = (className) => make("td", className, tr);
	tr.dataset.car = String(number);
	const r = { tr, pos: cell("pos") };
	const car = cell("car");
	r.bar = make("span", "bar", car);
	r.bar.setAttribute("aria-hidden", "true");
	r.code = make("span", "code", car);
	r.name = make("span", "name", car);
	r.gap = cell("num gap");
	r.interval = cell("num interval");
	r.lap = cell("num lap-time");
	const tyre = cell("tyre");
	r.compound = make("span", "compound", tyre);
	r.tyreAge = make("span", "", tyre);
	r.stops = cell("num stops");
	r.tag = make("span", "", cell("tag"));
	for (const key of ["win", "podium"]) {
		const td = cell(`num ${key}`);
		r[key] = { td, text: make("span", "", td), level: make("i", "", make("span", "level", td)) };
	}
	r.expectedCell = cell("expected");
	r.expected = make("span", "value", r.expectedCell);
	r.range = make("span", "range", r.expectedCell);
	r.band = make("span", "band", r.range);
	r.mark = make("span", "mark", r.range);
	return r;
}

function tagOf(car) {
	if (car.retired) {
		return "RETIRED";
	}
	if (car.stopped) {
		return "STOPPED";
	}
	if (car.in_pit) {
		return "PIT";
	}
	if (car.pit_out) {
		return "OUT";
	}
	return car.knocked_out ? "ELIMINATED" : "";
}

function drawTyre(r, car) {
	const known = LETTERS[car.compound];
	r.compound.dataset.compound = car.compound;
	r.compound.title = known ? `${car.compound}${car.tyre_new === false ? ", used" : ""}` : "tyre unknown";
	setText(r.compound, known ?? "?");
	setText(r.tyreAge, car.tyre_age == null ? DASH : String(car.tyre_age));
}

function drawChance(c, p, hot) {
	setText(c.text, percent(p));
	c.td.classList.toggle("dim", !(p >= hot));
	c.level.style.width = `${Math.max(0, Math.min(1, p || 0)) * 100}%`;
}

function drawExpected(r, f, n) {
	r.range.hidden = !f || f.q05 == null || f.q95 == null;
	setText(r.expected, f?.expected_position == null ? DASH : f.expected_position.toFixed(1));
	if (r.range.hidden) {
		r.expectedCell.removeAttribute("title");
		return;
	}
	const at = (position) => Math.max(0, Math.min(100, ((position - 0.5) / n) * 100));
	r.band.style.left = `${at(f.q05 - 0.5)}%`;
	r.band.style.width = `${at(f.q95 + 0.5) - at(f.q05 - 0.5)}%`;
	r.mark.style.left = `${at(f.expected_position)}%`;
	r.expectedCell.title = `9 in 10: P${f.q05} to P${f.q95}; median P${f.q50 ?? "?"}; retires ${percent(f.retire)}`;
}

function drawRow(r, car, f, race, n) {
	const tag = tagOf(car);
	setText(r.pos, car.position == null ? DASH : String(car.position));
	r.bar.style.backgroundColor = teamColour(car.colour);
	setText(r.code, car.code ?? String(car.number));
	setText(r.name, car.name ?? "");
	r.tr.title = [car.name, car.team, `car ${car.number}`].filter(Boolean).join(" · ");
	setText(r.gap, car.position === 1 && race ? "Leader" : gap(car.gap_ms, car.gap_laps));
	setText(r.interval, car.position === 1 && race ? DASH : gap(car.interval_ms, car.interval_laps));
	r.interval.classList.toggle("close", race && car.interval_ms > 0 && car.interval_ms < 1000 && !car.interval_laps);
	setText(r.lap, lapTime(race ? car.last_ms : car.best_ms));
	r.lap.classList.toggle("overall", race && car.last_overall === true);
	r.lap.classList.toggle("personal", race && car.last_personal === true && car.last_overall !== true);
	drawTyre(r, car);
	setText(r.stops, car.stops == null ? DASH : String(car.stops));
	r.gap.dataset.tag = tag; // narrow screens show it in place of the gap
	r.tag.hidden = !tag;
	r.tag.dataset.tag = tag;
	setText(r.tag, tag);
	r.tr.classList.toggle("out", car.retired === true || car.knocked_out === true);
	drawChance(r.win, f?.win, 0.01);
	drawChance(r.podium, f?.podium, 0.01);
	drawExpected(r, f, n);
}

export function drawTower(model) {
	const race = !model.session || ["race", "sprint", "unknown"].includes(model.session.type);
	const n = Math.max(model.order.length, 1);
	setText(section.querySelector("th.lap-time"), race ? "Last lap" : "Best lap");
	document.getElementById("tower-empty").hidden = model.order.length > 0;
	for (const [number, r] of rows) {
		if (!model.cars.has(number)) {
			r.tr.remove();
			rows.delete(number);
		}
	}
	model.order.forEach((number, i) => {
		const car = model.cars.get(number);
		if (!car) {
			return;
		}
		let r = rows.get(number);
		if (!r) {
			r = makeRow(number);
			rows.set(number, r);
		}
		if (body.children[i] !== r.tr) {
			body.insertBefore(r.tr, body.children[i] ?? null);
		}
		drawRow(r, car, model.forecast?.byCar.get(number), race, n);
	});
}

// tower.js - the running order. One row per car, made once and used again; cells are touched only when they change.

import { DASH, el, gap, known, lapTime, make, percent, setText, setTitle, showList, teamColour } from "./format.js";
import { isRace } from "./model.js";
import { isFavourite } from "./settings.js";
import { drawTyre, makeTyre } from "./tyres.js";

const MOVE_MS = 450;
const CHANCES = ["win", "podium", "points"];
const SECTOR_LEVELS = { overall: "best of all", personal: "own best", slower: "slower", none: "no time yet" };
const section = el("tower");
const body = section.querySelector("tbody");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const rows = new Map(); // car number -> its cells

function makeSectors(td) {
	const box = make("span", "sectors", td);
	return [0, 1, 2].map(() => make("i", "", box));
}

function makeCarCell(r, td) {
	r.bar = make("span", "bar", td);
	r.bar.ariaHidden = "true";
	r.code = make("button", "code", td);
	r.code.tabIndex = -1;
	r.star = make("span", "star", td);
	r.name = make("span", "name", td);
}

function makeRow(number) {
	const tr = make("tr");
	const cell = (className) => make("td", className, tr);
	tr.dataset.car = String(number);
	const r = { tr, pos: cell("pos") };
	makeCarCell(r, cell("car"));
	r.gap = cell("num gap");
	r.interval = cell("num interval");
	r.lap = cell("num lap-time");
	r.sectors = makeSectors(cell("sector"));
	const tyre = cell("tyre");
	r.compound = makeTyre(tyre);
	r.tyreAge = make("span", "", tyre);
	r.stops = cell("num stops");
	const tag = cell("tag");
	r.tag = make("span", "", tag);
	r.penalty = make("span", "penalty", tag);
	r.penalty.title = "time penalty, not served yet";
	for (const key of CHANCES) {
		const td = cell(`num ${key}`);
		r[key] = { td, text: make("span", "", td), level: make("i", "", make("span", "level", td)) };
	}
	r.expectedCell = cell("expected");
	r.expected = make("span", "value", r.expectedCell);
	r.range = make("span", "range", r.expectedCell);
	r.band = make("span", "band", r.range);
	r.half = make("span", "band half", r.range);
	r.mark = make("span", "mark", r.range);
	r.retire = cell("num retire");
	return r;
}

function tagOf(car) {
	return car.retired ? "RETIRED" : car.stopped ? "STOPPED" : car.in_pit ? "PIT" : car.pit_out ? "OUT" : car.knocked_out ? "ELIMINATED" : "";
}

// Colour and height say the same: highest is the best of all.
export function sectorLevel(car, i) {
	if (car.sectors_ms?.[i] == null) {
		return "none";
	}
	return car.sectors_overall?.[i] ? "overall" : car.sectors_personal?.[i] ? "personal" : "slower";
}

function drawSectors(r, car) {
	const levels = [0, 1, 2].map((i) => sectorLevel(car, i));
	r.sectors.forEach((mark, i) => {
		mark.dataset.level = levels[i];
	});
	setTitle(r.sectors[0].parentElement, levels.map((level, i) =>
		`S${i + 1} ${level === "none" ? "" : (car.sectors_ms[i] / 1000).toFixed(3)} ${SECTOR_LEVELS[level]}`).join("; "));
}

function drawChance(c, p) {
	setText(c.text, percent(p));
	c.td.classList.toggle("dim", !(p >= 0.01));
	c.level.style.width = `${Math.max(0, Math.min(1, p || 0)) * 100}%`;
}

function place(band, from, to, n) {
	const at = (position) => Math.max(0, Math.min(100, ((position - 0.5) / n) * 100));
	band.style.left = `${at(from)}%`;
	band.style.width = `${at(to) - at(from)}%`;
}

function drawExpected(r, f, n) {
	r.range.hidden = !f || f.q05 == null || f.q95 == null;
	setText(r.expected, known(f?.expected_position, 1));
	if (r.range.hidden) {
		setTitle(r.expectedCell, "");
		return;
	}
	place(r.band, f.q05 - 0.5, f.q95 + 0.5, n);
	place(r.half, (f.q25 ?? f.q05) - 0.5, (f.q75 ?? f.q95) + 0.5, n);
	place(r.mark, f.expected_position, f.expected_position, n);
	r.mark.style.width = "";
	setTitle(r.expectedCell, `Half of all outcomes: P${f.q25 ?? "?"} to P${f.q75 ?? "?"}; 9 in 10: P${f.q05} to P${f.q95}; median P${f.q50 ?? "?"}`);
}

function drawCar(r, car, chosen) {
	r.bar.style.backgroundColor = teamColour(car.colour);
	setText(r.code, car.code ?? String(car.number));
	setText(r.name, car.name ?? "");
	setText(r.star, isFavourite(car.number) ? "★" : "");
	r.code.ariaPressed = chosen;
	setTitle(r.code, [car.name, car.team, `car ${car.number}`].filter(Boolean).join(" · "));
	r.tr.classList.toggle("chosen", chosen);
}

function drawTags(r, car) {
	const tag = tagOf(car);
	r.gap.dataset.tag = tag; // narrow screens show it in place of the gap
	r.tag.hidden = !tag;
	r.tag.dataset.tag = tag;
	setText(r.tag, tag);
	r.penalty.hidden = !(car.penalty_ms > 0);
	setText(r.penalty, r.penalty.hidden ? "" : `+${car.penalty_ms / 1000} s`);
	r.tr.classList.toggle("out", car.retired === true || car.knocked_out === true);
}

function drawRow(r, car, f, race, n) {
	setText(r.pos, known(car.position));
	setTitle(r.pos, car.grid > 0 ? `started from P${car.grid}` : "");
	setText(r.gap, car.position === 1 && race ? "Leader" : gap(car.gap_ms, car.gap_laps));
	setText(r.interval, car.position === 1 && race ? DASH : gap(car.interval_ms, car.interval_laps));
	r.interval.classList.toggle("close", race && car.interval_ms > 0 && car.interval_ms < 1000 && !car.interval_laps);
	setText(r.lap, lapTime(race ? car.last_ms : car.best_ms));
	r.lap.classList.toggle("overall", race && car.last_overall === true);
	r.lap.classList.toggle("personal", race && car.last_personal === true && car.last_overall !== true);
	drawSectors(r, car);
	drawTyre(r.compound, car.compound, car.tyre_new);
	setText(r.tyreAge, known(car.tyre_age));
	setText(r.stops, known(car.stops));
	drawTags(r, car);
	CHANCES.forEach((key) => drawChance(r[key], f?.[key]));
	drawExpected(r, f, n);
	setText(r.retire, percent(car.retired ? null : f?.retire));
	r.retire.classList.toggle("dim", !(f?.retire >= 0.1));
}

// Where the rows stand, so that those that move can be seen to move.
function tops() {
	return new Map([...rows].map(([number, r]) => [number, r.tr.offsetTop]));
}

function slide(before) {
	for (const [number, r] of rows) {
		const from = before.get(number);
		const by = from == null ? 0 : from - r.tr.offsetTop;
		if (by !== 0) {
			r.tr.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: MOVE_MS, easing: "ease-out" });
		}
	}
}

function drawHead(race) {
	section.classList.toggle("timed", !race); // no stops, no retirements
	const head = (name, text) => setText(section.querySelector(`th.${name}`), text);
	setText(section.querySelector("h2"), race ? "Running order" : "Order by best lap");
	head("lap-time", race ? "Last lap" : "Best lap");
	head("win", race ? "Win" : "Pole");
	head("podium", race ? "Podium" : "Top 3");
	head("points", race ? "Points" : "Q3");
}

function dropRows(model) {
	for (const [number, r] of rows) {
		if (!model.cars.has(number)) {
			r.tr.remove();
			rows.delete(number);
		}
	}
}

function sortRows(order) {
	order.forEach((number, i) => {
		const { tr } = rows.get(number);
		if (body.children[i] !== tr) {
			body.insertBefore(tr, body.children[i] ?? null);
		}
	});
}

function isInOrder(order) {
	return order.every((number, i) => body.children[i] === rows.get(number)?.tr);
}

export function drawTower(model) {
	const race = isRace(model);
	const order = model.order.filter((number) => model.cars.has(number));
	const n = Math.max(order.length, 1);
	drawHead(race);
	showList("tower", order.length, "", body.parentElement);
	dropRows(model);
	const before = still.matches || isInOrder(order) ? null : tops();
	const focused = document.activeElement; // a row that is moved loses it
	order.filter((number) => !rows.has(number)).forEach((number) => rows.set(number, makeRow(number)));
	sortRows(order);
	if (before) {
		slide(before);
	}
	if (focused !== document.activeElement && body.contains(focused)) {
		focused.focus({ preventScroll: true });
	}
	order.forEach((number) => {
		const car = model.cars.get(number);
		drawCar(rows.get(number), car, model.chosen === number);
		drawRow(rows.get(number), car, model.forecast?.byCar.get(number), race, n);
	});
	const entry = rows.get(model.chosen) ?? rows.get(order[0]);
	rows.forEach((r) => {
		r.code.tabIndex = r === entry || r.code === document.activeElement ? 0 : -1;
	});
}

function step(event) {
	const tr = event.target.closest("tr[data-car]");
	const to = { ArrowDown: tr?.nextElementSibling, ArrowUp: tr?.previousElementSibling }[event.key];
	if (to) {
		event.preventDefault();
		to.querySelector(".code").focus();
	}
}

body.addEventListener("keydown", step);

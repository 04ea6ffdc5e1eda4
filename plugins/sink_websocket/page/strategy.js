// strategy.js - stints as bars, stops to come, and what a safety car would do to it all.

import { el, fillList, known, make, percent, points, setText, showItems } from "./format.js";
import { codeOf, inOrder, isOver, isRace, whyNone } from "./model.js";
import { fillCarHead, fillChance, makeCarHead, makeChance } from "./parts.js";
import { drawTyre, makeTyre } from "./tyres.js";

const SOON_LAPS = 5; // the insights say how likely a stop is within so many
const table = el("stints");

// [{compound, from, to}], laps from 0. Where a stint began is not always known: then it follows the one before.
function stintBars(car) {
	const stints = car.stints ?? [];
	let at = 0;
	return stints.map((s, i) => {
		const from = s.first_lap > 0 ? s.first_lap - 1 : at;
		const next = stints[i + 1]?.first_lap;
		const driven = s.laps == null ? 0 : Math.max(0, s.laps - (s.age ?? 0));
		const last = i === stints.length - 1;
		at = next > 0 ? next - 1 : last ? Math.max(from + driven, car.laps ?? 0) : from + driven;
		return { compound: s.compound, isNew: s.new, from, to: Math.max(from, at) };
	});
}

function makeBar() {
	const span = make("span", "stint");
	makeTyre(span);
	make("span", "laps", span);
	return span;
}

function fillBar(span, bar, laps) {
	span.style.left = `${(bar.from / laps) * 100}%`;
	span.style.width = `${((bar.to - bar.from) / laps) * 100}%`;
	span.dataset.compound = bar.compound;
	drawTyre(span.firstChild, bar.compound, bar.isNew);
	setText(span.lastChild, bar.to - bar.from >= laps / 14 ? String(bar.to - bar.from) : "");
}

function makeRow() {
	const tr = make("tr");
	makeCarHead(tr, "button");
	const lane = make("div", "lane", make("td", "lane-cell", tr));
	make("div", "bars", lane);
	make("i", "soon", lane);
	["left", "p1", "p5"].forEach((name) => make("td", `num ${name}`, tr));
	return tr;
}

function fillRow(tr, car, model, laps) {
	const [th, laneCell, left, p1, p5] = tr.children;
	const [bars, soon] = laneCell.firstChild.children;
	const insight = model.insights?.byCar.get(car.number);
	const running = insight && !car.retired && car.laps != null;
	tr.classList.toggle("chosen", car.number === model.chosen);
	tr.classList.toggle("out", car.retired === true);
	fillCarHead(th, car, car.number);
	th.lastChild.ariaPressed = car.number === model.chosen;
	fillList(bars, stintBars(car), makeBar, (span, bar) => fillBar(span, bar, laps));
	soon.hidden = !running;
	if (running) {
		soon.style.left = `${(car.laps / laps) * 100}%`;
		soon.style.width = `${(Math.min(SOON_LAPS, Math.max(0, laps - car.laps)) / laps) * 100}%`;
		soon.style.opacity = String(Math.sqrt(insight.stop_within_5 ?? 0));
	}
	setText(left, known(running ? insight.stops_left : null, 1));
	setText(p1, percent(running ? insight.stop_within_1 : null));
	setText(p5, percent(running ? insight.stop_within_5 : null));
	p5.classList.toggle("dim", !(running && insight.stop_within_5 >= 0.2));
}

export function drawStrategy(model) {
	const cars = isRace(model) ? inOrder(model) : [];
	const driven = cars.reduce((most, car) => Math.max(most, car.laps ?? 0), 1);
	const laps = model.state?.total_laps ?? driven;
	showItems("stints", cars, makeRow, (tr, car) => fillRow(tr, car, model, laps), whyNone(model, "No cars yet"));
	el("stints-note").hidden = table.hidden;
	table.querySelector("thead .axis").textContent = `Laps 1 to ${model.state?.total_laps ?? `${driven} (distance unknown)`}`;
	drawContingency(model);
}

const KINDS = [["sc_within_5", "sc", "Safety car"], ["vsc_within_5", "vsc", "Virtual safety car"], ["red_within_5", "red", "Red flag"]];

function rules(model, key) {
	const status = model.state?.track?.status ?? "";
	return status === key || (key === "vsc" && status === "vsc_ending");
}

// For whom a stop under a safety car would pay: places won by it, largest first.
function gains(model) {
	return (model.insights?.cars ?? []).map((c) => ({ number: c.number, option: c.options?.find((o) => o.option === "pit_under_sc") }))
		.filter((c) => c.option).sort((a, b) => a.option.position_change - b.option.position_change).slice(0, 5);
}

function drawContingency(model) {
	const told = model.insights && isRace(model);
	showItems("hazards", told ? KINDS : [], makeChance, (li, [key, status, name]) =>
		fillChance(li, name, model.insights[key], rules(model, status) ? "now" : undefined), whyNone(model, "Not known yet"));
	el("sc-if").hidden = !isRace(model) || isOver(model);
	const list = gains(model);
	showItems("sc-gains", list, () => make("li"), (li, { number, option }) =>
		setText(li, `${codeOf(model, number)}: ${Math.abs(option.position_change).toFixed(1)} places ${option.position_change < 0 ? "better" : "worse"}, win ${points(option.win_change)} points`));
}

// qualifying.js - times, who is about to drop out, and how likely each car is to go on.

import { DASH, el, fillList, known, lapTime, make, percent, setText, setTitle, showList, write } from "./format.js";
import { inOrder, isQualifying } from "./model.js";
import { fillCarHead, makeCarHead } from "./parts.js";
import { sectorLevel } from "./tower.js";

const LAST_PART = 10; // cars in the last part; those dropped before it leave in equal numbers
const table = el("quali");

function goOn(part, cars) {
	const drop = Math.floor(Math.max(0, cars - LAST_PART) / 2);
	return { 1: cars - drop, 2: LAST_PART }[part] ?? null;
}

function chanceWithin(f, places) {
	return f && places != null ? Math.min(1, f.positions.slice(0, places).reduce((sum, p) => sum + p, 0)) : null;
}

function makeRow() {
	const tr = make("tr");
	make("td", "pos", tr);
	makeCarHead(tr);
	["best", "off", "next", "state", "q3", "pole", "s1", "s2", "s3"].forEach((name) => make("td", name === "state" ? "tag" : `num ${name}`, tr));
	make("span", "", tr.querySelector(".tag"));
	return tr;
}

function partBest(car, part) {
	return car.part_best_ms?.[part - 1] ?? (part === 1 ? car.best_ms : null);
}

function stateOf(car, limit) {
	return car.knocked_out ? "ELIMINATED" : limit != null && car.position > limit ? "DROP ZONE" : car.in_pit ? "PIT" : "";
}

function offBy(car, part, cutMs) {
	const own = partBest(car, part);
	if (own == null || cutMs == null || car.knocked_out) {
		return DASH;
	}
	const ms = own - cutMs;
	return `${ms > 0 ? "+" : ms < 0 ? "−" : "±"}${(Math.abs(ms) / 1000).toFixed(3)}`;
}

function fillRow(tr, car, model, part, limit, cutMs) {
	const [pos, th, best, off, next, state, q3, pole, ...sectors] = tr.children;
	const f = model.forecast?.byCar.get(car.number);
	const tag = stateOf(car, limit);
	tr.classList.toggle("out", car.knocked_out === true);
	tr.classList.toggle("cut", limit != null && car.position === limit);
	setText(pos, known(car.position));
	fillCarHead(th, car, car.number);
	sectors.forEach((td, i) => {
		const level = sectorLevel(car, i);
		td.dataset.level = level;
		setText(td, level === "none" ? DASH : `${(car.sectors_ms[i] / 1000).toFixed(3)}${{ overall: " ◆", personal: " ▲" }[level] ?? ""}`);
	});
	setText(best, lapTime(partBest(car, part) ?? car.best_ms));
	setText(off, offBy(car, part, cutMs));
	off.dataset.way = off.textContent.startsWith("+") ? "down" : "";
	state.firstChild.hidden = !tag;
	state.firstChild.dataset.tag = tag;
	setText(state.firstChild, tag);
	setText(next, percent(car.knocked_out ? null : chanceWithin(f, limit)));
	setText(q3, percent(f?.points));
	setText(pole, percent(f?.win));
	setTitle(next, limit == null ? "" : `to be among the first ${limit}`);
}

export function drawQualifying(model) {
	const cars = isQualifying(model) ? inOrder(model) : [];
	const part = model.session?.part ?? null;
	const limit = goOn(part, cars.length);
	const cut = limit == null ? null : cars.find((car) => car.position === limit);
	showList("quali", cars.length, isQualifying(model) ? "No cars yet"
		: "No qualifying runs now. During one, this shows sectors, the drop zone and the chance to go on.", table.parentElement);
	write("quali-part", cars.length === 0 ? "" : part == null ? "Part unknown" : `Q${part}${limit == null ? "" : ` · the first ${limit} go on`}`);
	setText(table.querySelector("thead .next"), limit == null ? "Goes on" : `To Q${part + 1}`);
	fillList(table.tBodies[0], cars, makeRow, (tr, car) => fillRow(tr, car, model, part, limit, cut ? partBest(cut, part) : null));
}

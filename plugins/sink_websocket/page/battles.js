// battles.js - which passes are to come, and why the forecast moved.

import { fillList, make, percent, points, setText, setTitle, showList, teamColour } from "./format.js";
import { codeOf, whyNone } from "./model.js";
import { fillChance, makeChance } from "./parts.js";

const PASSES = 5;
const MOVES = 5;
const LAPS_BACK = 5;
const LEAST_MOVE = 0.005;
const passes = document.querySelector("#passes ol");
const moves = document.querySelector("#moves ol");

function fillPass(li, o, model) {
	const position = model.cars.get(o.defender)?.position;
	fillChance(li, `${codeOf(model, o.attacker)} passes ${codeOf(model, o.defender)}${position == null ? "" : ` for P${position}`}`, o.within_3);
	setTitle(li, `within one lap ${percent(o.within_1)}, three ${percent(o.within_3)}, five ${percent(o.within_5)}`);
}

function drawPasses(model) {
	const list = (model.insights?.overtakes ?? []).slice(0, PASSES);
	fillList(passes, list, makeChance, (li, o) => fillPass(li, o, model));
	showList("passes", list.length, whyNone(model, model.insights ? "No car is near enough to pass" : "Not known yet"), passes);
}

function makeMove() {
	const li = make("li");
	make("span", "bar", li).ariaHidden = "true";
	make("b", "", li);
	make("span", "p", li);
	make("span", "why", li);
	return li;
}

function found(model) {
	const known = (model.insights?.moves ?? []).map((m) => ({ car: m.car, change: m.win_change, why: m.text ?? m.trigger ?? "cause unknown" }));
	const laps = [...model.history.keys()].sort((a, b) => a - b);
	const from = laps.filter((lap) => lap <= laps.at(-1) - LAPS_BACK).at(-1);
	if (from == null) {
		return known.slice(0, MOVES);
	}
	const [old, now] = [model.history.get(from), model.history.get(laps.at(-1))];
	const since = [...new Set([...old.keys(), ...now.keys()])]
		.map((car) => ({ car, change: (now.get(car) ?? 0) - (old.get(car) ?? 0), why: `since lap ${from}` }))
		.filter((m) => Math.abs(m.change) >= LEAST_MOVE).sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
	return [...known.slice(0, MOVES - 2), ...since].slice(0, MOVES);
}

function drawMoves(model) {
	const list = found(model);
	fillList(moves, list, makeMove, (li, m) => {
		const [bar, code, change, why] = li.children;
		bar.style.backgroundColor = teamColour(model.cars.get(m.car)?.colour);
		setText(code, codeOf(model, m.car));
		setText(change, `${m.change < 0 ? "▼" : "▲"} ${points(m.change)}`);
		change.dataset.way = m.change < 0 ? "down" : "up";
		setText(why, m.why);
	});
	showList("moves", list.length, whyNone(model, model.forecast ? "No chance to win has moved lately" : "No forecast yet"), moves);
}

export function drawBattles(model) {
	drawPasses(model);
	drawMoves(model);
}

// carpanel.js - one car in detail: stints, stops to come, where it would come out of the pits, what its options change.

import { DASH, el, known, make, on, percent, points, setText, showItems, signed, teamColour, write } from "./format.js";
import { isOver, isRace } from "./model.js";
import { fillChance, fillFacts, makeChance } from "./parts.js";
import { isFavourite, toggleFavourite } from "./settings.js";
import { drawTyre, makeTyre } from "./tyres.js";

const LEAST_SHOWN = 0.005;
const OPTIONS = { pit_now: "Stop at the end of this lap", pit_later: "Stop later", pit_under_sc: "Stop now, if a safety car came now",
	other_compound: "Stop as expected, other tyre", no_stop: "Stay out to the end" };
const section = el("car");

// The median, and 9 in 10.
function gapAtFlag(levels) {
	if (!levels) {
		return DASH;
	}
	const [low, , middle, , high] = levels.map((ms) => (ms == null ? "a lap down or out" : `${(ms / 1000).toFixed(1)} s`));
	return low === high ? low : `${middle} (${levels[4] == null ? low : low.slice(0, -2)} to ${high})`;
}

function facts(car, f, insight, race) {
	const both = [
		["Place", car.position == null ? DASH : `P${car.position}${car.grid > 0 ? ` from P${car.grid}` : ""}`],
		["Expected finish", f ? `${known(f.expected_position, 1)} (P${f.q05 ?? "?"} to P${f.q95 ?? "?"})` : DASH],
	];
	return !race ? both : [
		...both,
		["Gap at the flag", gapAtFlag(f?.gap_ms)],
		["Expected points", known(insight?.expected_points, 1)],
		["Retires", percent(car.retired ? null : f?.retire)],
		["Stops to come", known(insight?.stops_left, 1)],
		["Stops within 1 / 5 laps", insight ? `${percent(insight.stop_within_1)} / ${percent(insight.stop_within_5)}` : DASH],
		["Last stop", car.last_pit_lap > 0 ? `lap ${car.last_pit_lap}` : DASH],
	];
}

function makeOption() {
	const tr = make("tr");
	const name = make("th", "", tr);
	name.scope = "row";
	make("span", "", name);
	makeTyre(name);
	["", "", ""].forEach(() => make("td", "num", tr));
	return tr;
}

function fillOption(tr, o) {
	const [name, place, win, podium] = tr.children;
	const later = o.option === "pit_later" && o.laps > 0 ? ` (in ${o.laps} laps)` : "";
	setText(name.firstChild, `${OPTIONS[o.option] ?? o.option}${later} `);
	name.lastChild.hidden = !o.compound || o.compound === "unknown";
	drawTyre(name.lastChild, o.compound);
	setText(place, signed(o.position_change));
	place.dataset.way = o.position_change < -0.05 ? "up" : o.position_change > 0.05 ? "down" : "";
	setText(win, points(o.win_change));
	setText(podium, points(o.podium_change));
}

export function rejoinPlaces(insight) {
	return (insight?.rejoin ?? []).map((p, i) => [i + 1, p]).filter(([, p]) => p >= LEAST_SHOWN);
}

function drawRejoin(insight) {
	const places = rejoinPlaces(insight);
	showItems("car-rejoin", places, makeChance, (li, [place, p]) => fillChance(li, `P${place}`, p));
}

export function drawCarPanel(model) {
	const car = model.cars.get(model.chosen);
	section.hidden = !car;
	if (!car) {
		return;
	}
	const insight = model.insights?.byCar.get(car.number);
	section.style.setProperty("--team", teamColour(car.colour));
	write("car-title", [car.code, car.name].filter(Boolean).join(" · ") || `Car ${car.number}`);
	write("car-team", [car.team, `car ${car.number}`].filter(Boolean).join(" · "));
	el("car-favourite").ariaPressed = isFavourite(car.number);
	write("car-favourite", isFavourite(car.number) ? "★ Favourite" : "☆ Favourite");
	fillFacts(el("car-facts"), facts(car, model.forecast?.byCar.get(car.number), insight, isRace(model)));
	el("car-stops").hidden = !isRace(model) || isOver(model) || car.retired === true;
	drawRejoin(insight);
	showItems("car-options", insight?.options ?? [], makeOption, fillOption);
}

// Where everything is one column, the details are far below the row that was pressed.
export function showCarPanel() {
	if (!section.hidden && section.getBoundingClientRect().top > innerHeight) {
		section.scrollIntoView();
	}
}

export function startCarPanel(model, changed) {
	on("car-favourite", "click", () => {
		toggleFavourite(model.chosen);
		changed();
	});
	on("car-close", "click", () => {
		const row = document.querySelector(`#tower tr[data-car="${model.chosen}"] .code`);
		model.chosen = null;
		changed();
		row?.focus({ preventScroll: true });
	});
}

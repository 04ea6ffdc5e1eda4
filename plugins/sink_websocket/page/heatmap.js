// heatmap.js - how likely each car is to finish at each place: cars by expected finish, places from left to right.

import { el, make, percent, setText, setTitle, showList, write } from "./format.js";
import { codeOf, isRace } from "./model.js";
import { fillCarHead, headCell, makeCarHead } from "./parts.js";

const LEAST_NUMBER = 0.01;
const table = el("heat");
let places = 0;

function head(n) {
	const row = table.tHead.rows[0];
	row.replaceChildren();
	headCell(row, "Car", "car");
	for (let place = 1; place <= n; place++) {
		headCell(row, String(place), "num");
	}
	table.tBodies[0].replaceChildren();
	places = n;
}

function makeRow(n) {
	const tr = make("tr");
	makeCarHead(tr);
	for (let i = 0; i < n; i++) {
		make("td", "", tr);
	}
	return tr;
}

// The eye judges area of colour, so small chances are lifted (square root); the number beside says what they are.
function fillCell(td, p, isNow) {
	td.style.setProperty("--p", Math.sqrt(p).toFixed(3));
	td.classList.toggle("strong", p > 0.3);
	td.classList.toggle("now", isNow);
	setText(td, p >= LEAST_NUMBER ? String(Math.round(p * 100)) : "");
}

export function drawHeatmap(model) {
	const cars = (model.forecast?.cars ?? []).slice().sort((a, b) => a.expected_position - b.expected_position);
	showList("heat", cars.length, "", table.parentElement);
	write("heat-title", isRace(model) ? "Where each car finishes, in %" : "Where each car ends up in qualifying, in %");
	if (places !== cars.length) {
		head(cars.length);
	}
	const body = table.tBodies[0];
	cars.forEach((c, i) => {
		const tr = body.rows[i] ?? body.appendChild(makeRow(cars.length));
		const car = model.cars.get(c.number);
		fillCarHead(tr.firstChild, car, c.number);
		tr.classList.toggle("chosen", c.number === model.chosen);
		setTitle(tr.firstChild, `${codeOf(model, c.number)}: win ${percent(c.win)}, podium ${percent(c.podium)}, points ${percent(c.points)}`);
		for (let place = 0; place < places; place++) {
			fillCell(tr.cells[place + 1], c.positions[place] ?? 0, car?.position === place + 1);
		}
	});
}

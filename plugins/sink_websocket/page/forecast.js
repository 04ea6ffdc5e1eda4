// forecast.js - the predicted podium with its confidence, and the chart of chances by lap.

import { make, percent, setText, teamColour } from "./format.js";

const LINES = 6;
const CHART_EVERY_MS = 1000;
const ARROWS = { rising: "▲ rising", falling: "▼ falling", stable: "▶ steady" };
const MISSING = { grid: "the grid", pace: "clean laps", tyres: "tyres", laps: "the distance", gaps: "gaps", member: "one model",
	fresh: "a fresh run" };
function winLine(li) {
	const line = make("span", "p-win", li);
	make("span", "what", line).textContent = "podium · ";
	return { win: make("span", "", line) };
}

const cards = [...document.querySelectorAll("#top3 .card")].map((li) => ({
	li,
	rank: make("span", "rank", li),
	code: make("span", "code", li),
	p: make("span", "p", li),
	name: make("span", "name", li),
	...winLine(li),
}));
const canvas = document.querySelector("#chart canvas");
let chart = null;
let drawnAt = 0;
let later = 0;

function drawConfidence(f) {
	const box = document.getElementById("confidence");
	box.replaceChildren();
	if (!f) {
		box.textContent = "No forecast yet";
		return;
	}
	box.append("Confidence ");
	make("b", "", box).textContent = percent(f.confidence);
	if (ARROWS[f.trend]) {
		box.append(" ");
		make("span", f.trend, box).textContent = ARROWS[f.trend];
	}
	if (f.lap != null) {
		box.append(` · as of lap ${f.lap}`);
	}
	if (f.missing.length > 0) {
		box.append(" · ");
		make("span", "weak", box).textContent = `missing: ${f.missing.map((m) => MISSING[m] ?? m).join(", ")}`;
	}
}

function drawCards(model) {
	const top = model.forecast?.top3 ?? [];
	cards.forEach((card, i) => {
		const entry = top[i];
		card.li.hidden = !entry;
		if (!entry) {
			return;
		}
		const car = model.cars.get(entry.number);
		card.li.style.setProperty("--team", teamColour(car?.colour));
		setText(card.rank, String(i + 1));
		setText(card.code, car?.code ?? entry.code ?? String(entry.number));
		setText(card.name, [car?.name, car?.team].filter(Boolean).join(" · "));
		setText(card.p, percent(entry.p_podium));
		setText(card.win, `win ${percent(entry.p_win)}`);
	});
}

function drawModel(f) {
	const runs = f?.runs ? ` · ${f.runs.toLocaleString("en")} simulations, error of a win chance up to ${(f.mc_error * 100).toFixed(1)} points` : "";
	setText(document.getElementById("model"), f ? `Model ${f.model ?? "?"} ${f.version ?? ""}${runs}` : "");
}

// The cars with the best chance now; those of before stay while they are in the next few, so that lines do not flicker.
function pickCars(model) {
	const ranked = (model.forecast?.cars ?? []).slice().sort((a, b) => b.win - a.win).map((c) => c.number);
	const near = new Set(ranked.slice(0, LINES + 2));
	const kept = (chart?.data.datasets ?? []).map((d) => d.car).filter((car) => near.has(car));
	return [...new Set([...ranked.slice(0, 3), ...kept, ...ranked])].slice(0, LINES);
}

function datasets(model) {
	const teams = new Set();
	const laps = [...model.history.keys()].sort((a, b) => a - b);
	return pickCars(model).map((number) => {
		const car = model.cars.get(number);
		const second = car?.team && teams.has(car.team);
		if (car?.team) {
			teams.add(car.team);
		}
		return {
			car: number,
			label: car?.code ?? String(number),
			data: laps.map((lap) => ({ x: lap, y: (model.history.get(lap).get(number) ?? 0) * 100 })),
			borderColor: teamColour(car?.colour),
			backgroundColor: teamColour(car?.colour),
			borderDash: second ? [6, 4] : [],
			borderWidth: 2.2,
			pointRadius: laps.length < 3 ? 3 : 0,
			pointHitRadius: 8,
			tension: 0.15,
		};
	});
}

function makeChart() {
	const grid = { color: "#222a36", borderColor: "#39434f" };
	const ticks = { color: "#9fabba" };
	return new window.Chart(canvas, {
		type: "line",
		data: { datasets: [] },
		options: {
			animation: false,
			parsing: false,
			maintainAspectRatio: false,
			interaction: { mode: "index", intersect: false },
			scales: {
				x: { type: "linear", min: 1, grid, ticks: { ...ticks, precision: 0 }, title: { display: true, text: "Lap", color: "#9fabba" } },
				y: { min: 0, max: 100, grid, ticks: { ...ticks, stepSize: 25, callback: (v) => `${v} %` } },
			},
			plugins: {
				legend: { display: false }, // ours shows which line is dashed
				tooltip: {
					itemSort: (a, b) => b.parsed.y - a.parsed.y,
					callbacks: { title: (items) => `Lap ${items[0]?.parsed.x}`, label: (i) => `${i.dataset.label} ${percent(i.parsed.y / 100)}` },
				},
			},
		},
	});
}

function drawLegend(lines) {
	const list = document.getElementById("legend");
	while (list.children.length > lines.length) {
		list.lastElementChild.remove();
	}
	lines.forEach((line, i) => {
		const li = list.children[i] ?? make("li", "", list);
		const swatch = li.firstElementChild ?? make("i", "", li);
		const name = li.children[1] ?? make("span", "", li);
		swatch.className = line.borderDash.length ? "second" : "";
		swatch.style.borderTopColor = line.borderColor;
		setText(name, `${line.label} ${percent((line.data.at(-1)?.y ?? 0) / 100)}`);
	});
}

function drawChart(model) {
	later = 0;
	drawnAt = Date.now();
	const empty = document.getElementById("chart-empty");
	const none = model.history.size === 0 || !model.forecast;
	empty.hidden = !none && Boolean(window.Chart);
	setText(empty, window.Chart ? "No forecast yet" : "The chart library (Chart.js) is not installed on the server");
	canvas.parentElement.hidden = !window.Chart || none;
	if (canvas.parentElement.hidden) {
		drawLegend([]);
		return;
	}
	chart = chart ?? makeChart();
	chart.data.datasets = datasets(model);
	chart.options.scales.x.max = model.state?.total_laps ?? undefined;
	chart.update("none");
	drawLegend(chart.data.datasets);
	canvas.setAttribute("aria-label", `Chance to win by lap. ${document.getElementById("legend").innerText.replaceAll("\n", ", ")}`);
}

export function drawForecast(model) {
	drawConfidence(model.forecast);
	drawCards(model);
	drawModel(model.forecast);
	if (!later) {
		later = setTimeout(() => drawChart(model), Math.max(0, CHART_EVERY_MS - (Date.now() - drawnAt)));
	}
}

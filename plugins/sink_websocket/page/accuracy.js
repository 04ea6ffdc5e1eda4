// accuracy.js - what the forecasts were worth: tables by phase, measured against what anybody can say, and reliability curves.

import { DASH, el, fillList, make, on, percent, setText, showList } from "./format.js";
import { headCell } from "./parts.js";
import { colour, onTheme } from "./theme.js";

const LEAST_OF_BIN = 10; // with fewer, a point of a curve says nothing
const FIRST_SHOWN = "lights_out";
const PHASES = {
	pre_qualifying: "Before qualifying", lights_out: "Lights out", d10: "10 % of the race", d25: "25 %", d50: "50 %", d75: "75 %", d90: "90 %",
};
const NAMES = {
	ensemble: "Published forecast", midrace: "Race simulation", order: "Order model", prerace: "Pre-race model", learnt: "Learnt model",
	qualifying: "Qualifying model", grid: "Grid order", grid_table: "Grid table", current_order: "Running order", order_table: "Running-order table",
};
const COLUMNS = [
	["races", "Races", (v) => v], ["top3_hit", "Top 3 hit", percent], ["winner_hit", "Winner hit", percent],
	["win_logloss", "Win log-loss", fine], ["podium_logloss", "Podium log-loss", fine], ["points_logloss", "Points log-loss", fine],
	["podium_brier", "Podium Brier", fine], ["rps", "RPS", fine], ["ece_podium", "Podium ECE", fine], ["cover50", "In 50 % range", percent], ["cover90", "In 90 % range", percent],
];
let card = null;
let chart = null;

function fine(v) {
	return v.toFixed(4);
}

function chosen() {
	return card?.[el("accuracy-of").value] ?? null;
}

function phaseOf(table) {
	return table?.phases?.find((p) => p.phase === el("accuracy-phase").value) ?? table?.phases?.[0] ?? null;
}

function addRow(body, name, metrics, kind) {
	const row = make("tr", kind, body);
	row.dataset.model = name;
	make("th", "", row).scope = "row";
	setText(row.firstChild, NAMES[name] ?? name);
	COLUMNS.forEach(([key, , show]) => {
		setText(make("td", "num", row), metrics[key] == null ? DASH : String(show(metrics[key])));
	});
}

function drawTable(phase) {
	const body = el("accuracy-table").tBodies[0];
	body.replaceChildren();
	const models = Object.entries(phase?.models ?? {}).sort(([a], [b]) => (b === "ensemble") - (a === "ensemble"));
	models.forEach(([name, metrics]) => addRow(body, name, metrics, "member"));
	Object.entries(phase?.baselines ?? {}).forEach(([name, metrics]) => addRow(body, name, metrics, "baseline"));
}

function sentence(d) {
	const sure = d.low > 0 || d.high < 0 ? "" : " (could be chance)";
	const change = (v) => `${v < 0 ? "−" : "+"}${fine(Math.abs(v))}`;
	const name = COLUMNS.find(([key]) => key === d.metric)?.[1] ?? d.metric;
	return `${name} against ${NAMES[d.against] ?? d.against}: ${change(d.mean)} [${change(d.low)}, ${change(d.high)}], ${d.races} races${sure}`;
}

function drawPaired(phase) {
	const list = el("accuracy-paired");
	list.replaceChildren();
	(phase?.paired ?? []).filter((d) => d.season == null).forEach((d) => setText(make("li", "", list), sentence(d)));
}

function curves(phase) {
	const target = el("accuracy-target").value;
	return Object.entries(phase?.reliability ?? {}).filter(([, r]) => r[target]?.length > 1).map(([name, r]) => ({
		label: NAMES[name] ?? name,
		data: r[target].filter(([, , n]) => n >= LEAST_OF_BIN).map(([said, seen]) => ({ x: said, y: seen })),
		borderWidth: name === "ensemble" ? 3 : 1,
		borderColor: colour(name === "ensemble" ? "--second" : "--dim"),
		backgroundColor: "transparent",
		pointRadius: name === "ensemble" ? 3 : 1,
	}));
}

function drawCurves(phase) {
	if (typeof window.Chart !== "function") {
		return;
	}
	const even = { label: "Perfect", data: [{ x: 0, y: 0 }, { x: 1, y: 1 }], borderDash: [4, 4], borderWidth: 1, borderColor: colour("--muted"), pointRadius: 0 };
	const datasets = [even, ...curves(phase)];
	const canvas = el("accuracy-chart");
	canvas.ariaLabel = `How often it happened against how likely it was said to be: ${datasets.length - 1} curves`;
	if (!chart) {
		const axis = (text) => ({ type: "linear", min: 0, max: 1, title: { display: true, text } });
		chart = new window.Chart(canvas, {
			type: "line",
			data: { datasets },
			options: { animation: false, maintainAspectRatio: false, scales: { x: axis("Said"), y: axis("Happened") } },
		});
		return;
	}
	chart.data.datasets = datasets;
	chart.update("none");
}

function fillPhases(table) {
	const select = el("accuracy-phase");
	const before = select.value;
	fillList(select, table?.phases ?? [], () => make("option"), (option, { phase }) => {
		option.value = phase;
		setText(option, PHASES[phase] ?? phase);
	});
	const wanted = before || FIRST_SHOWN;
	if ([...select.options].some((o) => o.value === wanted)) {
		select.value = wanted;
	}
}

function draw() {
	const table = chosen();
	const phase = phaseOf(table);
	showList("accuracy", phase ? 1 : 0, card ? "No race has been scored yet: that happens when a live race is over." : "No answer yet", el("accuracy-body"));
	drawTable(phase);
	drawPaired(phase);
	drawCurves(phase);
}

function redraw() {
	fillPhases(chosen());
	draw();
}

export function drawAccuracy(answer) {
	const of = el("accuracy-of");
	if (!card) {
		of.value = answer.live?.phases?.length || !answer.backtest ? "live" : "backtest";
	}
	card = answer;
	[...of.options].forEach((o) => {
		o.disabled = !card[o.value];
	});
	redraw();
}

export function startAccuracy() {
	const header = el("accuracy-table").tHead.rows[0];
	COLUMNS.forEach(([, title]) => headCell(header, title, "num"));
	on("accuracy-of", "change", redraw);
	on("accuracy-phase", "change", draw);
	on("accuracy-target", "change", draw);
	onTheme(() => card && redraw());
}

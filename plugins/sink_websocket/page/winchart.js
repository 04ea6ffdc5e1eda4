// winchart.js - the chances to win by lap. Each line carries its driver's code, and a team's second car is dashed.

import { el, fillList, percent, setText, showList, teamColour } from "./format.js";
import { whyNone } from "./model.js";
import { makeWith } from "./parts.js";

const LINES = 6;
const LABEL_HEIGHT = 13;
const LEAST_LABEL = 1; // percent
const canvas = document.querySelector("#chart canvas");
let chart = null;

// The cars with the best chance now; those of before stay while they are in the next few, so that lines do not flicker.
function pickCars(model) {
	const ranked = (model.forecast?.cars ?? []).slice().sort((a, b) => b.win - a.win).map((c) => c.number);
	const near = new Set(ranked.slice(0, LINES + 2));
	const kept = (chart?.data.datasets ?? []).map((d) => d.car).filter((car) => near.has(car));
	const picked = [...new Set([...ranked.slice(0, 3), ...kept, ...ranked])].slice(0, LINES);
	return ranked.filter((car) => picked.includes(car));
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

const endLabels = {
	id: "endLabels",
	afterDatasetsDraw({ ctx, chartArea, data, scales }) {
		const ends = data.datasets.filter((d) => d.data.at(-1)?.y >= LEAST_LABEL).map((d) => ({
			text: d.label, colour: d.borderColor, x: scales.x.getPixelForValue(d.data.at(-1).x), y: scales.y.getPixelForValue(d.data.at(-1).y),
		})).sort((a, b) => a.y - b.y);
		for (let i = ends.length - 1, floor = chartArea.bottom; i >= 0; i--) {
			ends[i].y = Math.min(ends[i].y, floor);
			floor = ends[i].y - LABEL_HEIGHT;
		}
		ctx.save();
		ctx.font = "700 11px system-ui, sans-serif";
		ctx.textBaseline = "middle";
		ends.forEach(({ text, colour: fill, x, y }) => {
			ctx.fillStyle = fill;
			ctx.fillText(text, Math.min(x + 4, chartArea.right + 4), y);
		});
		ctx.restore();
	},
};

function makeChart() {
	return new window.Chart(canvas, {
		type: "line",
		data: { datasets: [] },
		plugins: [endLabels],
		options: {
			animation: false,
			parsing: false,
			maintainAspectRatio: false,
			layout: { padding: { right: 34 } },
			interaction: { mode: "index", intersect: false },
			scales: {
				x: { type: "linear", min: 1, ticks: { precision: 0 }, title: { display: true, text: "Lap" } },
				y: { min: 0, max: 100, ticks: { stepSize: 25, callback: (v) => `${v} %` } },
			},
			plugins: {
				legend: { display: false }, // ours shows which line is dashed
				tooltip: {
					callbacks: { title: (items) => `Lap ${items[0]?.parsed.x}`, label: (i) => `${i.dataset.label} ${percent(i.parsed.y / 100)}` },
				},
			},
		},
	});
}

function drawLegend(lines) {
	fillList(el("legend"), lines, () => makeWith("li", "i", "span"), (li, line) => {
		li.firstElementChild.className = line.borderDash.length ? "second" : "";
		li.firstElementChild.style.borderTopColor = line.borderColor;
		setText(li.lastElementChild, `${line.label} ${percent((line.data.at(-1)?.y ?? 0) / 100)}`);
	});
}

export function drawWinChart(model) {
	const none = !window.Chart || !model.forecast || model.history.size === 0;
	showList("chart", none ? 0 : 1, !window.Chart ? "The chart library (Chart.js) is not installed on the server" : whyNone(model, "No forecast yet"), canvas.parentElement);
	if (none) {
		drawLegend([]);
		return;
	}
	chart ??= makeChart();
	chart.data.datasets = datasets(model);
	chart.options.scales.x.max = model.state?.total_laps ?? undefined;
	chart.update("none");
	drawLegend(chart.data.datasets);
	canvas.ariaLabel = `Chance to win by lap. ${[...el("legend").children].map((li) => li.textContent).join(", ")}`;
}

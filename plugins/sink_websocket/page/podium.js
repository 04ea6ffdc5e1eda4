// podium.js - the predicted podium, with its confidence and where that goes.

import { el, make, percent, setText, teamColour, write } from "./format.js";
import { isRace } from "./model.js";

const ARROWS = { rising: "▲ rising", falling: "▼ falling", stable: "▶ steady" };
const MISSING = { grid: "the grid", pace: "clean laps", tyres: "tyres", laps: "the distance", gaps: "gaps", member: "one model",
	fresh: "a fresh run", news: "the newest data" };

const cards = [...document.querySelectorAll("#top3 .card")].map((li) => ({
	li,
	rank: make("span", "rank", li),
	code: make("span", "code", li),
	p: make("span", "p", li),
	name: make("span", "name", li),
	win: make("span", "p-win", li),
}));

function drawConfidence(f) {
	const box = el("confidence");
	const say = (before, tag, text, className) => {
		box.append(before);
		setText(make(tag, className, box), text);
	};
	box.textContent = f ? "" : "No forecast yet";
	if (!f) {
		return;
	}
	say("Confidence ", "b", percent(f.confidence));
	if (ARROWS[f.trend]) {
		say(" ", "span", ARROWS[f.trend], f.trend);
	}
	if (f.lap != null) {
		box.append(` · as of lap ${f.lap}`);
	}
	if (f.missing.length > 0) {
		say(" · ", "span", `missing: ${f.missing.map((m) => MISSING[m] ?? m).join(", ")}`, "weak");
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
		setText(card.win, `${isRace(model) ? "win" : "pole"} ${percent(entry.p_win)}`);
	});
}

function drawModel(f) {
	const runs = f?.runs ? ` · ${f.runs.toLocaleString("en")} simulations, error of a win chance up to ${(f.mc_error * 100).toFixed(1)} points` : "";
	write("model", f ? `Model ${f.model ?? "?"} ${f.version ?? ""}${runs}` : "");
}

export function drawPodium(model) {
	setText(document.querySelector("#top3 h2"), isRace(model) ? "Predicted podium" : "Predicted top 3 of qualifying");
	drawConfidence(model.forecast);
	drawCards(model);
	drawModel(model.forecast);
}

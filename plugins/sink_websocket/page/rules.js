// rules.js - what the server watches, in the viewer's own words; what it finds is told like every alert.

import { alertOf } from "./alerts.js";
import { el, fillList, on, setText, write } from "./format.js";
import { makeButtonLine } from "./parts.js";
import { get, poll, post } from "./server.js";
import { change, settings } from "./settings.js";

const EVERY_MS = 3000;
const ALL = "/api/v1/subscriptions";
let told = null; // id of the newest alert that was shown

async function draw() {
	const list = (await get(ALL))?.subscriptions;
	if (!list) {
		return; // what was watched still is
	}
	fillList(el("rules"), list, () => makeButtonLine("Remove"), (li, rule) => {
		setText(li.firstChild, rule.rule);
		li.lastChild.dataset.id = rule.id;
		li.lastChild.ariaLabel = `Remove ${rule.rule}`;
	});
	change({ rules: list.length > 0 });
}

async function send(path, body, method) {
	const why = await post(path, body, () => {}, method);
	write("rules-say", why ? `Not done: ${why}` : "");
	draw();
}

function tell({ alerts }) {
	const seen = alerts.findIndex((a) => a.id === told);
	if (told !== null) {
		alerts.slice(0, seen < 0 ? alerts.length : seen).reverse().forEach((a) => alertOf("favourite", a.text));
	}
	told = alerts[0]?.id ?? "";
}

export function startRules() {
	on("rule-add", "click", () => send(ALL, { rule: el("rule").value }));
	on("rules", "click", ({ target }) => target.dataset.id && send(`${ALL}/${target.dataset.id}`, undefined, "DELETE"));
	document.querySelector("[data-opens=watch]").addEventListener("click", draw);
	poll(() => get("/api/v1/alerts"), EVERY_MS, () => settings.rules, tell);
}

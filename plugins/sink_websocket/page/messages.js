// messages.js - race control: the newest on top, at most as many as the model keeps.

import { fillList, make, setText, showList } from "./format.js";

const list = document.querySelector("#race-control ol");

function flagOf(m) {
	if (m.flag !== "none") {
		return m.flag;
	}
	return m.category === "safety_car" ? "sc" : "";
}

function when(m) {
	if (m.lap != null) {
		return `Lap ${m.lap}`;
	}
	return m.utc ? new Date(m.utc).toISOString().slice(11, 16) : "";
}

function makeMessage() {
	const li = make("li");
	["when", "flag", "text"].forEach((name) => make("span", name, li));
	return li;
}

export function drawMessages(model) {
	showList("control", model.messages.length, "", list);
	fillList(list, model.messages, makeMessage, (li, m) => {
		const [time, flag, text] = li.children;
		setText(time, when(m));
		flag.dataset.flag = flagOf(m);
		flag.title = flagOf(m).replaceAll("_", " ");
		setText(text, m.text ?? "");
	});
}

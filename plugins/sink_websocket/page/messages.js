// messages.js - race control: the newest on top, at most as many as the model keeps.

import { make, setText } from "./format.js";

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

export function drawMessages(model) {
	document.getElementById("control-empty").hidden = model.messages.length > 0;
	list.hidden = model.messages.length === 0;
	while (list.children.length > model.messages.length) {
		list.lastElementChild.remove();
	}
	model.messages.forEach((m, i) => {
		let li = list.children[i];
		if (!li) {
			li = make("li", "", list);
			make("span", "when", li);
			make("span", "flag", li);
			make("span", "text", li);
		}
		const [time, flag, text] = li.children;
		setText(time, when(m));
		flag.dataset.flag = flagOf(m);
		flag.title = flagOf(m).replaceAll("_", " ");
		setText(text, m.text ?? "");
	});
}

// parts.js - pieces that several views are made of.

import { fillList, make, percent, setText, teamColour } from "./format.js";

export function makeCarHead(tr, tag = "span") {
	const th = make("th", "car", tr);
	th.scope = "row";
	make("span", "bar", th).setAttribute("aria-hidden", "true");
	make(tag, "code", th);
	return th;
}

export function fillCarHead(th, car, number) {
	th.parentElement.dataset.car = String(number);
	th.firstChild.style.backgroundColor = teamColour(car?.colour);
	setText(th.lastChild, car?.code ?? String(number));
}

export function makeChance() {
	const li = make("li");
	make("span", "", li);
	make("i", "", make("span", "meter", li));
	make("span", "p", li);
	return li;
}

export function fillChance(li, text, p, said = percent(p)) {
	setText(li.firstChild, text);
	li.children[1].firstChild.style.width = `${(p ?? 0) * 100}%`;
	setText(li.lastChild, said);
}

function makeFact() {
	const div = make("div");
	make("dt", "", div);
	make("dd", "", div);
	return div;
}

export function fillFacts(dl, facts) {
	fillList(dl, facts, makeFact, (div, [name, value]) => {
		setText(div.firstChild, name);
		setText(div.lastChild, value);
	});
}

export function makeCells(n) {
	return () => {
		const tr = make("tr");
		make("th", "", tr).scope = "row";
		for (let i = 1; i < n; i++) {
			make("td", "", tr);
		}
		return tr;
	};
}

export function headCell(row, text, className = "") {
	setText(make("th", className, row), text);
}

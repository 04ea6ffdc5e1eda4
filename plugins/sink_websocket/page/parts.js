// parts.js - pieces that several views are made of.

import { fillList, make, percent, setText, teamColour } from "./format.js";

export function makeCarHead(tr, tag = "span") {
	const th = make("th", "car", tr);
	th.scope = "row";
	make("span", "bar", th).ariaHidden = "true";
	make(tag, "code", th);
	return th;
}

export function fillCarHead(th, car, number) {
	th.parentElement.dataset.car = String(number);
	th.firstChild.style.backgroundColor = teamColour(car?.colour);
	setText(th.lastChild, car?.code ?? String(number));
}

export function makeButtonLine(text) {
	const li = makeWith("li", "span", "button");
	li.lastChild.className = "plain";
	setText(li.lastChild, text);
	return li;
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

// An element with empty children.
export function makeWith(tag, ...children) {
	const element = make(tag);
	children.forEach((child) => make(child, "", element));
	return element;
}

export function fillFacts(dl, facts) {
	fillList(dl, facts, () => makeWith("div", "dt", "dd"), (div, [name, value]) => {
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

// format.js - numbers as people read them; an unknown is a dash, never a zero.

export const DASH = "–";
export const el = (id) => document.getElementById(id);
export const on = (id, event, act) => el(id).addEventListener(event, act);
export const known = (value, digits = 0) => (value == null ? DASH : value.toFixed(digits));
export const isSeen = () => document.visibilityState === "visible";
export const HOUR = { hour: "2-digit", minute: "2-digit" };
export const dayTime = (time) => new Date(time).toLocaleString(undefined, { weekday: "short", day: "numeric", month: "short", ...HOUR });

export function lapTime(ms) {
	if (ms == null) {
		return DASH;
	}
	const minutes = Math.floor(ms / 60000);
	const seconds = ((ms % 60000) / 1000).toFixed(3);
	return minutes > 0 ? `${minutes}:${seconds.padStart(6, "0")}` : seconds;
}

export function gap(ms, laps) {
	if (laps > 0) {
		return `+${laps} lap${laps > 1 ? "s" : ""}`;
	}
	return ms == null ? DASH : `+${(ms / 1000).toFixed(3)}`;
}

// Chances are never shown as certain while they are not.
export function percent(p) {
	if (p == null) {
		return DASH;
	}
	const whole = p <= 0 ? 0 : p < 0.01 ? "<1" : p > 0.99 && p < 1 ? ">99" : Math.round(p * 100);
	return `${whole} %`;
}

export function clock(ms) {
	if (ms == null) {
		return DASH;
	}
	const s = Math.max(0, Math.floor(ms / 1000));
	const two = (n) => String(n).padStart(2, "0");
	return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

export function age(ms) {
	if (ms == null) {
		return "";
	}
	if (ms < 10000) {
		return `${(ms / 1000).toFixed(1)} s`;
	}
	const minutes = Math.round(ms / 60000);
	if (minutes < 2) {
		return `${Math.round(ms / 1000)} s`;
	}
	return minutes < 120 ? `${minutes} min` : minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

// Team colours come as "#rrggbb"; those too near the page's own ground are moved away from it.
export function teamColour(colour) {
	const m = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour || "");
	if (!m) {
		return "#8a94a3";
	}
	const light = document.documentElement.dataset.theme === "light";
	let rgb = m.slice(1).map((h) => parseInt(h, 16));
	const level = (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255;
	const short = light ? level - 0.62 : 0.33 - level;
	if (short > 0) {
		const goal = light ? 0 : 255;
		rgb = rgb.map((c) => Math.round(c + (goal - c) * Math.min(0.8, short * 1.1)));
	}
	return `rgb(${rgb.join(", ")})`;
}

export function signed(change) {
	if (change == null) {
		return DASH;
	}
	const value = Math.abs(change).toFixed(1);
	return value === "0.0" ? "±0" : `${change < 0 ? "−" : "+"}${value}`;
}

export function points(change) {
	return change == null ? DASH : signed(change * 100);
}

export function setText(element, text) {
	if (element.textContent !== text) {
		element.textContent = text;
	}
}

export const write = (id, text) => setText(el(id), text);

export function setTitle(element, text) {
	if (element.title !== text) {
		element.title = text;
	}
}

export function fillList(list, items, makeChild, fill) {
	while (list.children.length > items.length) {
		list.lastElementChild.remove();
	}
	items.forEach((item, i) => fill(list.children[i] ?? list.appendChild(makeChild()), item, i));
}

// A list, or the words for why it is empty.
export function showList(name, n, why, list = el(name)) {
	list.hidden = n === 0;
	el(`${name}-empty`).hidden = n > 0;
	if (why) {
		write(`${name}-empty`, why);
	}
}

export function showItems(name, items, makeChild, fill, why) {
	const list = el(name);
	fillList(list.tBodies?.[0] ?? list, items, makeChild, fill);
	showList(name, items.length, why);
}

export function make(tag, className, parent) {
	const element = document.createElement(tag);
	if (className) {
		element.className = className;
	}
	parent?.append(element);
	return element;
}

// format.js - numbers as people read them; an unknown is a dash, never a zero.

export const DASH = "–";

// 78123 -> "1:18.123"
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
	if (p <= 0) {
		return "0 %";
	}
	if (p < 0.01) {
		return "<1 %";
	}
	if (p > 0.99 && p < 1) {
		return ">99 %";
	}
	return `${Math.round(p * 100)} %`;
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
	return ms < 120000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60000)} min`;
}

// Team colours come as "#rrggbb"; the dark ones are lifted so that they show on a dark page.
export function teamColour(colour) {
	const m = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour || "");
	if (!m) {
		return "#8a94a3";
	}
	let rgb = m.slice(1).map((h) => parseInt(h, 16));
	const light = (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255;
	if (light < 0.33) {
		const lift = (0.33 - light) * 1.1;
		rgb = rgb.map((c) => Math.round(c + (255 - c) * lift));
	}
	return `rgb(${rgb.join(", ")})`;
}

export function setText(element, text) {
	if (element.textContent !== text) {
		element.textContent = text;
	}
}

export function make(tag, className, parent) {
	const element = document.createElement(tag);
	if (className) {
		element.className = className;
	}
	if (parent) {
		parent.append(element);
	}
	return element;
}

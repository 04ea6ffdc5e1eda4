// theme.js - dark or light, and colours for what is drawn on a canvas.

import { onChange, settings } from "./settings.js";

const light = matchMedia("(prefers-color-scheme: light)");
const redraws = [];

function apply() {
	const name = settings.theme === "auto" ? (light.matches ? "light" : "dark") : settings.theme;
	document.documentElement.dataset.theme = name;
	document.documentElement.dataset.palette = settings.palette;
	document.querySelector("meta[name=theme-color]").content = colour("--bg");
	if (window.Chart) {
		Object.assign(window.Chart.defaults, { color: colour("--muted"), borderColor: colour("--line") });
	}
	redraws.forEach((redraw) => redraw());
}

export function colour(variable) {
	return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}

export function onTheme(redraw) {
	redraws.push(redraw);
}

export function startTheme() {
	light.addEventListener("change", apply);
	onChange((keys) => (keys.includes("theme") || keys.includes("palette")) && apply());
	apply();
}

// controls.js - the tool bar, the dialogs, the keys.

import { alertOf, testSound } from "./alerts.js";
import { el, make, on, setText, write } from "./format.js";
import { canSteer, seekLap, togglePause } from "./replay.js";
import { change, onChange, settings, toggleFavourite } from "./settings.js";
import { setDelay } from "./sync.js";
import { viewer } from "./viewer.js";

const CHOICES = { "set-theme": "theme", "set-palette": "palette" };
const THEMES = ["dark", "light"];

function toggleSound() {
	change({ sound: !settings.sound });
	testSound();
}

function nextTheme() {
	change({ theme: THEMES[(THEMES.indexOf(settings.theme) + 1) % THEMES.length] });
}

function toView(i) {
	const link = document.querySelectorAll("#views a")[i];
	if (link) {
		location.hash = link.hash;
	}
}

function onFavouriteKey(model) {
	if (model.chosen == null) {
		alertOf("favourite", "Choose a car first: its code in the running order");
	} else {
		toggleFavourite(model.chosen);
	}
}

function keys(model) {
	return {
		" ": togglePause,
		ArrowLeft: () => seekLap(-1),
		ArrowRight: () => seekLap(1),
		"+": () => setDelay(viewer.delay_s + 1),
		"-": () => setDelay(viewer.delay_s - 1),
		"0": () => setDelay(0),
		d: () => el("sync").showModal(),
		s: toggleSound,
		t: nextTheme,
		f: () => onFavouriteKey(model),
		",": () => el("settings").showModal(),
		"?": () => el("help").showModal(),
	};
}

// Keys belong to the control that has the focus, where it knows what to do with them.
function isTaken(event) {
	const owner = event.target.closest("input, select, textarea, button, a, [role=region], ol[tabindex]");
	const plain = /^[a-z0-9?,+-]$/.test(event.key);
	return (event.key === " " && !canSteer()) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") ||
		(owner && (!plain || owner.matches("input, select, textarea")));
}

function drawChoices() {
	Object.entries(CHOICES).forEach(([id, key]) => {
		el(id).value = settings[key];
	});
	el("set-token").value = settings.token;
	write("sound", settings.sound ? "♪ Sound on" : "♪ Sound off");
	el("sound").ariaPressed = settings.sound;
}

export function startControls(model) {
	const actions = keys(model);
	addEventListener("keydown", (event) => {
		if (isTaken(event)) {
			return;
		}
		if (/^[1-9]$/.test(event.key)) {
			toView(Number(event.key) - 1);
		} else if (actions[event.key]) {
			event.preventDefault();
			actions[event.key]();
		}
	});
	document.querySelectorAll("[data-opens]").forEach((button) => {
		button.ariaHasPopup = "dialog";
		button.addEventListener("click", () => el(button.dataset.opens).showModal());
	});
	document.querySelectorAll("dialog").forEach((dialog) => {
		dialog.ariaLabel = dialog.querySelector("h2").textContent;
		const close = make("button", "", make("p", "buttons end", dialog));
		setText(close, "Close");
		close.addEventListener("click", () => dialog.close());
	});
	Object.entries(CHOICES).forEach(([id, key]) => on(id, "change", (event) => change({ [key]: event.target.value })));
	on("set-token", "change", (event) => change({ token: event.target.value.trim() }));
	on("sound", "click", toggleSound);
	onChange(drawChoices);
	drawChoices();
}

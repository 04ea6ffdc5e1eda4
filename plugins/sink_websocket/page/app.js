// app.js - ties the parts together: messages change the model, and once per animation frame what changed is drawn.

import { startAccuracy } from "./accuracy.js";
import { connect } from "./connection.js";
import { drawForecast } from "./forecast.js";
import { drawConnection, drawHeader } from "./header.js";
import { drawMessages } from "./messages.js";
import { applyMessage, createModel } from "./model.js";
import { drawNext, drawSources } from "./sources.js";
import { drawTower } from "./tower.js";
import { startViews } from "./views.js";

const HEALTH_EVERY_MS = 5000;
const model = createModel();
const view = { link: { name: "connecting" }, health: null, healthAt: 0, heardAt: 0 };
const draw = { header: drawHeader, tower: drawTower, forecast: drawForecast, messages: drawMessages };
const dirty = new Set();

function drawDirty() {
	const parts = [...dirty];
	dirty.clear();
	parts.forEach((part) => draw[part](model));
}

function mark(parts) {
	if (dirty.size === 0 && parts.length > 0) {
		requestAnimationFrame(drawDirty);
	}
	parts.forEach((part) => dirty.add(part));
}

async function askHealth() {
	if (view.link.name === "open" && document.visibilityState === "visible") {
		try {
			view.health = await (await fetch("/healthz")).json();
			view.healthAt = Date.now();
		} catch {
			view.health = null; // the socket will tell that the server is gone
		}
	}
	setTimeout(askHealth, HEALTH_EVERY_MS);
}

connect({
	onMessage(message) {
		view.heardAt = Date.now();
		mark(applyMessage(model, message));
	},
	onState(link) {
		view.link = link;
		view.health = link.name === "open" ? view.health : null;
		drawConnection(view);
	},
});
setInterval(() => {
	drawConnection(view);
	drawSources(view);
	drawNext(view);
}, 500);
setTimeout(askHealth, 300);
mark(Object.keys(draw));
startViews();
startAccuracy();

// app.js - ties the parts together: messages change the model, and once per animation frame what changed is drawn.

import { drawAccuracy, startAccuracy } from "./accuracy.js";
import { watch } from "./alerts.js";
import { drawBattles } from "./battles.js";
import { drawCarPanel, showCarPanel, startCarPanel } from "./carpanel.js";
import { connect } from "./connection.js";
import { startControls } from "./controls.js";
import { el, isSeen } from "./format.js";
import { drawConnection, drawHeader } from "./header.js";
import { drawHeatmap } from "./heatmap.js";
import { drawTrack } from "./map.js";
import { drawMessages } from "./messages.js";
import { applyMessage, createModel } from "./model.js";
import { drawPodium } from "./podium.js";
import { drawQualifying } from "./qualifying.js";
import { drawReplay, startReplay } from "./replay.js";
import { startRules } from "./rules.js";
import { createScheduler } from "./scheduler.js";
import { get, getText, poll, startServer } from "./server.js";
import { onChange } from "./settings.js";
import { drawNext, drawSources } from "./sources.js";
import { drawStrategy } from "./strategy.js";
import { drawGaps, drawMetrics, drawSystem } from "./system.js";
import { noteMoments, startSync } from "./sync.js";
import { onTheme, startTheme } from "./theme.js";
import { drawTower } from "./tower.js";
import { startViewer } from "./viewer.js";
import { currentView, startViews } from "./views.js";
import { drawOutlook, drawSchedule } from "./weekend.js";
import { drawWinChart } from "./winchart.js";

const HEALTH_EVERY_MS = 5000;
const SLOW_EVERY_MS = 5000;
const CARD_EVERY_MS = 60000;
const KEEP_AFTER_MS = 3000; // the race first
const ALL_TOPICS = "state,forecast,race_control,session,insights,positions"; // positions come only when named
const model = createModel();
const view = { model, link: { name: "connecting" }, health: null, healthAt: 0, heardAt: 0 };

// on: what of the model it shows; views: where it is (everywhere without).
const PARTS = {
	header: { draw: drawHeader, on: ["session", "state"] },
	replay: { draw: drawReplay, on: ["session", "state", "messages", "health"], everyMs: 200 },
	tower: { draw: drawTower, on: ["session", "state", "forecast"], views: ["race"] },
	podium: { draw: drawPodium, on: ["forecast", "session"], views: ["race"] },
	battles: { draw: drawBattles, on: ["insights", "forecast", "session"], views: ["race"] },
	messages: { draw: drawMessages, on: ["messages"], views: ["race"] },
	chart: { draw: drawWinChart, on: ["forecast", "session"], views: ["race", "forecast"], everyMs: 1000 },
	car: { draw: drawCarPanel, on: ["session", "state", "forecast", "insights"], views: ["race", "forecast", "track", "qualifying"], everyMs: 250 },
	heatmap: { draw: drawHeatmap, on: ["forecast", "session"], views: ["forecast"], everyMs: 500 },
	strategy: { draw: drawStrategy, on: ["session", "state", "insights"], views: ["forecast"], everyMs: 500 },
	track: { draw: drawTrack, on: ["session", "state", "insights", "positions"], views: ["track"], everyMs: 100 },
	qualifying: { draw: drawQualifying, on: ["session", "state", "forecast"], views: ["qualifying"], everyMs: 100 },
	outlook: { draw: drawOutlook, on: ["state"], views: ["weekend"], everyMs: 1000 },
};
const scheduler = createScheduler(PARTS, (part) => part.draw(model, view), (name) => PARTS[name].views?.includes(currentView()) ?? true);

function isOpen() {
	return view.link.name === "open";
}

async function askHealth() {
	if (isOpen() && isSeen()) {
		view.health = await get("/healthz");
		view.healthAt = Date.now();
		scheduler.mark(["health"]);
	}
}

function choose({ target }) {
	const car = target.closest("main [data-car]");
	if (car) {
		const number = Number(car.dataset.car);
		model.chosen = model.chosen === number ? null : number;
		scheduler.markAll();
		requestAnimationFrame(showCarPanel);
	}
}

async function keepPage() {
	await navigator.serviceWorker.register("/sw.js");
	const loaded = performance.getEntriesByType("resource").filter((entry) => entry.initiatorType !== "fetch").map((entry) => entry.name);
	await (await caches.open("f1pd-page")).addAll(["/", ...new Set(loaded)]);
}

function tick() {
	drawConnection(view);
	drawSources(view);
	drawNext(view);
	scheduler.mark(["positions"]); // may be old
	if (currentView() === "system") {
		drawSystem(view);
	}
}

startTheme();
startViews(() => {
	connection.listen();
	tick();
	asks.forEach((ask) => ask());
});
onTheme(() => scheduler.markAll());
startServer((is) => {
	el("refused").hidden = !is;
});
const connection = connect({
	topics: () => (currentView() === "track" ? ALL_TOPICS : null),
	onMessage(message) {
		const isSnapshot = message.type === "snapshot";
		view.heardAt = Date.now();
		const changes = applyMessage(model, message);
		watch(model, changes, isSnapshot);
		noteMoments(model, message);
		scheduler.mark(changes);
	},
	onState(link) {
		view.link = link;
		view.health = link.name === "open" ? view.health : null;
		drawConnection(view);
		if (link.name === "lost") {
			get("/api/v1/session/current"); // tells whether it is for want of a token
		}
	},
});
onChange((keys) => {
	if (keys.includes("token")) {
		connection.reopen();
	}
	scheduler.markAll();
});
setInterval(tick, 500);
setTimeout(askHealth, 300);
setInterval(askHealth, HEALTH_EVERY_MS);
const asks = [
	poll(() => get("/api/v1/schedule"), SLOW_EVERY_MS, () => isOpen() && currentView() === "weekend", drawSchedule),
	poll(() => get("/api/v1/gaps"), SLOW_EVERY_MS, () => isOpen() && currentView() === "system", drawGaps),
	poll(() => get("/api/v1/accuracy"), CARD_EVERY_MS, () => currentView() === "accuracy", drawAccuracy),
	poll(() => getText("/metrics"), SLOW_EVERY_MS, () => isOpen() && currentView() === "system", drawMetrics),
];
startViewer(() => connection.reopen());
startRules();
startReplay(() => setTimeout(askHealth, 100));
startSync(() => (view.health?.speed > 0 ? view.health.speed : 1));
startControls(model);
addEventListener("click", choose);
startCarPanel(model, () => scheduler.markAll());
startAccuracy();
scheduler.markAll();
setTimeout(() => keepPage().catch(() => {}), KEEP_AFTER_MS); // not everywhere allowed; without it the page is the same, only not kept

// header.js - session, lap, clock, weather, track status, connection.

import { DASH, age, clock, el, setText, write } from "./format.js";

export const TRACK = {
	clear: "Track clear",
	yellow: "Yellow flag",
	sc: "Safety car",
	red: "Red flag",
	vsc: "Virtual safety car",
	vsc_ending: "Virtual safety car ending",
	unknown: "Track status unknown",
};

function isKnown(session) {
	return Boolean(session?.key || session?.name || session?.meeting);
}

function title(session) {
	if (!isKnown(session)) {
		return "Waiting for a session";
	}
	const meeting = session.meeting || session.location || session.circuit || "Unknown meeting";
	return `${meeting}${session.name ? ` · ${session.name}` : ""}`;
}

function place(session) {
	if (!session) {
		return "";
	}
	const parts = [session.circuit, session.location !== session.circuit ? session.location : null, session.country, session.year];
	const status = session.status && session.status !== "unknown" ? session.status : null;
	return [...parts, status].filter(Boolean).join(" · ");
}

function lap(state, session) {
	if (session?.part) {
		return `Q${session.part}`;
	}
	return state?.lap == null ? DASH : `${state.lap} / ${state.total_laps ?? "?"}`;
}

// What was left when the clock was told, less what the race has lived since: right at every replay speed.
function remaining(model) {
	const c = model.state?.clock;
	if (c?.remaining_ms == null) {
		return null;
	}
	if (!c.running || !c.at || !model.time) {
		return c.remaining_ms;
	}
	return c.remaining_ms - Math.max(0, Date.parse(model.time) - Date.parse(c.at));
}

function weather(w) {
	if (!w) {
		return DASH;
	}
	const trend = w.track_trend_c > 1 ? " ↑" : w.track_trend_c < -1 ? " ↓" : "";
	return [
		w.rain != null && (w.rain ? "Rain" : "Dry"),
		w.track_temp_c != null && `track ${w.track_temp_c.toFixed(0)}°${trend}`,
		w.air_temp_c != null && `air ${w.air_temp_c.toFixed(0)}°`,
		w.wind_speed_mps != null && `wind\u00a0${w.wind_speed_mps.toFixed(1)}\u00a0m/s`,
	].filter(Boolean).join(" · ") || DASH;
}

export function drawHeader(model) {
	const status = model.state?.track?.status ?? "unknown";
	write("session-title", title(model.session));
	write("session-place", place(model.session));
	write("lap", lap(model.state, model.session));
	setText(el("lap").previousElementSibling, model.session?.part ? "Part" : "Lap");
	write("clock", clock(remaining(model)));
	write("weather", weather(model.state?.weather));
	write("track-status", TRACK[status] ?? TRACK.unknown);
	el("track-status").dataset.status = status;
	el("simulated").hidden = !model.simulated;
	document.title = model.session ? `${model.simulated ? "[SIMULATED] " : ""}${title(model.session)} · f1pd` : "f1pd";
}

function judge({ link, health, model }, staleMs) {
	if (link.name === "lost") {
		const s = Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1000));
		return ["lost", s > 0 ? `Reconnecting in ${s} s` : "Reconnecting"];
	}
	if (link.name !== "open") {
		return ["connecting", "Connecting"];
	}
	if (health?.paused) {
		return ["paused", "Paused"];
	}
	if (health?.source_ended) {
		return ["ended", "Ended"];
	}
	if (health?.live?.mode === "idle") {
		return ["idle", health.live.session ? "Between sessions" : "No session known"]; // silence is in order
	}
	if (health && !isKnown(model.session) && !health.live?.stale) {
		return ["idle", "No session known"];
	}
	if (health?.live?.stale || (staleMs != null && staleMs > 30000)) {
		return ["stale", "No new data"];
	}
	const speed = health && health.speed !== 1 ? (health.speed > 0 ? ` ×${health.speed}` : " ×max") : "";
	return ["live", `Live${speed}`];
}

export function drawConnection(view) {
	const { health, healthAt, heardAt } = view;
	const box = el("connection");
	let ms = heardAt ? Date.now() - heardAt : null;
	if (health?.data_age_ms != null) {
		const byHealth = health.data_age_ms + Date.now() - healthAt;
		ms = ms == null ? byHealth : Math.min(ms, byHealth);
	}
	const [name, text] = judge(view, ms);
	box.dataset.state = name;
	setText(box.querySelector(".state"), text);
	// What came last may be weather, or word of the loss: no measure of a state whose timing is silent.
	const untold = ms == null || name === "ended" || name === "idle" || health?.live?.stale;
	setText(box.querySelector(".age"), untold ? "" : `data ${age(ms)} old`);
}

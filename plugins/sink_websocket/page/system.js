// system.js - the machine behind it: sources, freshness, gaps, plugins, how long things take, who listens.

import { DASH, HOUR, age, el, setText, showItems, write } from "./format.js";
import { fillFacts, makeCells } from "./parts.js";
import { condition, level, sourceName } from "./sources.js";

const GAPS = 30;
const number = (v) => (v == null ? DASH : v.toLocaleString("en"));

function rows(id, list, n, texts) {
	showItems(id, list, makeCells(n), (tr, item) => texts(item).forEach((text, i) => setText(tr.cells[i], text)));
}

function drawHealth(h) {
	const facts = [
		["Condition", h ? h.status + (h.reason ? `: ${h.reason}` : "") : "no answer"],
		["Runs for", age(h?.uptime_ms) || DASH],
		["Newest event", number(h?.seq)],
		["Clock", h ? (h.paused ? "paused" : h.speed > 0 ? `×${h.speed}` : "as fast as it goes") : DASH],
		["Viewers", number(h?.clients)],
		["Plugins in quarantine", number(h?.quarantined)],
	];
	fillFacts(el("system-facts"), facts);
}

export function drawSystem({ health, healthAt }) {
	const live = health?.live;
	drawHealth(health);
	write("system-sources-empty", live ? "No source of data runs" : "No answer yet");
	rows("system-sources", live?.sources ?? [], 5, (s) =>
		[sourceName(s.name), condition(s, Date.now() - healthAt), s.active?.join(", ").replaceAll("_", " ") || "stands by", number(s.events), s.link_text ?? s.reason ?? ""]);
	[...el("system-sources").tBodies[0].rows].forEach((tr, i) => {
		tr.dataset.level = level(live.sources[i]);
	});
	rows("system-kinds", Object.entries(live?.origins ?? {}), 4, ([kind, o]) =>
		[kind.replaceAll("_", " "), sourceName(o.source ?? DASH), age(o.age_ms) || DASH, o.stale ? "stale" : "fresh"]);
}

const when = (text) => (text ? new Date(text).toLocaleTimeString(undefined, { ...HOUR, second: "2-digit" }) : "still");

export function drawGaps(answer) {
	const lines = (answer.gaps ?? []).slice(-GAPS).reverse();
	rows("system-gaps", lines, 5, (g) => [g.kind.replaceAll("_", " "), `${when(g.from)} to ${when(g.to)}`, g.source ?? DASH,
		`${g.how.replaceAll("_", " ")}${g.filled_by_name ? ` (${g.filled_by_name})` : ""}`, g.text ?? ""]);
	write("system-gaps-sum", `${number(answer.total)} in all, ${number(answer.open)} open or lost`);
}

// {name: [{labels, value}]} of the text that Prometheus reads; only what is asked for.
function readMetrics(text, names) {
	const found = Object.fromEntries(names.map((name) => [name, []]));
	for (const line of text.split("\n")) {
		const m = /^([a-z0-9_]+)(?:\{(.*)\})? ([^ ]+)$/.exec(line);
		if (m && found[m[1]]) {
			found[m[1]].push({ labels: Object.fromEntries([...(m[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map((l) => [l[1], l[2]])), value: Number(m[3]) });
		}
	}
	return found;
}

function millis(s) {
	return !Number.isFinite(s) ? DASH : s < 0.001 ? `${(s * 1e6).toFixed(0)} µs` : s < 1 ? `${(s * 1000).toFixed(1)} ms` : `${s.toFixed(1)} s`;
}

function p99(buckets) {
	const all = buckets.find((b) => b.labels.le === "+Inf")?.value ?? 0;
	return all > 0 ? Number(buckets.find((b) => b.value >= 0.99 * all)?.labels.le ?? NaN) : NaN;
}

export function drawMetrics(text) {
	const call = "f1pd_plugin_call_seconds";
	const m = readMetrics(text, [`${call}_sum`, `${call}_count`, `${call}_bucket`, "f1pd_forecast_seconds_bucket", "f1pd_loop_block_seconds_bucket",
		"f1pd_plugin_restarts_total", "f1pd_ws_dropped_total"]);
	const of = (list, instance) => list.filter((x) => x.labels.instance === instance);
	rows("system-plugins", m[`${call}_count`], 5, ({ labels, value }) => [labels.instance, number(value),
		millis(of(m[`${call}_sum`], labels.instance)[0]?.value / value), millis(p99(of(m[`${call}_bucket`], labels.instance))).replace(/^(?=\d)/, "≤ "),
		number(of(m.f1pd_plugin_restarts_total, labels.instance)[0]?.value ?? null)]);
	const dropped = m.f1pd_ws_dropped_total.reduce((sum, x) => sum + x.value, 0);
	write("system-latency", `99 of 100 forecasts took at most ${millis(p99(m.f1pd_forecast_seconds_bucket))}, turns of the loop ${millis(p99(m.f1pd_loop_block_seconds_bucket))}; slow viewers dropped: ${number(dropped)}`);
}

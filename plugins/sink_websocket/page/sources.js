// sources.js - where the data comes from and how fresh it is; and, when no session runs, which is next.

import { HOUR, age, dayTime, el, fillList, make, setText, write } from "./format.js";

const NAMES = { livetiming: "Live timing", openf1: "OpenF1", weather: "Weather", ergast: "Results", archive: "Archive", simulator: "Simulation", replay: "Recording" };

export function sourceName(instance) {
	const short = instance.replace(/^source-/, "");
	return NAMES[short] ?? short;
}

function silentServers(live) {
	return (live?.servers ?? []).filter((s) => s.breaker !== "closed" && s.last_error).map((s) => s.server);
}

// A source that is meant to be closed asks nobody: its last failure is no news.
function isUnanswered(source) {
	return source.state === "running" && source.no_answer_ms != null && source.link !== "closed";
}

// "0.4 s", "lost", "no answer since 14:05": what a person wants to know of one source.
export function condition(source, elapsedMs) {
	if (source.state !== "running") {
		return source.state;
	}
	if (["connecting", "down", "refused"].includes(source.link)) {
		return source.link === "down" ? "lost" : source.link;
	}
	if (isUnanswered(source)) {
		const since = new Date(Date.now() - elapsedMs - source.no_answer_ms);
		return `no answer since ${since.toLocaleTimeString(undefined, HOUR)}`;
	}
	if (source.age_ms == null) {
		return source.link === "closed" ? "closed" : source.link ? "no data yet" : "on";
	}
	return age(source.age_ms + elapsedMs);
}

export function level(source) {
	if (source.state !== "running" || source.link === "down" || source.link === "refused" || isUnanswered(source)) {
		return "bad";
	}
	return source.alive ? "good" : "idle";
}

function describe(source) {
	const kinds = source.active?.length ? `gives ${source.active.join(", ")}` : "stands by";
	return [kinds, source.link_text, source.reason].filter(Boolean).join("; ");
}

export function drawSources({ health, healthAt }) {
	const list = el("sources");
	const sources = health?.live?.sources ?? [];
	const elapsed = Date.now() - healthAt;
	list.hidden = sources.length === 0;
	fillList(list, sources, () => make("li"), (item, source) => {
		setText(item, `${sourceName(source.name)} ${condition(source, elapsed)}`);
		item.dataset.level = level(source);
		item.title = describe(source);
	});
	const gaps = health?.live?.gaps_open ?? 0;
	write("gaps", gaps > 0 ? `${gaps} gap${gaps > 1 ? "s" : ""} in the data` : "");
}

// The viewer's own time zone: that is when the telly has to be on.
export function drawNext({ health, healthAt }) {
	const live = health?.live;
	const next = live?.session;
	const waits = live?.mode === "idle" || live?.mode === "before";
	const silent = silentServers(live);
	const lost = waits && !next && silent.length > 0;
	const none = live?.sources?.length === 0;
	el("next").hidden = !none && !lost && !(waits && next?.start);
	if (el("next").hidden) {
		return;
	}
	if (none || lost) {
		write("next", none ? "No source of data runs: enable one in conf.d, then reload f1pd."
			: `No calendar yet: no answer from ${silent.join(", ")}. It is tried again by itself.`);
		return;
	}
	const start = new Date(next.start);
	const now = Date.parse(live.now) + Date.now() - healthAt;
	const stale = live.calendar_stale ? " (old calendar)" : "";
	write("next", `Next: ${next.meeting} · ${next.name}, ${dayTime(start)}, in ${age(Math.max(0, start - now))}${stale}`);
}

// weekend.js - the calendar in the viewer's own time and in that of the circuit, and the weather to come.

import { DASH, HOUR, age, dayTime, fillList, known, make, setText, showItems, write } from "./format.js";
import { headCell, makeCells } from "./parts.js";

const MEETINGS = 4; // this one, or the next, and those behind it
const STEPS = 16;

function atCircuit(start, offset_s) {
	return offset_s == null ? DASH : new Date(start + offset_s * 1000).toLocaleTimeString(undefined, { ...HOUR, timeZone: "UTC" });
}

function stateOf(session, start, end, now) {
	if (session.cancelled) {
		return "cancelled";
	}
	if (end != null && now > end) {
		return "over";
	}
	return now >= start ? "now" : `in ${age(start - now)}`;
}

function meetings(sessions, now) {
	const found = new Map();
	for (const s of sessions) {
		const key = `${s.year}/${s.round}`;
		found.set(key, [...(found.get(key) ?? []), s]);
	}
	const ordered = [...found.values()].map((list) => list.filter((s) => s.start).sort((a, b) => Date.parse(a.start) - Date.parse(b.start)))
		.filter((list) => list.length > 0).sort((a, b) => Date.parse(a[0].start) - Date.parse(b[0].start));
	return ordered.filter((list) => Date.parse(list.at(-1).end ?? list.at(-1).start) >= now).slice(0, MEETINGS);
}

function makeMeeting() {
	const li = make("li");
	make("h3", "", li);
	const table = make("table", "", li);
	const row = make("tr", "", make("thead", "", table));
	["Session", "Your time", "At the circuit", ""].forEach((title) => headCell(row, title));
	make("tbody", "", table);
	return li;
}

function fillMeeting(li, list, now) {
	const [first] = list;
	const where = [first.circuit, first.location, first.country].filter(Boolean);
	setText(li.firstChild, `${first.meeting ?? `Round ${first.round}`}${where.length ? ` · ${[...new Set(where)].join(", ")}` : ""}`);
	fillList(li.lastChild.tBodies[0], list, makeCells(4), (tr, s) => {
		const start = Date.parse(s.start);
		const state = stateOf(s, start, s.end ? Date.parse(s.end) : null, now);
		tr.dataset.state = state;
		setText(tr.cells[0], s.name ?? s.type ?? DASH);
		setText(tr.cells[1], dayTime(start));
		setText(tr.cells[2], atCircuit(start, s.gmt_offset_s));
		setText(tr.cells[3], state);
	});
}

export function drawSchedule(answer) {
	const now = answer.now ? Date.parse(answer.now) : Date.now();
	const list = meetings(answer.sessions ?? [], now);
	showItems("meetings", list, makeMeeting, (li, sessions) => fillMeeting(li, sessions, now), answer.sessions?.length ? "Nothing more is planned in the calendar"
		: "No calendar is known: the live sources give it");
	const of = answer.calendar ? `From ${answer.calendar}${answer.calendar_fetched ? `, fetched ${dayTime(answer.calendar_fetched)}` : ""}` : "";
	write("calendar-of", [of, answer.calendar_stale ? "old: no calendar answers now" : "", answer.moved ? "a start was moved" : ""].filter(Boolean).join(" · "));
}

function makeStep() {
	const tr = make("tr");
	make("th", "", tr).scope = "row";
	const rain = make("td", "rain", tr);
	make("i", "", make("span", "meter", rain));
	make("span", "p", rain);
	["", "", ""].forEach(() => make("td", "num", tr));
	return tr;
}

const withUnit = (value, digits, unit) => known(value, digits) + (value == null ? "" : unit);

export function drawOutlook(model) {
	const o = model.state?.outlook;
	const steps = (o?.steps ?? []).filter((s) => !model.time || Date.parse(s.end) >= Date.parse(model.time)).slice(0, STEPS);
	showItems("outlook", steps, makeStep, (tr, s) => {
		const [until, rain, mm, air, wind] = tr.children;
		setText(until, `until ${new Date(s.end).toLocaleTimeString(undefined, HOUR)}`);
		rain.firstChild.firstChild.style.width = `${s.rain_probability_pct ?? 0}%`;
		setText(rain.lastChild, withUnit(s.rain_probability_pct, 0, " %"));
		setText(mm, withUnit(s.rain_mm, 1, " mm"));
		setText(air, withUnit(s.air_temp_c, 0, "°"));
		setText(wind, withUnit(s.wind_speed_mps, 1, " m/s"));
	});
	write("outlook-of", o ? `From ${o.provider ?? "an unnamed service"}; a forecast, not a measurement` : "");
}

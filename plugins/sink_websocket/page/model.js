// model.js - the race as the page knows it: a snapshot, then changes. Everything in it is bounded.

const MAX_MESSAGES = 50;
const MAX_LAPS = 130;

export function createModel() {
	return {
		session: null,
		state: null, // without cars and race_control
		cars: new Map(), // number -> car
		order: [],
		messages: [], // newest first
		forecast: null,
		history: new Map(), // lap -> Map(car -> chance to win)
		insights: null,
		positions: null, // {cars, at}
		chosen: null, // number of the car that the viewer wants to know more of
		time: null,
		simulated: false,
	};
}

function addMessage(model, message) {
	const key = `${message.index}|${message.utc}|${message.text}`;
	if (model.messages.some((m) => m.key === key)) {
		return;
	}
	model.messages.unshift({ ...message, key });
	model.messages.length = Math.min(model.messages.length, MAX_MESSAGES);
}

function addHistory(model, lap, wins) {
	if (lap == null) {
		return;
	}
	model.history.set(lap, new Map(wins));
	if (model.history.size > MAX_LAPS) {
		model.history.delete(Math.min(...model.history.keys()));
	}
}

function withCars(told) {
	return told ? { ...told, byCar: new Map((told.cars ?? []).map((c) => [c.number, c])) } : null;
}

function setForecast(model, forecast) {
	model.forecast = withCars(forecast);
	if (forecast) {
		addHistory(model, forecast.lap, forecast.cars.map((c) => [c.number, c.win]));
	}
}

function mergeCars(model, cars) {
	for (const change of cars) {
		model.cars.set(change.number, { ...model.cars.get(change.number), ...change });
	}
}

function setOrder(model, order) {
	model.order = order;
	const shown = new Set(order);
	for (const number of model.cars.keys()) {
		if (!shown.has(number)) {
			model.cars.delete(number);
		}
	}
}

function applySnapshot(model, m) {
	model.session = m.session;
	model.positions = null;
	model.cars.clear();
	model.order = [];
	model.messages = [];
	model.history.clear();
	model.state = null;
	model.insights = withCars(m.insights);
	if (m.state) {
		const { cars, race_control: messages, ...rest } = m.state;
		model.state = rest;
		mergeCars(model, cars);
		setOrder(model, rest.order);
		messages.forEach((message) => addMessage(model, message));
	}
	for (const { lap, win } of m.forecast_history) {
		addHistory(model, lap, win);
	}
	setForecast(model, m.forecast);
}

function applyChanges(model, changes) {
	const { cars = [], order, ...rest } = changes;
	model.state = { ...model.state, ...rest };
	mergeCars(model, cars);
	if (order) {
		setOrder(model, order);
	}
	if (rest.session) {
		model.session = rest.session;
	}
}

export function applyMessage(model, m) {
	const changes = apply(model, m);
	model.insights = isOver(model) ? null : model.insights;
	return changes;
}

function apply(model, m) {
	model.time = m.time ?? model.time;
	model.simulated = m.simulated ?? model.simulated;
	switch (m.type) {
	case "snapshot":
		applySnapshot(model, m);
		return ["session", "state", "forecast", "messages", "insights"];
	case "state":
		applyChanges(model, m.state);
		return m.state.session ? ["session", "state"] : ["state"];
	case "forecast":
		setForecast(model, m.forecast);
		return ["forecast"];
	case "race_control":
		addMessage(model, m.message);
		return ["messages"];
	case "insights":
		model.insights = withCars(m.insights);
		return ["insights"];
	case "positions":
		model.positions = { ...m.positions, at: Date.now() };
		return ["positions"];
	case "session":
		model.session = m.session;
		return ["session"];
	default: // a kind that a newer server knows
		return [];
	}
}

export function codeOf(model, number) {
	return model.cars.get(number)?.code ?? String(number);
}

export function inOrder(model) {
	return model.order.map((number) => model.cars.get(number)).filter(Boolean);
}

export function isRace(model) {
	return !model.session || ["race", "sprint", "unknown"].includes(model.session.type);
}

export function isOver(model) {
	return ["finished", "finalised", "ends"].includes(model.session?.status);
}

// Why there is nothing to show of a race to come or running.
export function whyNone(model, unknown) {
	return !isRace(model) ? "Only in a race" : isOver(model) ? "The race is over" : unknown;
}

export function isQualifying(model) {
	return model.session?.type?.includes("qualifying") === true;
}

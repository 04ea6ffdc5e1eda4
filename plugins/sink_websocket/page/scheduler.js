// scheduler.js - draws what changed, once per animation frame and no part oftener than it wants; what is not shown waits until it is.

// parts: {name: {on: [what of the model], everyMs}}; draw(part); isShown(name).
export function createScheduler(parts, draw, isShown) {
	const dirty = new Set();
	const drawnAt = new Map();
	let asked = false;

	function ask() {
		if (!asked) {
			asked = true;
			requestAnimationFrame(frame);
		}
	}

	function frame(now) {
		let wait = Infinity;
		asked = false;
		for (const name of [...dirty]) {
			const left = (drawnAt.get(name) ?? -Infinity) + (parts[name].everyMs ?? 0) - now;
			if (!isShown(name)) {
				continue;
			}
			if (left > 0) {
				wait = Math.min(wait, left);
				continue;
			}
			dirty.delete(name);
			drawnAt.set(name, now);
			draw(parts[name]);
		}
		if (wait < Infinity) {
			setTimeout(ask, wait);
		}
	}

	return {
		mark(changes) {
			for (const [name, part] of Object.entries(parts)) {
				if (part.on.some((what) => changes.includes(what))) {
					dirty.add(name);
				}
			}
			ask();
		},
		markAll() {
			Object.keys(parts).forEach((name) => dirty.add(name));
			drawnAt.clear();
			ask();
		},
	};
}

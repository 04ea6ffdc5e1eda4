// delay.js - how far behind a TV is: plain arithmetic on when something was seen here and there. Times are the page's, in ms.

export const MAX_S = 600;

// When the page would have shown a moment of the race, had it not been cut off; learnt from what came in time.
export function createClock() {
	return { race: null, page: 0 };
}

export function hear(clock, race, now) {
	Object.assign(clock, { race, page: now });
}

export function dueAt(clock, race, now, speed) {
	return clock.race === null ? now : Math.min(now, clock.page + (race - clock.race) / speed);
}

// How far behind the page has to be, in s, to show at `seen` what it showed at mark.at; below 0: the TV is ahead of the data.
export function delayFor(mark, seen, speed) {
	return mark.behind_s + (seen - mark.at) / 1000 * speed;
}

// Of several moments that came at once: the last that was before the TV.
export function delayOf(marks, seen, speed) {
	const all = marks.map((mark) => delayFor(mark, seen, speed));
	const can = all.filter((s) => s >= 0);
	return can.length ? Math.min(...can) : Math.max(...all);
}

export function settle(s) {
	const delay = Math.round(s * 10) / 10;
	return delay > MAX_S ? { why: `That is more than ${MAX_S} s ago: take something newer.` }
		: delay < 0 ? { delay: 0, why: `The TV is ${-delay} s ahead of the data: nothing can be shown earlier.` } : { delay: delay + 0 };
}

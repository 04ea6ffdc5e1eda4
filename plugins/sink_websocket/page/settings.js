// settings.js - what the viewer chose, kept in this browser. Without storage (private windows) it lasts as long as the page.

const KEY = "f1pd.settings";
const MAX_FAVOURITES = 30;
const DEFAULTS = {
	theme: "dark", // dark, light, auto
	palette: "standard", // standard, safe (blue and orange in place of green and red)
	sound: false,
	favourites: [], // car numbers
	viewer: false, // the server keeps a delay for this browser
	rules: false, // the server watches rules
	token: "", // where the server asks for one
};
const listeners = [];

function kept() {
	try {
		return JSON.parse(localStorage.getItem(KEY)) ?? {};
	} catch {
		return {};
	}
}

// What was kept may be of another version, or of anybody's making: only known keys of the same kind are taken.
function checked(found) {
	const out = { ...DEFAULTS };
	for (const key of Object.keys(DEFAULTS)) {
		if (typeof found[key] === typeof DEFAULTS[key] && found[key] !== null) {
			out[key] = found[key];
		}
	}
	out.favourites = Array.isArray(out.favourites) ? out.favourites.filter(Number.isInteger).slice(0, MAX_FAVOURITES) : [];
	return out;
}

export const settings = checked(kept());

export function change(values) {
	Object.assign(settings, values);
	try {
		localStorage.setItem(KEY, JSON.stringify(settings));
	} catch {
		// it lasts as long as the page
	}
	listeners.forEach((tell) => tell(Object.keys(values)));
}

export function onChange(tell) {
	listeners.push(tell);
}

export function isFavourite(number) {
	return settings.favourites.includes(number);
}

export function toggleFavourite(number) {
	const others = settings.favourites.filter((n) => n !== number);
	change({ favourites: others.length < settings.favourites.length ? others : [...others, number].slice(-MAX_FAVOURITES) });
}

// tyres.js - compounds: letter, name, and a badge that needs no colour to be read.

import { make, setText, setTitle } from "./format.js";

const TYRES = { soft: "S", medium: "M", hard: "H", intermediate: "I", wet: "W", hypersoft: "HS", ultrasoft: "US", supersoft: "SS",
	superhard: "SH" };

function tyreName(compound, isNew) {
	return TYRES[compound] ? `${compound}${isNew === false ? ", used" : ""}` : "tyre unknown";
}

export function makeTyre(parent) {
	return make("span", "compound", parent);
}

export function drawTyre(badge, compound, isNew) {
	badge.dataset.compound = compound ?? "unknown";
	setTitle(badge, tyreName(compound, isNew));
	setText(badge, TYRES[compound] ?? "?");
}

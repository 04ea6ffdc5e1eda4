// views.js - which part of the page is shown: the one that the address names behind its #, the race without one.

const VIEWS = ["race", "accuracy"];

function show() {
	const name = VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "race";
	VIEWS.forEach((view) => {
		document.getElementById(`view-${view}`).hidden = view !== name;
	});
	document.querySelectorAll("#views a").forEach((link) => {
		if (link.hash === `#${name}`) {
			link.setAttribute("aria-current", "page");
		} else {
			link.removeAttribute("aria-current");
		}
	});
}

export function startViews() {
	addEventListener("hashchange", show);
	show();
}

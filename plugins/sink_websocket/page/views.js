// views.js - which part of the page is shown: the one that the address names behind its #, the race without one.

const VIEWS = [...document.querySelectorAll("main[id^=view-]")].map((main) => main.id.slice("view-".length));
let current = "race";

// Some parts belong to several views: they are moved into the place that the shown one has for them.
function fillSlots(main) {
	main.querySelectorAll("[data-slot]").forEach((slot) => {
		const part = document.querySelector(`[data-part="${slot.dataset.slot}"]`);
		if (part.parentElement !== slot) {
			slot.append(part);
		}
	});
}

function show() {
	current = VIEWS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "race";
	VIEWS.forEach((view) => {
		document.getElementById(`view-${view}`).hidden = view !== current;
	});
	fillSlots(document.getElementById(`view-${current}`));
	document.querySelectorAll("#views a").forEach((link) => {
		link.ariaCurrent = link.hash === `#${current}` ? "page" : null;
	});
}

// Every section has the name that its heading says; what scrolls by itself has it too, and can be scrolled by keyboard.
function nameSections() {
	document.querySelectorAll("section").forEach((section, i) => {
		const heading = section.querySelector("h2");
		heading.id ||= `section-${i}`;
		section.setAttribute("aria-labelledby", heading.id);
		section.querySelectorAll(".scroll, [tabindex]").forEach((box) => {
			box.tabIndex = 0;
			if (!box.matches("ol")) {
				box.role = "region";
			}
			box.setAttribute("aria-labelledby", heading.id);
		});
	});
}

export function currentView() {
	return current;
}

export function startViews(shown) {
	addEventListener("hashchange", () => {
		show();
		shown();
	});
	nameSections();
	show();
}

/* A link to what lies in a closed part opens it, where the browser does not by itself. */
"use strict";
function openTarget() {
	let at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
	const target = at;

	for (; at; at = at.parentElement)
		if (at.tagName === "DETAILS")
			at.open = true;
	if (target)
		target.scrollIntoView({ block: "nearest" });
}
addEventListener("hashchange", openTarget);
addEventListener("DOMContentLoaded", openTarget);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => (part.open = true)));

/* Buttons that show some of the matrix's rows; without scripts all are there. */
"use strict";
addEventListener("DOMContentLoaded", () => {
	const bar = document.querySelector(".filters");
	const rows = [...document.querySelectorAll(".observed tr[data-is]")];

	function show(button) {
		const kind = button.dataset.kind;
		let count = 0;

		for (const row of rows) {
			row.hidden = kind ? !row.dataset.is.split(" ").includes(kind) : false;
			count += !row.hidden;
		}
		for (const head of document.querySelectorAll(".observed tbody[data-list]"))
			head.hidden = !head.querySelector("tr[data-is]:not([hidden])");
		for (const other of bar.querySelectorAll("button"))
			other.setAttribute("aria-pressed", String(other === button));
		bar.querySelector("output").textContent = `${count} of ${rows.length} rows`;
	}
	for (const button of bar.querySelectorAll("button"))
		button.addEventListener("click", () => show(button));
	bar.hidden = false;
	show(bar.querySelector("button"));
});

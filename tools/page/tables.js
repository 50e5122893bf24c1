"use strict";
/*
 * The head of the page and the figures: who had the processor, exits, calls, faults, processes.
 */

/*
 * A table whose columns sort it. columns: [heading, key, kind], of a kind "text", "number" (as it
 * is), "ticks" or "portion": a share in a bar, as part of `whole`. A row may have
 * `details`, rows that belong beneath it.
 */
function sortable(trace, caption, columns, rows, options = {}) {
	const body = make("tbody"), heads = [];
	let sorted = options.sorted || null, falling = true;
	const compare = (a, b) => {
		const one = a[sorted], other = b[sorted];
		const order = typeof one === "number" ? one - other
			: String(one).localeCompare(String(other), "en", { numeric: true });
		return falling ? -order : order;
	};
	const draw = () => {
		const order = sorted ? rows.slice().sort(compare) : rows;
		fill(body, order.flatMap((row) => drawRow(trace, columns, row, options)));
		heads.forEach(([head, key]) => head.setAttribute("aria-sort",
			key !== sorted ? "none" : falling ? "descending" : "ascending"));
	};
	const head = make("tr", {}, columns.map(([heading, key, kind]) => {
		const cell = make("th", { scope: "col", class: kind }, make("button", {
			type: "button", onclick: () => {
				falling = sorted === key ? !falling : kind !== "text";
				sorted = key;
				draw();
			},
		}, heading));
		heads.push([cell, key]);
		return cell;
	}));
	draw();
	return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
		make("table", { class: "figures" }, make("caption", {}, caption), make("thead", {}, head), body));
}

function drawCell(trace, [, key, kind], row, whole) {
	const value = row[key];
	if (kind === "ticks") return make("td", { class: kind }, showNumber(trace, value));
	if (kind === "number") return make("td", { class: kind }, grouped(value));
	if (kind !== "portion") return make("td", { class: kind + (kind === "code" ? " text" : "") }, value);
	const bar = make("i", { class: "swatch " + (row.colour || "kernel") });
	bar.style.width = (whole ? (100 * value) / whole : 0).toFixed(2) + "%";
	return make("td", { class: kind }, make("span", { class: "meter", "aria-hidden": "true" }, bar),
		showShare(value, whole));
}

function drawRow(trace, columns, row, options) {
	const cells = columns.map((column) => drawCell(trace, column, row, options.whole));
	const line = make("tr", {}, cells), details = row.details || [];
	if (row.search) {
		const text = cells[0].textContent;
		fill(cells[0], make("button", { type: "button", class: "find", title: "Find these in the lanes",
			onclick: () => ringscope.find(row.search) }, text));
	}
	if (!details.length) {
		if (row.unfolds) cells[0].classList.add("folded");
		return [line];
	}
	const beneath = details.map((one) => make("tr", { class: "detail" },
		columns.map((column) => drawCell(trace, column, { ...one, colour: row.colour }, options.whole))));
	const fold = (open) => beneath.forEach((one) => (one.hidden = !open));
	const button = make("button", { type: "button", class: "unfold", "aria-expanded": "false",
		"aria-label": "Details of " + row.name, onclick: () => {
			const open = button.getAttribute("aria-expanded") !== "true";
			button.setAttribute("aria-expanded", String(open));
			fold(open);
		} }, "▸");
	cells[0].prepend(button);
	fold(false);
	return [line, ...beneath];
}

function section(id, title, ...children) {
	return make("section", { id, "aria-labelledby": id + "-title" },
		make("h2", { id: id + "-title" }, title), children);
}
function empty(text) {
	return make("p", { class: "empty" }, text);
}
function note(...children) {
	return make("p", { class: "quiet" }, children);
}
/* "1 exit", "2 exits". */
function counted(count, what) {
	return grouped(count) + " " + what + (count === 1 ? "" : "s");
}
function sum(rows, key) {
	return rows.reduce((all, row) => all + row[key], 0);
}

/* A table as it is: headings, and rows of cells. */
function plainTable(name, heads, rows, kind = "") {
	return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
		make("table", { class: "figures " + kind },
			make("thead", {}, make("tr", {}, heads.map((text) => make("th", { scope: "col" }, text)))),
			make("tbody", {}, rows)));
}

/* Rows of the tally with what the columns want beside. */
function withAverage(rows, more) {
	return rows.map((row) => ({
		...row, average: row.count ? row.total / row.count : 0, share: row.total, ...more(row),
	}));
}

/* The columns that tell how long things took. */
function spans(unit, ...beside) {
	return [["share of " + unit, "share", "portion"], ...beside, ["average", "average", "ticks"],
		["min", "min", "ticks"], ["max", "max", "ticks"], [unit, "total", "ticks"]];
}

const WITNESSES = { guest: "ring 0", hv: "ring −1", both: "ring 0 and ring −1" };

function drawHead(trace) {
	const { summary } = trace, { result, lost } = summary;
	const losses = lost.reduce((all, one) => all + one, 0);
	const ended = !result ? "not recorded" : result.exited ? "exit status " + result.status : result.why;
	const facts = [["Result", ended], ["Unit", summary.unit_text], ["Run", showSpan(trace, trace.end)],
		["Events", grouped(trace.events)], ["Lost", grouped(losses)],
		["Witnesses", WITNESSES[summary.observe] || "ring 0"]];
	document.title = "Ringscope: " + summary.command;
	fill(document.getElementById("command"), summary.command);
	fill(document.getElementById("machine"), "on " + summary.engine +
		(summary.bare ? " without ring −1" : "") + ", " + (summary.processor || "an unnamed processor"));
	fill(document.getElementById("facts"), facts.map(([name, text]) =>
		make("div", {}, make("dt", {}, name), make("dd", {}, text))));
	fill(document.getElementById("alerts"),
		alertsOf(summary, losses).map((text) => make("p", { class: "alert" }, text)));
	fill(document.getElementById("footer"),
		"Written by ringscope report. This file is all there is: it asks no network for anything.");
}

/* What a reader has to know before anything else. */
function alertsOf({ result, lost, verify }, losses) {
	const alerts = [];
	if (losses)
		alerts.push("Events were lost: " +
			lost.map((count, lane) => TIER_NAMES[lane] + " " + grouped(count)).join(", ") +
			". What is drawn where they are missing is incomplete.");
	if (result && !result.closed) alerts.push("The run ended before the machine closed its trace.");
	if (result && result.message) alerts.push(result.message);
	if (verify.findings)
		alerts.push("verify has " + counted(verify.findings, "finding") + ": see “Does it add up?”.");
	return alerts;
}

/* Whether it can be told who had the processor. */
function knowsTiers(trace) {
	const { recorded, bare } = trace.summary;
	return recorded.user && (recorded.exits || bare);
}

/* [class, name, ticks, whether it counts as work] */
function tierParts({ tiers, starting, waiting, bare }) {
	const guest = [["user", "ring 3, programs", tiers[USER], true],
		["kernel", "ring 0, guest kernel", tiers[KERNEL], true]];
	if (bare) return guest;
	return [...guest, ["hypervisor", "ring −1, VM exits", tiers[HYPERVISOR] - starting - waiting, true],
		["waiting", "ring −1, guest in HLT", waiting, false],
		["starting", "ring −1, starting up", starting, false]];
}

function drawTiers(trace) {
	const title = "Who had the processor";
	document.getElementById("legend-unknown").hidden = knowsTiers(trace);
	if (!knowsTiers(trace))
		return section("tiers", title,
			empty("It cannot be told: not all entries and exits were recorded (run --events)."));
	const parts = tierParts(trace.summary), working = parts.filter((part) => part[3]);
	const busy = working.reduce((all, part) => all + part[2], 0);
	const bar = (some, whole) => shareBar(some.map((part) => [part[0], part[2]]),
		some.map((part) => part[1] + " " + showShare(part[2], whole)).join(", "));
	const rows = parts.map(([colour, name, ticks, works]) => make("tr", {},
		make("th", { scope: "row" }, make("i", { class: "swatch " + colour }), name),
		make("td", { class: "ticks" }, showNumber(trace, ticks)),
		make("td", { class: "number" }, showShare(ticks, trace.end)),
		make("td", { class: "number" }, works ? showShare(ticks, busy) : "–")));
	return section("tiers", title, note("Every instant belongs to exactly one."),
		make("div", { class: "bars" }, make("span", {}, "whole run"), bar(parts, trace.end),
			make("span", {}, "at work"), bar(working, busy)),
		plainTable(title, ["tier", trace.summary.unit, "of the run", "without HLT and start-up"], rows, "tiers"));
}

function drawExits(trace) {
	const { exits, bare, recorded, unit } = trace.summary, title = "VM exits";
	if (bare) return section("exits", title, empty("None: the guest kernel ran without ring −1."));
	if (!recorded.exits) return section("exits", title, empty("Not recorded (run --events)."));
	const whole = sum(exits, "total"), halts = sum(exits.filter((row) => row.name === "HLT"), "total");
	const busy = (reason, row) => (reason.name === "HLT" ? "–" : showShare(row.total, whole - halts));
	const rows = withAverage(exits, (row) => ({
		colour: row.name === "HLT" ? "waiting" : "hypervisor", search: "exit:" + row.name, unfolds: true,
		busy: busy(row, row), details: withAverage(row.details, (detail) => ({ busy: busy(row, detail) })),
	}));
	return section("exits", title, sortable(trace, "By reason; unfold for port, MSR, leaf, kind of access",
		[["reason", "name", "text"], ["exits", "count", "number"],
			...spans(unit, ["without HLT", "busy", "number-text"])],
		rows, { whole, sorted: "total" }));
}

function drawCalls(trace) {
	const { calls, recorded, unit } = trace.summary, title = "System calls";
	if (!recorded.calls)
		return section("calls", title,
			empty("Ring 0 recorded none (run --events, --observe); ring −1’s own are seen_syscall in the lanes."));
	if (!calls.length) return section("calls", title, empty("None."));
	return section("calls", title, sortable(trace, "By call; asleep or not",
		[["call", "name", "text"], ["calls", "count", "number"], ["errors", "errors", "number"], ...spans(unit)],
		withAverage(calls, (row) => ({ search: "call:" + row.name })),
		{ whole: sum(calls, "total"), sorted: "total" }));
}

function drawFaults(trace) {
	const { faults, counts, recorded, unit } = trace.summary, title = "Page faults";
	const others = note("Other exceptions: " + grouped(counts.exceptions) + ". Interrupts: " +
		grouped(counts.interrupts) + ".");
	if (!recorded.faults)
		return section("faults", title, empty("Not recorded (run --events, --observe)."), others);
	if (!faults.length) return section("faults", title, empty("None."), others);
	const rows = withAverage(faults, (row) => ({ colour: "fault", outcome: row.outcome.replaceAll("_", " ") }));
	return section("faults", title, sortable(trace, "By access and by what ring 0 did",
		[["access", "name", "text"], ["outcome", "outcome", "text"], ["faults", "count", "number"], ...spans(unit)],
		rows, { whole: sum(faults, "total"), sorted: "total" }), others);
}

function drawProcesses(trace) {
	const { processes, starting, unit } = trace.summary, title = "Processes";
	if (!knowsTiers(trace))
		return section("processes", title,
			empty("What each took cannot be told: not all entries and exits were recorded (run --events)."));
	const rows = processes.map((row) => {
		const [all, kernel, user] = row.ticks, hypervisor = Math.max(0, all - (row.pid ? 0 : starting));
		return { ...row, name: row.name || (row.pid ? "" : "(boot, idle)"), user, kernel, hypervisor,
			share: user + kernel + hypervisor, colour: "user" };
	});
	const caption = "By process, while it had the processor, in " + unit + "; ring −1’s start-up is left out";
	return section("processes", title, sortable(trace, caption,
		[["process", "pid", "number"], ["program", "name", "text"],
			["share", "share", "portion"], ["ring 3", "user", "ticks"], ["ring 0", "kernel", "ticks"],
			["ring −1", "hypervisor", "ticks"], ["calls", "calls", "number"],
			["page faults", "faults", "number"], ["exits", "exits", "number"]],
		rows.map((row) => (row.pid ? { ...row, search: "process:" + row.pid } : row)),
		{ whole: sum(rows, "share"), sorted: "share" }));
}

function drawTables(trace) {
	drawHead(trace);
	fill(document.getElementById("tables"), [drawTiers, drawExits, drawCalls, drawFaults, drawProcesses,
		drawMap, drawNegotiation, drawVerify].map((draw) => draw(trace)));
}

"use strict";
/*
 * Everything beside the lanes: the head of the page, the figures, the memory, what the processor
 * granted, and whether the trace adds up.
 */

/*
 * A table whose columns sort it. columns: [heading, key, kind], of a kind "text", "number" (as it
 * is), "ticks" or "portion": a share in a bar, as part of `whole`. A row may have `details`, rows that belong beneath it.
 */
function sortable(trace, caption, columns, rows, options = {}) {
	const body = make("tbody"), heads = [];
	let sorted = options.sorted || null, falling = true;
	const compare = (a, b) => {
		const one = a[sorted], other = b[sorted];
		const order = typeof one === "number" ? one - other : String(one).localeCompare(String(other), "en", { numeric: true });
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
	return make("td", { class: kind }, make("span", { class: "meter", "aria-hidden": "true" }, bar), showShare(value, whole));
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
	return make("section", { id, "aria-labelledby": id + "-title" }, make("h2", { id: id + "-title" }, title), children);
}
function empty(text) {
	return make("p", { class: "empty" }, text);
}

/* Rows of the tally with what the columns want beside. */
function withAverage(rows, more) {
	return rows.map((row) => ({ ...row, average: row.count ? row.total / row.count : 0, share: row.total, ...more(row) }));
}

function unitName(trace) {
	return trace.summary.unit;
}

function drawHead(trace) {
	const { summary } = trace, { result, lost } = summary, alerts = [];
	document.title = "Ringscope: " + summary.command;
	fill(document.getElementById("command"), summary.command);
	fill(document.getElementById("machine"), "on " + summary.engine + (summary.bare ? " without ring −1" : "") + ", " +
		(summary.processor || "an unnamed processor"));
	const ended = !result ? "not recorded" : result.exited ? "exit status " + result.status : result.why;
	const losses = lost.reduce((sum, one) => sum + one, 0);
	const facts = [["Result", ended], ["Unit", summary.unit_text], ["Run", showSpan(trace, trace.end)],
		["Events", grouped(trace.events)], ["Lost", grouped(losses)], ["Witnesses", { guest: "ring 0", hv: "ring −1", both: "ring 0 and ring −1" }[summary.observe] || "ring 0"]];
	fill(document.getElementById("facts"), facts.map(([name, text]) =>
		make("div", {}, make("dt", {}, name), make("dd", {}, text))));
	if (losses)
		alerts.push("Events were lost: " + lost.map((count, lane) => TIER_NAMES[lane] + " " + grouped(count)).join(", ") +
			". What is drawn where they are missing is incomplete.");
	if (result && !result.closed) alerts.push("The run ended before the machine closed its trace.");
	if (result && result.message) alerts.push(result.message);
	if (summary.verify.findings)
		alerts.push("verify found " + grouped(summary.verify.findings) + ": see “Does it add up?”.");
	fill(document.getElementById("alerts"), alerts.map((text) => make("p", { class: "alert" }, text)));
}

/* Whether it can be told who had the processor. */
function knowsTiers(trace) {
	const { recorded, bare } = trace.summary;
	return recorded.user && (recorded.exits || bare);
}

function drawTiers(trace) {
	const { tiers, starting, waiting } = trace.summary, whole = trace.end;
	const busy = whole - starting - waiting, exits = tiers[HYPERVISOR] - starting - waiting;
	document.getElementById("legend-unknown").hidden = knowsTiers(trace);
	if (!knowsTiers(trace))
		return section("tiers", "Who had the processor", empty("It cannot be told: not all entries and exits were recorded (run --events)."));
	const parts = [["user", "ring 3, programs", tiers[USER], true], ["kernel", "ring 0, guest kernel", tiers[KERNEL], true]];
	if (!trace.summary.bare)
		parts.push(["hypervisor", "ring −1, VM exits", exits, true], ["waiting", "ring −1, guest in HLT", waiting, false],
			["starting", "ring −1, starting up", starting, false]);
	const bar = (only) => shareBar(parts.filter((part) => part[3] || !only).map((part) => [part[0], part[2]]),
		parts.map((part) => part[1] + " " + showShare(part[2], only ? busy : whole)).join(", "));
	const rows = parts.map(([colour, name, ticks, works]) => make("tr", {},
		make("th", { scope: "row" }, make("i", { class: "swatch " + colour }), name), make("td", { class: "ticks" }, showNumber(trace, ticks)),
		make("td", { class: "number" }, showShare(ticks, whole)), make("td", { class: "number" }, works ? showShare(ticks, busy) : "–")));
	return section("tiers", "Who had the processor",
		make("p", { class: "quiet" }, "Every instant belongs to exactly one."),
		make("div", { class: "bars" }, make("span", {}, "whole run"), bar(false), make("span", {}, "at work"), bar(true)),
		make("div", { class: "scroll" }, make("table", { class: "figures" },
			make("thead", {}, make("tr", {}, ["tier", unitName(trace), "of the run", "without HLT and start-up"].map((text, i) =>
				make("th", { scope: "col", class: i ? "number" : "text" }, text)))), make("tbody", {}, rows))));
}

function drawExits(trace) {
	const { exits, bare, recorded } = trace.summary, unit = unitName(trace);
	if (bare) return section("exits", "VM exits", empty("None: the guest kernel ran without ring −1."));
	if (!recorded.exits) return section("exits", "VM exits", empty("Not recorded (run --events)."));
	const whole = exits.reduce((sum, row) => sum + row.total, 0), halts = exits.find((row) => row.name === "HLT");
	const busy = (reason, row) => (reason.name === "HLT" ? "–" : showShare(row.total, whole - (halts ? halts.total : 0)));
	const rows = withAverage(exits, (row) => ({
		colour: row.name === "HLT" ? "waiting" : "hypervisor", search: "exit:" + row.name, unfolds: true,
		details: withAverage(row.details, (detail) => ({ busy: busy(row, detail) })), busy: busy(row, row),
	}));
	return section("exits", "VM exits", sortable(trace, "By reason; unfold for port, MSR, leaf, kind of access", [["reason", "name", "text"], ["exits", "count", "number"],
		["share of " + unit, "share", "portion"], ["without HLT", "busy", "number-text"], ["average", "average", "ticks"], ["min", "min", "ticks"], ["max", "max", "ticks"], [unit, "total", "ticks"]],
	rows, { whole, sorted: "total" }));
}

function drawCalls(trace) {
	const { calls, recorded } = trace.summary, unit = unitName(trace);
	if (!recorded.calls) return section("calls", "System calls", empty("Not recorded (run --events; with --observe hv ring −1's seen_syscall tells them)."));
	if (!calls.length) return section("calls", "System calls", empty("None."));
	const rows = withAverage(calls, (row) => ({ search: "call:" + row.name }));
	return section("calls", "System calls", sortable(trace, "By call; asleep or not", [["call", "name", "text"], ["calls", "count", "number"], ["errors", "errors", "number"],
		["share of " + unit, "share", "portion"], ["average", "average", "ticks"], ["min", "min", "ticks"], ["max", "max", "ticks"], [unit, "total", "ticks"]],
	rows, { whole: rows.reduce((sum, row) => sum + row.total, 0), sorted: "total" }));
}

function drawFaults(trace) {
	const { faults, counts, recorded } = trace.summary, unit = unitName(trace);
	const others = make("p", { class: "quiet" }, "Other exceptions: " + grouped(counts.exceptions) + ". Interrupts: " + grouped(counts.interrupts) + ".");
	if (!recorded.faults) return section("faults", "Page faults", empty("Not recorded (run --events)."), others);
	if (!faults.length) return section("faults", "Page faults", empty("None."), others);
	const rows = withAverage(faults, (row) => ({ colour: "fault", outcome: row.outcome.replaceAll("_", " ") }));
	return section("faults", "Page faults", sortable(trace, "By access and by what ring 0 did", [["access", "name", "text"], ["outcome", "outcome", "text"], ["faults", "count", "number"],
		["share of " + unit, "share", "portion"], ["average", "average", "ticks"], ["max", "max", "ticks"], [unit, "total", "ticks"]],
	rows, { whole: rows.reduce((sum, row) => sum + row.total, 0), sorted: "total" }), others);
}

function drawThreads(trace) {
	if (!knowsTiers(trace))
		return section("threads", "Processes", empty("What each took cannot be told: not all entries and exits were recorded (run --events)."));
	const rows = trace.summary.threads.map((row) => {
		const hypervisor = row.ticks[HYPERVISOR] - (row.pid ? 0 : trace.summary.starting);
		return { ...row, name: row.name || (row.pid ? "" : "(boot, idle)"), user: row.ticks[USER], kernel: row.ticks[KERNEL], hypervisor,
			share: row.ticks[USER] + row.ticks[KERNEL] + hypervisor, colour: "user" };
	});
	for (const row of rows) if (row.pid) row.search = "pid:" + row.pid;
	return section("threads", "Processes", sortable(trace, "By thread, while it had the processor, in " + unitName(trace) + "; ring −1’s start-up is left out", [["thread", "pid", "number"], ["process", "process", "number"], ["program", "name", "text"],
		["share", "share", "portion"], ["ring 3", "user", "ticks"], ["ring 0", "kernel", "ticks"], ["ring −1", "hypervisor", "ticks"], ["exits", "exits", "number"], ["page faults", "faults", "number"]],
	rows, { whole: rows.reduce((sum, row) => sum + row.share, 0), sorted: "share" }));
}

function showBytes(bytes) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let unit = 0;
	for (; bytes && bytes % 1024 === 0 && unit < 4; unit++) bytes /= 1024;
	return grouped(bytes) + " " + units[unit];
}

/* One letter an access: who refuses it if it is not there. */
function showRights(allowed, tables, ept, needsAc) {
	return make("code", { class: "rights" }, [..."rwx"].map((letter, i) => {
		if (allowed[i] !== "-") return make("b", needsAc && i < 2 ? { class: "ac", title: "only with RFLAGS.AC set, for SMAP" } : {}, letter);
		const who = (tables[i] !== "-" ? "t" : "") + (ept[i] !== "-" ? "e" : "");
		const text = { t: "ring 0's page tables refuse it", e: "ring −1's EPT refuses it", te: "page tables and EPT refuse it" }[who];
		return make("span", { class: "no " + who, title: text }, who === "t" ? "·" : who === "e" ? "e" : "#");
	}));
}

function drawRange(range) {
	const risky = range.writable_and_executable || range.kernel_address_open_to_ring3;
	const cells = [make("code", {}, range.address), showBytes(range.bytes), showBytes(range.page_bytes),
		make("code", {}, (range.user ? "u " : "s ") + range.access + (range.shared ? "+" : "")), range.owner,
		make("code", {}, range.guest_physical), make("code", {}, range.host_physical || "–"),
		showRights(range.ring3, range.ring3_refused_by_tables, range.refused_by_ept, false),
		showRights(range.ring0, range.ring0_refused_by_tables, range.refused_by_ept, range.ring0_needs_ac)];
	return make("tr", risky ? { class: "risky" } : {}, cells.map((cell) => make("td", {}, cell)));
}

function drawMap(trace) {
	const { map } = trace.summary;
	if (!map) return section("map", "Memory and who guards it", empty("The trace holds no complete memory map: it is recorded when the first program ends, with the event memory_range."));
	const owners = new Map(), rows = (list) => make("tbody", {}, list.map(drawRange));
	for (const range of map.ranges) {
		const name = range.pid ? "process " + range.pid + (range.program ? ", " + range.program : "") : "the kernel’s half, the same in every process";
		owners.set(name, (owners.get(name) || []).concat(range));
	}
	const heads = ["guest-virtual", "size", "pages", "tables", "owner", "guest-physical", "host-physical", "ring 3", "ring 0"];
	const tables = [...owners].map(([name, list]) => make("details", list[0].pid ? {} : { open: "" },
		make("summary", {}, name + " · " + grouped(list.length) + (list.length === 1 ? " range, " : " ranges, ") + showBytes(list.reduce((sum, one) => sum + one.bytes, 0))),
		make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, make("table", { class: "figures memory" },
			make("thead", {}, make("tr", {}, heads.map((text) => make("th", { scope: "col" }, text)))), rows(list)))));
	const ept = map.ept.map((one) => make("tr", {}, [make("code", {}, one.guest_physical), showBytes(one.bytes), showBytes(one.page_bytes),
		make("code", {}, one.access), one.memory_type, make("code", {}, one.host_physical)].map((cell) => make("td", {}, cell))));
	return section("map", "Memory and who guards it",
		make("p", { class: "quiet" }, "As it was after " + showSpan(trace, map.ticks) + ". tables: u ring 3 too, s ring 0 alone, + frames shared. ring 3, ring 0: what each can do by page tables and EPT together; refused: · by ring 0’s page tables, e by ring −1’s EPT, # by both",
			map.smap ? "; underlined: only with RFLAGS.AC set, for SMAP." : "."),
		...tables,
		ept.length ? make("details", { open: "" }, make("summary", {}, "the EPT: what ring −1 gives the guest"),
			make("div", { class: "scroll" }, make("table", { class: "figures memory" }, make("thead", {}, make("tr", {},
				["guest-physical", "size", "pages", "access", "memory type", "host-physical"].map((text) => make("th", { scope: "col" }, text)))), make("tbody", {}, ept)))) : empty(map.bare ? "Without ring −1 there is no EPT: host-physical is guest-physical." : "What the EPT maps was not recorded."));
}

function yes(value) {
	return value ? make("span", { class: "yes" }, "yes") : make("span", { class: "no" }, "no");
}

function drawNegotiation(trace) {
	const { negotiation, protections, bare } = trace.summary;
	const kernel = protections.length ? make("ul", { class: "chips", "aria-label": "Protections of ring 0" }, protections.map((one) =>
		make("li", { class: one.granted ? "on" : "off" }, one.name + (one.granted ? " on" : one.asked ? ": the processor has none" : " off"))))
		: empty("Ring 0's protections were not recorded.");
	const rows = negotiation.map((one) => ({ ...one, may: one.allowed ? "yes" : "no", on: one.granted ? "yes" : "no", where: one.in + ", MSR " + one.msr }));
	const table = rows.length ? sortable(trace, "What ring −1 asked of the processor", [["feature", "feature", "text"], ["bit", "bit", "number"], ["asked", "asked", "text"], ["may", "may", "text"],
		["on", "on", "text"], ["why", "why", "text"], ["in", "where", "text"]], rows)
		: empty(bare ? "Ring −1 did not run." : "The negotiation was not recorded.");
	return section("negotiation", "What the processor granted", make("h3", {}, "Protections of ring 0"), kernel, make("h3", {}, "VMX features"), table);
}

function drawVerify(trace) {
	const { verify } = trace.summary, { checks } = verify;
	const skipped = checks.filter((check) => check.skipped).length;
	const words = grouped(verify.packets) + " packets, " + grouped(verify.records) + " events: " + grouped(verify.findings) + (verify.findings === 1 ? " finding" : " findings") +
		(skipped ? ", " + skipped + (skipped === 1 ? " check" : " checks") + " skipped" : "");
	return section("verify", "Does it add up?", make("p", { class: verify.findings ? "alert" : "fine" }, words),
		make("ul", { class: "checks" }, checks.map((check) => {
			const state = check.skipped ? "skipped" : check.findings ? "found" : "ok";
			const kept = check.skipped ? [] : check.kept;
			return make("li", { class: state }, make("span", { class: "state" }, state === "ok" ? "ok" : state === "found" ? grouped(check.findings) + " found" : "skipped"),
				make("b", {}, check.name), " " + check.about + (check.skipped ? " (" + check.skipped + ")" : ""),
				kept.length ? make("ul", {}, kept.map((text) => make("li", {}, text))) : null);
		})));
}

function drawTables(trace) {
	drawHead(trace);
	fill(document.getElementById("tables"), drawTiers(trace), drawExits(trace), drawCalls(trace), drawFaults(trace), drawThreads(trace), drawMap(trace), drawNegotiation(trace), drawVerify(trace));
	fill(document.getElementById("footer"), "Written by ringscope report. This file is all there is: it asks no network for anything.");
}

"use strict";
/*
 * What guards what: the memory with its boundaries, what the processor granted, and whether the
 * trace adds up.
 */
function showBytes(bytes) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let unit = 0;
	for (; bytes && bytes % 1024 === 0 && unit < 4; unit++) bytes /= 1024;
	return grouped(bytes) + " " + units[unit];
}
function code(text) {
	return make("code", {}, text);
}
function cellsOf(cells) {
	return cells.map((cell) => make("td", {}, cell));
}

const REFUSALS = {
	t: ["·", "ring 0’s page tables refuse it"], e: ["e", "ring −1’s EPT refuses it"],
	te: ["#", "page tables and EPT refuse it"],
};

/* One letter an access: who refuses it if it is not there. */
function showRights(allowed, tables, ept, needsAc) {
	return make("code", { class: "rights" }, [..."rwx"].map((letter, i) => {
		if (allowed[i] !== "-" && needsAc && i < 2)
			return make("b", { class: "ac", title: "only with RFLAGS.AC set, for SMAP" }, letter);
		if (allowed[i] !== "-") return make("b", {}, letter);
		const who = (tables[i] !== "-" ? "t" : "") + (ept[i] !== "-" ? "e" : ""), [mark, title] = REFUSALS[who];
		return make("span", { class: "no " + who, title }, mark);
	}));
}

function drawRange(range) {
	const risky = range.writable_and_executable || range.kernel_address_open_to_ring3;
	return make("tr", risky ? { class: "risky" } : {}, cellsOf([
		code(range.address), showBytes(range.bytes), showBytes(range.page_bytes),
		code((range.user ? "u " : "s ") + range.access + (range.shared ? "+" : "")), range.owner,
		code(range.guest_physical), code(range.host_physical || "–"),
		showRights(range.ring3, range.ring3_refused_by_tables, range.refused_by_ept, false),
		showRights(range.ring0, range.ring0_refused_by_tables, range.refused_by_ept, range.ring0_needs_ac)]));
}

const RANGE_HEADS = ["guest-virtual", "size", "pages", "tables", "owner", "guest-physical", "host-physical",
	"ring 3", "ring 0"];
const EPT_HEADS = ["guest-physical", "size", "pages", "access", "memory type", "host-physical"];

function drawOwner([owner, ranges]) {
	const words = owner + " · " + counted(ranges.length, "range") + ", " + showBytes(sum(ranges, "bytes"));
	return make("details", ranges[0].pid ? {} : { open: "" }, make("summary", {}, words),
		plainTable(owner, RANGE_HEADS, ranges.map(drawRange), "memory"));
}

function drawEpt({ ept, bare }) {
	if (bare) return empty("Without ring −1 there is no EPT: host-physical is guest-physical.");
	if (!ept.length) return empty("What the EPT maps was not recorded.");
	const rows = ept.map((one) => make("tr", {}, cellsOf([code(one.guest_physical), showBytes(one.bytes),
		showBytes(one.page_bytes), code(one.access), one.memory_type, code(one.host_physical)])));
	return make("details", { open: "" }, make("summary", {}, "the EPT: what ring −1 gives the guest"),
		plainTable("the EPT", EPT_HEADS, rows, "memory"));
}

function drawMap(trace) {
	const { map } = trace.summary, title = "Memory and who guards it", owners = new Map();
	if (!map)
		return section("map", title,
			empty("The trace holds no complete memory map: it is recorded when the first program ends, " +
				"with the event memory_range."));
	for (const range of map.ranges) {
		const process = "process " + range.pid + (range.program ? ", " + range.program : "");
		const owner = range.pid ? process : "the kernel’s half, the same in every process";
		owners.set(owner, owners.get(owner) || []);
		owners.get(owner).push(range);
	}
	return section("map", title,
		note("As it was after " + showSpan(trace, map.ticks) +
			". tables: u ring 3 too, s ring 0 alone, + frames shared. ",
			"ring 3, ring 0: what each can do by page tables and EPT together; ",
			"refused: · by ring 0’s page tables, e by ring −1’s EPT, # by both",
			map.smap ? "; underlined: only with RFLAGS.AC set, for SMAP." : "."),
		...[...owners].map(drawOwner), drawEpt(map));
}

function drawProtections(protections) {
	if (!protections.length) return empty("Ring 0’s protections were not recorded.");
	const state = (one) => (one.granted ? " on" : one.asked ? ": not to be had" : " off");
	return make("ul", { class: "chips", "aria-label": "Protections of ring 0" }, protections.map((one) =>
		make("li", { class: one.granted ? "on" : "off" }, one.name + state(one))));
}

function drawNegotiation(trace) {
	const { negotiation, protections, bare } = trace.summary, yes = (value) => (value ? "yes" : "no");
	const rows = negotiation.map((one) => ({
		...one, may: yes(one.allowed), on: yes(one.granted), where: one.in + ", MSR " + one.msr,
	}));
	const columns = [["feature", "feature", "text"], ["bit", "bit", "number"], ["asked", "asked", "text"],
		["may", "may", "text"], ["on", "on", "text"], ["why", "why", "text"], ["in", "where", "text"]];
	return section("negotiation", "What the processor granted", make("h3", {}, "Protections of ring 0"),
		drawProtections(protections), make("h3", {}, "VMX features"),
		rows.length ? sortable(trace, "What ring −1 asked of the processor", columns, rows)
			: empty(bare ? "Ring −1 did not run." : "The negotiation was not recorded."));
}

function drawCheck(check) {
	const state = check.skipped ? "skipped" : check.findings ? "found" : "ok";
	const kept = check.skipped ? [] : check.kept;
	return make("li", { class: state },
		make("span", { class: "state" }, state === "found" ? grouped(check.findings) + " found" : state),
		make("b", {}, check.name), " " + check.about + (check.skipped ? " (" + check.skipped + ")" : ""),
		kept.length ? make("ul", {}, kept.map((text) => make("li", {}, text))) : null);
}

function drawVerify(trace) {
	const { packets, records, findings, checks } = trace.summary.verify;
	const skipped = checks.filter((check) => check.skipped).length;
	const words = counted(packets, "packet") + ", " + counted(records, "event") + ": " +
		counted(findings, "finding") +
		(skipped ? ", " + counted(skipped, "check") + " skipped" : "");
	return section("verify", "Does it add up?", make("p", { class: findings ? "alert" : "fine" }, words),
		make("ul", { class: "checks" }, checks.map(drawCheck)));
}

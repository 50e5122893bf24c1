"use strict";
/*
 * One event in words and figures: the tooltip, and the panel for what was clicked.
 */

/* The events that begin and end an item, and their words; the end of a system call tells all of it. */
function describe(trace, item) {
	const begin = readEvent(trace, trace.at[item]);
	const end = trace.endAt[item] ? readEvent(trace, trace.endAt[item]) : null;
	const words = wordsOf(trace, begin), result = end ? wordsOf(trace, end) : "";
	return end && end.id === trace.ids.syscall_exit ? { begin, end, words: result, result: "" }
		: { begin, end, words, result };
}

function ownerText(trace, item) {
	const [thread, process, program] = trace.owner(item);
	if (!thread && !program) return "the kernel itself";
	const whose = thread === process ? "process " + process : "thread " + thread + " of process " + process;
	return program ? whose + ", " + program : whose;
}

function endText(trace, item) {
	if (trace.isInstant(item)) return "an instant";
	if (trace.finish[item] === Infinity)
		return showSpan(trace, trace.duration(item)) + ", open at the run's end";
	return showSpan(trace, trace.duration(item));
}

const TIER_NAMES = ["ring −1", "ring 0", "ring 3"];
const TIER_CLASSES = ["hypervisor", "kernel", "user"];

/* A bar of the tiers' shares: pairs of class and amount. */
function shareBar(parts, text) {
	const whole = parts.reduce((sum, part) => sum + part[1], 0);
	const bar = make("div", { class: "share", role: "img", "aria-label": text });
	for (const [name, amount] of parts)
		if (amount > 0) {
			const part = make("i", { class: "swatch " + name });
			part.style.flexGrow = String(amount / whole);
			bar.append(part);
		}
	return bar;
}

function costText(trace, cost) {
	const parts = [USER, KERNEL, HYPERVISOR].filter((tier) => cost.ticks[tier])
		.map((tier) => TIER_NAMES[tier] + " " + showSpan(trace, cost.ticks[tier]));
	if (cost.exits) parts.push(cost.exits === 1 ? "1 exit" : grouped(cost.exits) + " exits");
	if (cost.faults) parts.push(cost.faults === 1 ? "1 page fault" : grouped(cost.faults) + " page faults");
	return parts.join(" · ");
}

function costBlock(trace, item) {
	const cost = costOf(trace, item), text = costText(trace, cost);
	if (!text) return [];
	const parts = [USER, KERNEL, HYPERVISOR].map((tier) => [TIER_CLASSES[tier], cost.ticks[tier]]);
	return [shareBar(parts, text), make("p", { class: "cost" }, text)];
}

class Tooltip {
	constructor(trace) {
		this.trace = trace;
		this.element = document.getElementById("tooltip");
	}
	hide() {
		this.element.hidden = true;
	}
	show(item, x, y) {
		const { trace, element } = this, { words, result } = describe(trace, item);
		fill(element,
			make("strong", {}, words),
			result ? make("div", { class: "result" }, result) : null,
			make("div", {}, "at " + showSpan(trace, trace.begin[item]) + " · " + endText(trace, item)),
			make("div", { class: "quiet" }, ownerText(trace, item)),
			...costBlock(trace, item));
		element.hidden = false;
		const room = document.documentElement.clientWidth - element.offsetWidth - 8;
		const above = y + 20 + element.offsetHeight > window.innerHeight;
		element.style.left = Math.max(4, Math.min(x + 14, room)) + "px";
		element.style.top = (above ? Math.max(4, y - element.offsetHeight - 10) : y + 18) + "px";
	}
}

/* A table of an event's fields, by the names of the trace's own vocabulary. */
function fieldTable(trace, event) {
	const about = trace.patterns[event.pattern][0];
	const rows = event.kind.fields.map(([name, display, sentence], i) => make("tr", { title: sentence },
		make("th", { scope: "row" }, name), make("td", {}, showField(display, event.fields[i], about))));
	event.kind.texts.forEach(([name, sentence], i) => rows.push(make("tr", { title: sentence },
		make("th", { scope: "row" }, name), make("td", { class: "text" }, event.texts[i]))));
	return make("table", { class: "fields" },
		make("caption", {}, make("code", {}, event.kind.name), " ",
			make("span", { class: "quiet" }, event.kind.about)),
		make("tbody", {}, rows));
}

class Panel {
	constructor(trace, pin) {
		this.trace = trace;
		this.pin = pin; /* goes to another item */
		this.element = document.getElementById("details");
		this.clear();
	}
	clear() {
		fill(this.element,
			make("h2", {}, "Details"),
			make("p", { class: "quiet" },
				"Click an event in the lanes, or press full stop, to see all that the trace " +
				"says of it: every field, its cost by tier, and what it happened in."),
			make("p", { class: "quiet" }, "Drag the ruler, or drag with Shift, to sum a part of the run up."));
	}
	show(item) {
		const { trace } = this, { begin, end, words, result } = describe(trace, item);
		const lane = LANES.find((one) => one.lane === trace.lane[item]);
		fill(this.element,
			make("h2", {}, make("i", { class: "swatch " + lane.colour }), lane.name),
			make("p", { class: "words" }, words),
			result ? make("p", { class: "words result" }, result) : null,
			make("dl", { class: "pairs" },
				make("dt", {}, "whose"), make("dd", {}, ownerText(trace, item)),
				make("dt", {}, "begins at"), make("dd", {}, showSpan(trace, trace.begin[item])),
				make("dt", {}, "lasts"), make("dd", {}, endText(trace, item))),
			...costBlock(trace, item),
			this.chain(item),
			fieldTable(trace, begin),
			...(end ? [fieldTable(trace, end)] : []));
	}
	/* From the interval in ring 3 down to this one; each is a way there. */
	chain(item) {
		const { trace } = this, chain = chainOf(trace, item);
		if (chain.length < 2)
			return make("p", { class: "quiet" }, "It happened in no interval that the trace names.");
		return make("nav", { "aria-label": "What it happened in" }, make("h3", {}, "Happened in"),
			make("ol", { class: "chain" }, chain.map((one) => {
				const lane = LANES.find((other) => other.lane === trace.lane[one]);
				const inner = [make("i", { class: "swatch " + lane.colour }), lane.name + " ",
					make("b", {}, trace.name(one)),
					" " + (trace.isInstant(one) ? "" : showSpan(trace, trace.duration(one)))];
				return make("li", {}, one === item ? make("span", { "aria-current": "true" }, inner)
					: make("button", { type: "button", "data-item": one, onclick: () => this.pin(one) }, inner));
			})));
	}
}

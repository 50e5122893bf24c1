"use strict";
/*
 * Which part of the run is in view, where lanes and rows lie on the canvas, and what is at a place.
 */
const RULER = 24, CAPTION = 17, ROW = 24, TICK = 9, GAP = 9;
const LANES = [
	{ lane: USER, name: "ring 3", about: "programs", colour: "user" },
	{ lane: KERNEL, name: "ring 0", about: "guest kernel", colour: "kernel" },
	{ lane: HYPERVISOR, name: "ring −1", about: "hypervisor", colour: "hypervisor" },
];
const SMALLEST = 16; /* ticks in view, at least */

/* The part of the run that is in view, in ticks from its begin. */
class View {
	constructor(trace) {
		this.trace = trace;
		this.width = 1;
		this.working();
	}
	/* Without what ring -1 did before the guest first ran: there is little to see. */
	working() {
		const { times, codes } = this.trace.tiers;
		const first = codes.values[0] === STARTING && codes.length > 1 ? times.values[1] : 0;
		this.set(first - (this.trace.end - first) * 0.01, this.trace.end);
	}
	whole() {
		this.begin = 0;
		this.end = Math.max(this.trace.end, SMALLEST);
	}
	/* Keeps within the run and above the smallest span. */
	set(begin, end) {
		const all = Math.max(this.trace.end, SMALLEST);
		const span = Math.min(all, Math.max(SMALLEST, end - begin));
		const middle = (begin + end) / 2;
		this.begin = Math.min(Math.max(0, middle - span / 2), all - span);
		this.end = this.begin + span;
	}
	get span() {
		return this.end - this.begin;
	}
	x(time) {
		return ((time - this.begin) / this.span) * this.width;
	}
	time(x) {
		return this.begin + (x / this.width) * this.span;
	}
	/* What is at x stays there. */
	zoom(factor, x = this.width / 2) {
		const time = this.time(x), span = Math.max(SMALLEST, this.span * factor);
		const begin = time - (x / this.width) * span;
		this.set(begin, begin + span);
	}
	pan(pixels) {
		const ticks = (pixels / this.width) * this.span;
		this.set(this.begin + ticks, this.end + ticks);
	}
	/* Brings an item into view; with `fit` as large as is sensible. */
	show(item, fit) {
		const begin = this.trace.begin[item], length = this.trace.duration(item);
		const end = begin + length;
		if (fit) {
			const span = Math.max(length * 1.6, SMALLEST * 4);
			this.set((begin + end - span) / 2, (begin + end + span) / 2);
		} else if (begin < this.begin || begin > this.end || length > this.span || length < this.span / 400) {
			const span = Math.min(Math.max(this.span, length * 1.6), Math.max(length * 40, SMALLEST * 20));
			this.set((begin + end - span) / 2, (begin + end + span) / 2);
		}
	}
}

/* Where everything lies: from the top ring 3, ring 0, ring -1, each with its rows and its instants. */
class Layout {
	constructor(trace) {
		let y = RULER;
		this.lanes = LANES.map((lane) => {
			const rows = trace.rows[lane.lane], top = y, bars = top + CAPTION;
			const ticks = bars + Math.max(1, rows.length) * ROW;
			y = ticks + TICK + GAP;
			const items = trace.instants[lane.lane].values;
			const times = Float64Array.from(items, (item) => trace.begin[item]);
			return { ...lane, rows, top, bars, ticks, bottom: ticks + TICK, items, times };
		});
		this.height = y;
	}
	of(lane) {
		return this.lanes.find((one) => one.lane === lane);
	}
}

/* The item at a place of the canvas, or NONE. A little beside it will do. */
function itemAt(trace, view, layout, x, y) {
	const time = view.time(x), reach = (3 / view.width) * view.span;
	for (const lane of layout.lanes) {
		if (y < lane.bars || y > lane.bottom + 4) continue;
		if (y >= lane.ticks) return instantAt(lane, time, 2 * reach);
		const row = lane.rows[Math.floor((y - lane.bars) / ROW)];
		return row ? sliceAt(row, time, reach) : NONE;
	}
	return NONE;
}

function sliceAt(row, time, reach) {
	const after = upperBound(row.begin, time), before = after - 1;
	if (before >= 0 && row.end[before] >= time) return row.item[before];
	const left = before >= 0 ? time - row.end[before] : Infinity;
	const right = after < row.count ? row.begin[after] - time : Infinity;
	if (Math.min(left, right) > reach) return NONE;
	return row.item[left <= right ? before : after];
}

function instantAt(lane, time, reach) {
	const after = upperBound(lane.times, time), before = after - 1;
	const left = before >= 0 ? time - lane.times[before] : Infinity;
	const right = after < lane.times.length ? lane.times[after] - time : Infinity;
	if (Math.min(left, right) > reach) return NONE;
	return lane.items[left <= right ? before : after];
}

/* From an item to the next or the one before in its lane, instants too; NONE at the ends. */
function neighbour(trace, item, forward) {
	for (let at = item + (forward ? 1 : -1); at >= 0 && at < trace.count; at += forward ? 1 : -1)
		if (trace.lane[at] === trace.lane[item]) return at;
	return NONE;
}

/* The item and what it happened in, outermost first. */
function chainOf(trace, item) {
	const chain = [];
	for (let at = item; at !== NONE && chain.length < 20; at = trace.parent[at]) chain.unshift(at);
	return chain;
}

/* Sums of a part of the run: who had the processor, and what began there. */
function sumsOf(trace, begin, end) {
	const ids = trace.ids, counts = { exits: 0, calls: 0, faults: 0, items: 0 };
	const first = upperBound(trace.begin, begin - 1e-9), last = upperBound(trace.begin, end);
	for (let item = first; item < last; item++) {
		const kind = trace.kind[item];
		if (kind === ids.vm_exit) counts.exits++;
		else if (kind === ids.syscall_entry) counts.calls++;
		else if (kind === ids.page_fault_entry) counts.faults++;
	}
	counts.items = last - first;
	return { begin, end, tiers: trace.tiers.between(begin, end), ...counts };
}

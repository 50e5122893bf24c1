"use strict";
/*
 * Times in typed arrays, and sums over them: what fills any span of the run is two look-ups away.
 */
/* A typed array that grows. */
class Column {
	constructor(Type, room = 1024) {
		this.Type = Type;
		this.values = new Type(room);
		this.length = 0;
	}
	push(value) {
		if (this.length === this.values.length) {
			const larger = new this.Type(this.length * 2);
			larger.set(this.values);
			this.values = larger;
		}
		this.values[this.length++] = value;
	}
	done() {
		this.values = this.values.subarray(0, this.length);
		return this.values;
	}
}

/* How many of the sorted values are at most so large. */
function upperBound(values, limit, count = values.length) {
	let low = 0, high = count;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (values[middle] <= limit) low = middle + 1;
		else high = middle;
	}
	return low;
}

/*
 * What ring 0 and ring 3 did while they had the processor, cut where another thread got it: so in
 * every row of a lane nothing overlaps, and drawing can search it.
 */
class Row {
	constructor() {
		this.begins = new Column(Float64Array);
		this.ends = new Column(Float64Array);
		this.items = new Column(Uint32Array);
	}
	push(begin, end, item) {
		const last = this.ends.length ? this.ends.values[this.ends.length - 1] : 0;
		this.begins.push(Math.max(begin, last));
		this.ends.push(Math.max(begin, end, last));
		this.items.push(item);
	}
	/* Sums the rows up, so that the busy part of any span is two look-ups away. */
	finish() {
		this.begin = this.begins.done();
		this.end = this.ends.done();
		this.item = this.items.done();
		this.count = this.begin.length;
		this.sum = new Float64Array(this.count + 1);
		for (let i = 0; i < this.count; i++)
			this.sum[i + 1] = this.sum[i] + this.end[i] - this.begin[i];
	}
	busyUntil(time) {
		const i = upperBound(this.begin, time);
		if (!i) return 0;
		return this.sum[i - 1] + Math.min(time, this.end[i - 1]) - this.begin[i - 1];
	}
}

/* When the processor changed hands, and how long everybody had had it by then. */
class Tiers {
	constructor({ bare, recorded }) {
		this.recorded = { user: recorded.user, exits: recorded.exits || bare };
		this.times = new Column(Float64Array);
		this.codes = new Column(Uint8Array);
		this.sums = new Column(Float64Array);
		this.running = new Float64Array(TIER_CODES);
		this.hypervisor = !bare;
		this.user = this.exited = this.halted = false;
		this.note(0);
	}
	code() {
		if (!this.recorded.exits) return UNKNOWN;
		if (!this.hypervisor) return !this.recorded.user ? UNKNOWN : this.user ? USER : KERNEL;
		if (!this.exited) return STARTING;
		return this.halted ? WAITING : HYPERVISOR;
	}
	note(time) {
		const code = this.code(), last = this.codes.length - 1;
		if (last >= 0) {
			if (this.codes.values[last] === code) return;
			this.running[this.codes.values[last]] += time - this.times.values[last];
		}
		this.times.push(time);
		this.codes.push(code);
		for (let i = 0; i < TIER_CODES; i++) this.sums.push(this.running[i]);
	}
	/* How long each had the processor up to then. */
	until(time) {
		const i = Math.max(0, upperBound(this.times.values, time, this.times.length) - 1);
		const sums = this.sums.values.slice(i * TIER_CODES, (i + 1) * TIER_CODES);
		sums[this.codes.values[i]] += Math.max(0, time - this.times.values[i]);
		return sums;
	}
	between(begin, end) {
		const before = this.until(begin), sums = this.until(end);
		for (let i = 0; i < TIER_CODES; i++) sums[i] -= before[i];
		return sums;
	}
}

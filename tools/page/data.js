"use strict";
/*
 * Reads what stands behind the page: tools/html_events.h says how the events are written. Nothing is
 * made per event but places in typed arrays; fields and words are read again when they are asked for
 * (words.js). Everything of the page hangs off one object.
 */
const ringscope = {};
window.ringscope = ringscope;

/* Lanes by stream, as the C has them. */
const HYPERVISOR = 0, KERNEL = 1, USER = 2;
/* Who has the processor: the three tiers; what of ring -1's time is no work; what nobody recorded. */
const WAITING = 3, STARTING = 4, UNKNOWN = 5, TIER_CODES = 6;
const NONE = -1;

function decodeBase64(text) {
	if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
	const binary = atob(text), bytes = new Uint8Array(binary.length);
	for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
	return bytes;
}

/* Takes a part of the trace out of the page: it need not be kept twice. */
function takePart(id) {
	const element = document.getElementById(id);
	const bytes = decodeBase64(element.textContent);
	element.remove();
	return bytes;
}

class Trace {
	constructor() {
		const utf8 = new TextDecoder();
		this.summary = JSON.parse(utf8.decode(takePart("trace-summary")));
		Object.assign(this, JSON.parse(utf8.decode(takePart("trace-names"))));
		this.bytes = takePart("trace-events");
		this.end = this.summary.end;
		this.patterns = this.patterns.map((text) => text.split("\x03"));
		this.halts = this.patterns.map((pattern) => pattern[0] === "HLT");
		this.allocate(this.items);
		this.read();
	}

	allocate(count) {
		this.count = count;
		this.begin = new Float64Array(count);
		this.finish = new Float64Array(count).fill(Infinity); /* still open at the run's end */
		this.kind = new Uint8Array(count);
		this.lane = new Uint8Array(count);
		this.row = new Uint8Array(count);
		this.context = new Uint32Array(count);
		this.parent = new Int32Array(count).fill(NONE);
		this.at = new Uint32Array(count); /* where its event stands in the bytes */
		this.endAt = new Uint32Array(count);
		this.costAt = new Uint32Array(count);
		this.pattern = new Uint32Array(count);
		this.endPattern = new Int32Array(count).fill(NONE);
		this.blocks = new Column(Uint32Array);
		this.rows = [[], [], []];
		this.instants = [new Column(Uint32Array), new Column(Uint32Array), new Column(Uint32Array)];
		this.tiers = new Tiers(this.summary);
	}

	/* One pass over all events; whatever is not needed to draw is stepped over. */
	read() {
		const reader = new Reader(this.bytes), kinds = this.tableOfKinds();
		const slices = new Slices(this), tiers = this.tiers;
		let time = 0, next = 0, context = 0;
		while (reader.at < this.bytes.length) {
			const at = reader.at, head = reader.byte();
			if (!head) {
				this.blocks.push(at);
				slices.next = 0;
				continue;
			}
			if (head & 0x80) context = reader.number();
			const id = head & 0x7f, kind = kinds[id];
			time += reader.number();
			const pattern = reader.number();
			let link = reader.number(), item = next - link;
			if (kind.phase === 2 && link) {
				this.close(item, time, reader, slices);
				this.endAt[item] = at;
				this.endPattern[item] = pattern;
			} else {
				if (kind.phase === 2) link = reader.number();
				item = next++;
				this.begin[item] = time;
				this.kind[item] = id;
				this.lane[item] = kind.tier;
				this.context[item] = context;
				this.parent[item] = link ? item - link : NONE;
				this.at[item] = at;
				this.pattern[item] = pattern;
				if (kind.phase === 1) slices.open(item, time);
				else this.instant(item, time);
			}
			if (kind.closes)
				for (let left = reader.number(); left > 0; left--) {
					const distance = reader.number();
					this.close(distance ? next - distance : NONE, time, reader, slices);
				}
			reader.skip(kind.texts.length);
			if (id === this.ids.context_switch) slices.readSwitch(reader, kind, time);
			else reader.skipFields();
			this.follow(id, pattern);
			tiers.note(time);
		}
		slices.finish(this.end);
		tiers.running[tiers.codes.values[tiers.codes.length - 1]] +=
			this.end - tiers.times.values[tiers.times.length - 1];
	}

	/* The kinds by id, with what the pass asks of each. */
	tableOfKinds() {
		this.ids = {};
		const closing = ["process_exit", "thread_exit", "process_exec"], table = [];
		for (const [id, kind] of Object.entries(this.kinds)) {
			kind.id = Number(id);
			kind.closes = closing.includes(kind.name);
			this.ids[kind.name] = kind.id;
			table[kind.id] = kind;
		}
		this.kindOf = table;
		return table;
	}

	instant(item, time) {
		this.finish[item] = time;
		this.instants[this.lane[item]].push(item);
	}

	close(item, time, reader, slices) {
		const costAt = reader.at;
		reader.skipCost();
		if (item < 0) return;
		this.costAt[item] = costAt;
		this.finish[item] = time;
		slices.close(item, time);
	}

	/* Who has the processor from here on. */
	follow(id, pattern) {
		const tiers = this.tiers, ids = this.ids;
		if (id === ids.vm_exit) {
			tiers.hypervisor = tiers.exited = true;
			tiers.halted = this.halts[pattern];
		} else if (id === ids.vm_entry) {
			tiers.hypervisor = tiers.exited = tiers.halted = false;
		} else if (id === ids.user_enter) {
			tiers.user = true;
		} else if (id === ids.user_leave) {
			tiers.user = false;
		}
	}

	/* [thread, process, program] */
	owner(item) {
		return this.contexts[this.context[item]];
	}
	/* What its bar says. */
	name(item) {
		if (this.kind[item] === this.ids.user_enter)
			return this.owner(item)[2] || "process " + this.owner(item)[0];
		return this.patterns[this.pattern[item]][0];
	}
	isInstant(item) {
		return this.finish[item] === this.begin[item] && !this.endAt[item];
	}
	duration(item) {
		return Math.min(this.finish[item], this.end) - this.begin[item];
	}
}

/* Open intervals as they come and go, laid out in rows. */
class Slices {
	constructor(trace) {
		this.trace = trace;
		this.stacks = new Map(); /* ring 0's open intervals by thread, outermost first */
		this.ofContext = []; /* the same, by context: this is asked for every event */
		this.started = new Float64Array(trace.count).fill(NaN); /* since when it has run */
		this.next = 0; /* the last switch's next thread */
		this.running = []; /* ring 0's, of the thread that has the processor */
	}
	stack(thread) {
		let stack = this.stacks.get(thread);
		if (!stack) this.stacks.set(thread, (stack = []));
		return stack;
	}
	stackOf(item) {
		const context = this.trace.context[item];
		return this.ofContext[context] || (this.ofContext[context] = this.stack(this.trace.contexts[context][0]));
	}
	open(item, time) {
		this.started[item] = time;
		if (this.trace.lane[item] !== KERNEL) return;
		const stack = this.stackOf(item);
		this.trace.row[item] = Math.min(stack.length, 7);
		stack.push(item);
		this.running.push(item);
	}
	stop(item, time) {
		const lane = this.trace.rows[this.trace.lane[item]], row = this.trace.row[item];
		if (isNaN(this.started[item])) return;
		while (lane.length <= row) lane.push(new Row());
		lane[row].push(this.started[item], time, item);
		this.started[item] = NaN;
	}
	close(item, time) {
		this.stop(item, time);
		if (this.trace.lane[item] !== KERNEL) return;
		this.drop(this.stackOf(item), item);
		this.drop(this.running, item);
	}
	/* Nearly always it is the last. */
	drop(list, item) {
		if (list[list.length - 1] === item) {
			list.pop();
			return;
		}
		const place = list.lastIndexOf(item);
		if (place >= 0) list.splice(place, 1);
	}
	/* A context switch's fields are differences; of them the next thread is wanted. */
	readSwitch(reader, kind, time) {
		const mask = reader.number();
		for (let i = 0; i < kind.fields.length; i++) {
			if (!(mask & (1 << i))) continue;
			const zigzag = reader.number();
			if (kind.fields[i][0] === "next_pid")
				this.next += zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
		}
		this.switchTo(this.next, time);
	}
	switchTo(thread, time) {
		for (const item of this.running) this.stop(item, time);
		this.running = this.stack(thread).slice();
		for (const item of this.running) this.started[item] = time;
	}
	finish(end) {
		for (const item of this.running.slice()) this.stop(item, end);
		for (const lane of [HYPERVISOR, USER]) {
			const last = this.lastOpen(lane);
			if (last >= 0) this.stop(last, end);
		}
		for (const lane of this.trace.rows) for (const row of lane) row.finish();
		for (const column of this.trace.instants) column.done();
	}
	lastOpen(lane) {
		let item = this.trace.count - 1;
		while (item >= 0 && (this.trace.lane[item] !== lane || isNaN(this.started[item]))) item--;
		return item;
	}
}

/* Numbers of seven bits a byte, least first. */
class Reader {
	constructor(bytes, at = 0) {
		this.bytes = bytes;
		this.at = at;
	}
	byte() {
		return this.bytes[this.at++];
	}
	number() {
		const bytes = this.bytes;
		let byte = bytes[this.at++];
		if (byte < 0x80) return byte;
		let value = byte & 0x7f, scale = 0x80;
		do {
			byte = bytes[this.at++];
			value += (byte & 0x7f) * scale;
			scale *= 0x80;
		} while (byte >= 0x80);
		return value;
	}
	big() {
		let value = 0n, shift = 0n, byte;
		do {
			byte = this.bytes[this.at++];
			value |= BigInt(byte & 0x7f) << shift;
			shift += 7n;
		} while (byte >= 0x80);
		return value;
	}
	skip(count) {
		for (; count > 0; count--) while (this.bytes[this.at++] >= 0x80);
	}
	skipCost() {
		let mask = this.byte();
		for (; mask; mask &= mask - 1) this.skip(1);
	}
	skipFields() {
		let mask = this.number();
		for (; mask; mask &= mask - 1) this.skip(1);
	}
}

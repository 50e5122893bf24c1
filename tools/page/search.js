"use strict";
/*
 * Search. What a pattern, a kind or a thread decides is decided once for each of these, not for each
 * event; only a number that is in no pattern has every event read again, a slice at a time.
 */
const SLICE_MILLISECONDS = 12;

class Search {
	constructor(trace, changed) {
		this.trace = trace;
		this.changed = changed; /* is told when there is more to show */
		this.found = new Uint8Array(trace.count);
		this.clear();
	}

	clear() {
		this.query = "";
		this.matches = new Uint32Array(0);
		this.byLane = [[], [], []]; /* their times, to draw */
		this.current = NONE;
		this.busy = false;
		this.found.fill(0);
	}

	start(query) {
		this.clear();
		this.query = query.trim().toLowerCase();
		this.turn = (this.turn || 0) + 1;
		if (this.query) this.run(this.query.split(/\s+/), this.turn);
		else this.changed();
	}

	async run(words, turn) {
		const trace = this.trace, tests = words.map((word) => this.test(word));
		const open = tests.filter((test) => test.numbers);
		this.busy = open.length > 0;
		if (this.busy) {
			this.changed();
			for (const test of open) test.seen = new Uint8Array(trace.count);
			if (!(await this.readAll(open, turn))) return;
		}
		const matches = new Column(Uint32Array);
		for (let item = 0; item < trace.count; item++)
			if (tests.every((test) => test.item(item))) {
				matches.push(item);
				this.found[item] = 1;
			}
		this.matches = matches.done();
		const byLane = [0, 1, 2].map(() => new Column(Float64Array));
		for (const item of this.matches) byLane[trace.lane[item]].push(trace.begin[item]);
		this.byLane = byLane.map((column) => column.done());
		this.busy = false;
		this.changed();
	}

	/* Looks at the numbers of every event; false if another search began meanwhile. */
	async readAll(tests, turn) {
		let since = performance.now();
		for (const event of everyEvent(this.trace)) {
			for (const test of tests)
				if (!test.seen[event.item] && test.number[event.pattern])
					test.seen[event.item] = wordsOf(this.trace, event).toLowerCase().includes(test.word);
			if (performance.now() - since < SLICE_MILLISECONDS) continue;
			await new Promise((resolve) => setTimeout(resolve));
			if (turn !== this.turn) return false;
			since = performance.now();
		}
		return true;
	}

	/* A word as a question to an item. */
	test(word) {
		const trace = this.trace, colon = word.indexOf(":");
		const key = word.slice(0, colon), value = word.slice(colon + 1);
		const kind = (name) => trace.ids[name];
		const named = (id) => (item) => trace.kind[item] === id &&
			trace.patterns[trace.pattern[item]][0].toLowerCase() === value;
		if (key === "event") return this.testEvent(kind(value));
		if (key === "call") return { item: named(kind("syscall_entry")) };
		if (key === "exit") return { item: named(kind("vm_exit")) };
		if (key === "pid") return { item: this.ofContext((owner) => String(owner[0]) === value) };
		if (key === "process")
			return { item: this.ofContext((owner) => String(owner[1]) === value || owner[2].toLowerCase() === value) };
		return this.testText(word);
	}

	/* An event that ends an interval is found with the interval. */
	testEvent(id) {
		const trace = this.trace;
		if (id === undefined) return { item: () => false };
		return {
			item: (item) => trace.kind[item] === id ||
				(trace.endAt[item] > 0 && (trace.bytes[trace.endAt[item]] & 0x7f) === id),
		};
	}

	ofContext(fits) {
		const hits = this.trace.contexts.map(fits);
		return (item) => hits[this.trace.context[item]];
	}

	testText(word) {
		const trace = this.trace, program = this.ofContext((owner) => owner[2].toLowerCase().includes(word));
		const hit = trace.patterns.map((pattern) => pattern.some((part) => part.toLowerCase().includes(word)));
		const event = trace.kindOf.map((kind) => kind && kind.name.includes(word));
		const hasDigit = /\d/.test(word);
		const number = trace.patterns.map((pattern, i) => hasDigit && !hit[i] && /[\x01\x02]/.test(pattern[1]));
		const test = { word, number, numbers: number.includes(true), seen: null };
		test.item = (item) => hit[trace.pattern[item]] || event[trace.kind[item]] || program(item) ||
			(trace.endPattern[item] >= 0 && hit[trace.endPattern[item]]) ||
			(test.seen !== null && test.seen[item] === 1);
		return test;
	}

	/* The match before or behind a time, or the one beside the current one; NONE if there is none. */
	step(forward, time) {
		const count = this.matches.length;
		if (!count) return NONE;
		if (this.current !== NONE) {
			this.current = (this.current + (forward ? 1 : count - 1)) % count;
		} else {
			const begins = this.matches;
			let at = 0;
			while (at < count && this.trace.begin[begins[at]] < time) at++;
			this.current = forward ? at % count : (at + count - 1) % count;
		}
		return this.matches[this.current];
	}
}

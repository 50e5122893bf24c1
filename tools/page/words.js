"use strict";
/*
 * Single events in full, read from the bytes when somebody looks: every field, the words, the cost.
 */

/* One event: its kind, the numbers of its fields (BigInt), its texts. */
function readEvent(trace, at) {
	const bytes = trace.bytes, wanted = bytes[at] & 0x7f;
	const block = trace.blocks.values[upperBound(trace.blocks.values, at, trace.blocks.length) - 1];
	const reader = new Reader(bytes, block), fields = [];
	for (;;) {
		const here = reader.at, head = reader.byte();
		if (!head) continue; /* only the block's own first byte */
		const event = readHead(trace, reader, head);
		if (event.id !== wanted) {
			reader.skipFields();
			continue;
		}
		readFields(reader, trace.kindOf[wanted].fields.length, fields);
		if (here === at) return { ...event, fields };
	}
}

/* An event up to its fields. */
function readHead(trace, reader, head) {
	const id = head & 0x7f, kind = trace.kindOf[id], texts = [];
	if (head & 0x80) reader.skip(1);
	reader.skip(1);
	const pattern = reader.number(), link = reader.number();
	if (kind.phase === 2 && link) reader.skipCost();
	else if (kind.phase === 2) reader.skip(1);
	if (kind.closes)
		for (let left = reader.number(); left > 0; left--) {
			reader.skip(1);
			reader.skipCost();
		}
	for (let i = 0; i < kind.texts.length; i++) texts.push(trace.texts[reader.number()]);
	return { id, kind, pattern, texts };
}

/* Adds the differences to the kind's last fields; numbers are of 64 bits and wrap. */
function readFields(reader, count, fields) {
	const mask = reader.number();
	for (let i = 0; i < count; i++) {
		if (fields[i] === undefined) fields[i] = 0n;
		if (!(mask & (1 << i))) continue;
		const zigzag = reader.big();
		fields[i] = BigInt.asUintN(64, fields[i] + (zigzag & 1n ? -((zigzag + 1n) >> 1n) : zigzag >> 1n));
	}
}

/* The words that a pattern stands for. */
function fillPattern(pattern, fields) {
	return pattern.replace(/([\x01\x02])([A-P])/g, (all, form, letter) => {
		const number = fields[letter.charCodeAt(0) - 65];
		return form === "\x01" ? "0x" + number.toString(16) : number.toString();
	});
}

function wordsOf(trace, event) {
	return fillPattern(trace.patterns[event.pattern][1], event.fields);
}

/* Every event of the stream in turn, fields and all: for a search that looks at numbers. */
function* everyEvent(trace) {
	const reader = new Reader(trace.bytes), last = [];
	let next = 0;
	while (reader.at < trace.bytes.length) {
		const head = reader.byte();
		if (!head) {
			last.length = 0;
			continue;
		}
		const start = reader.at, event = readHead(trace, reader, head), id = event.id;
		const link = new Reader(trace.bytes, start);
		link.skip((head & 0x80 ? 1 : 0) + 2);
		const distance = link.number();
		const ends = event.kind.phase === 2 && distance > 0;
		if (!last[id]) last[id] = [];
		readFields(reader, event.kind.fields.length, last[id]);
		yield { ...event, item: ends ? next - distance : next++, fields: last[id] };
	}
}

/* What an interval cost: ticks by tier, exits, page faults. All zero if it has not ended. */
function costOf(trace, item) {
	const parts = [0, 0, 0, 0, 0];
	if (trace.costAt[item]) {
		const reader = new Reader(trace.bytes, trace.costAt[item]), mask = reader.byte();
		for (let i = 0; i < parts.length; i++) if (mask & (1 << i)) parts[i] = reader.number();
	}
	return { ticks: parts.slice(0, 3), exits: parts[3], faults: parts[4] };
}

/* A field as its display asks for; `name` is what the event is about. */
function showField(display, number, name) {
	if (display === "SYSCALL" || display === "REASON") return number + " " + name;
	if (display === "SIGNED") return BigInt.asIntN(64, number).toString();
	if (display === "HEX") return "0x" + number.toString(16);
	if (display === "INTERVAL") {
		if (number === 0xffffffffn) return "none";
		return (number & 0x80000000n ? "ring 3's " : "") + "no. " + (number & 0x7fffffffn);
	}
	return number.toString();
}

/* 1234567 as "1,234,567". */
function grouped(number) {
	return Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/* A span of ticks in the trace's unit: ticks of an emulator are no time and are not called so. */
function showSpan(trace, ticks) {
	const { unit, tsc_hz: hz } = trace.summary;
	if (unit === "ticks") return grouped(ticks) + (Math.round(ticks) === 1 ? " tick" : " ticks");
	const ns = (ticks * 1e9) / hz;
	if (ns >= 1e9) return (ns / 1e9).toFixed(3) + " s";
	if (ns >= 1e6) return (ns / 1e6).toFixed(3) + " ms";
	if (ns >= 1e3) return (ns / 1e3).toFixed(3) + " µs";
	return Math.round(ns) + " ns";
}
/* The same as a bare number, for tables whose heading names the unit. */
function showNumber(trace, ticks) {
	const { unit, tsc_hz: hz } = trace.summary;
	return grouped(unit === "ticks" ? ticks : (ticks * 1e9) / hz);
}
function showShare(part, whole) {
	return whole > 0 ? ((100 * part) / whole).toFixed(2) + " %" : "–";
}

/* An element with attributes and children; text is always text. */
function make(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
		else if (value !== null && value !== undefined) element.setAttribute(name, value);
	}
	element.append(...children.flat().filter((child) => child !== null));
	return element;
}
/* Puts these in the place of all that was in the element. */
function fill(element, ...children) {
	element.replaceChildren(...children.flat().filter((child) => child !== null));
}

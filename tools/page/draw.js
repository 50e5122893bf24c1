"use strict";
/*
 * Paints the lanes and the overview. A frame looks at pixels, never at events: what is narrower than
 * a pixel is painted as the share of the pixel that it fills, which the rows' sums tell.
 */
const FONT = '11px ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace';
const CHARACTER = 6.7; /* its width, about */
const OVERVIEW = 54; /* its height */
const LABEL_FROM = 26, WORDS_FROM = 110;
const TIER_COLOURS = ["hypervisor", "kernel", "user", "waiting", "starting", "unknown"];

/* The colours of the style sheet, by name. */
function readColours() {
	const style = getComputedStyle(document.documentElement), colours = {};
	for (const name of ["user", "kernel", "fault", "hypervisor", "waiting", "starting", "unknown", "match",
		"ink", "quiet", "line", "surface", "lane", "on-tier", "focus"])
		colours[name] = style.getPropertyValue("--" + name).trim();
	return colours;
}

class Painter {
	constructor(trace, view, layout, canvas, overview) {
		Object.assign(this, { trace, view, layout, canvas, overview });
		this.words = new Map();
		this.pinned = this.hovered = NONE;
		this.selection = null;
		this.search = null;
	}

	/* Fits the canvases to the room there is. */
	resize() {
		this.ratio = window.devicePixelRatio || 1;
		this.view.width = Math.max(200, this.canvas.parentElement.clientWidth);
		for (const [canvas, height] of [[this.canvas, this.layout.height], [this.overview, OVERVIEW]]) {
			canvas.style.height = height + "px";
			canvas.width = Math.round(this.view.width * this.ratio);
			canvas.height = Math.round(height * this.ratio);
		}
		this.colours = readColours();
		this.density = this.stripes = null;
	}

	start(canvas) {
		const context = canvas.getContext("2d");
		context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
		context.clearRect(0, 0, this.view.width, canvas.height);
		context.font = FONT;
		context.textBaseline = "middle";
		return context;
	}

	paint() {
		this.context = this.start(this.canvas);
		this.paintRuler();
		this.labels = [];
		for (const lane of this.layout.lanes) this.paintLane(lane);
		this.paintBeneath();
		this.paintLabels();
		this.paintChain();
		this.paintSelection();
		this.paintOverview();
	}

	paintRuler() {
		const { context, view, colours } = this, step = this.rulerStep();
		context.textAlign = "left";
		for (let time = Math.ceil(view.begin / step) * step; time <= view.end; time += step) {
			const x = Math.round(view.x(time)) + 0.5;
			context.fillStyle = colours.line;
			context.fillRect(x, 0, 1, this.layout.height);
			context.fillStyle = colours.quiet;
			const label = showSpan(this.trace, time);
			if (x + 5 + label.length * CHARACTER < view.width) context.fillText(label, x + 5, RULER / 2);
		}
	}

	/* 1, 2 or 5 times a power of ten of the unit, wide enough for its label. */
	rulerStep() {
		const { unit, tsc_hz: hz } = this.trace.summary, scale = unit === "ticks" ? 1 : hz / 1e9;
		const least = ((130 / this.view.width) * this.view.span) / scale;
		const power = Math.pow(10, Math.floor(Math.log10(least)));
		const step = [1, 2, 5, 10].find((one) => one * power >= least) * power;
		return Math.max(1, step) * scale;
	}

	paintLane(lane) {
		const { context, colours, view } = this;
		context.fillStyle = colours.lane;
		context.fillRect(0, lane.bars - 2, view.width, lane.bottom - lane.bars + 4);
		context.fillStyle = colours[lane.colour];
		context.fillRect(0, lane.top + 3, 3, CAPTION - 6);
		context.fillText(lane.name, 8, lane.top + CAPTION / 2);
		context.fillStyle = colours.quiet;
		context.fillText(lane.about, 12 + CHARACTER * lane.name.length + 4, lane.top + CAPTION / 2);
		lane.rows.forEach((row, depth) => this.paintRow(row, lane, lane.bars + depth * ROW));
		this.paintInstants(lane);
		if (!lane.rows.length && !lane.times.length) {
			context.fillStyle = colours.quiet;
			context.fillText("nothing recorded here", 8, lane.bars + ROW / 2);
		}
		if (this.search) this.paintMatches(lane);
	}

	colourOf(lane, item) {
		const { trace } = this, ids = trace.ids, kind = trace.kind[item];
		if (kind === ids.page_fault_entry || kind === ids.exception_entry) return this.colours.fault;
		if (kind === ids.vm_exit && trace.name(item) === "HLT") return this.colours.waiting;
		return this.colours[lane.colour];
	}

	paintRow(row, lane, y) {
		const { context, view } = this;
		let i = upperBound(row.end, view.begin);
		while (i < row.count && row.begin[i] < view.end) {
			const left = view.x(row.begin[i]), right = view.x(row.end[i]);
			context.fillStyle = this.colourOf(lane, row.item[i]);
			if (right - left >= 1.5) {
				this.paintBar(row.item[i], left, right, y);
				i++;
				continue;
			}
			/* A pixel's worth of intervals at once. */
			const pixel = Math.floor(left), from = view.time(pixel), to = view.time(pixel + 1);
			const busy = (row.busyUntil(to) - row.busyUntil(from)) / (to - from);
			context.globalAlpha = 0.3 + 0.7 * Math.min(1, busy);
			context.fillRect(pixel, y, 1, ROW - 3);
			context.globalAlpha = 1;
			i = Math.max(i + 1, upperBound(row.end, to));
		}
	}

	paintBar(item, left, right, y) {
		const { context, view } = this;
		const from = Math.max(left, -2), width = Math.min(right, view.width + 2) - from;
		context.fillRect(from, y, Math.max(1, width - (width > 4 ? 1 : 0)), ROW - 3);
		if (this.search && this.search.found[item]) {
			context.fillStyle = this.colours.match;
			context.fillRect(from, y + ROW - 6, Math.max(1, width - 1), 3);
		}
		if (width >= LABEL_FROM) this.labels.push([item, Math.max(0, from), width, y]);
	}

	paintLabels() {
		this.context.fillStyle = this.colours["on-tier"];
		for (const [item, from, width, y] of this.labels) {
			const text = width < WORDS_FROM ? this.trace.name(item) : this.label(item);
			const room = Math.floor((width - 8) / CHARACTER);
			const cut = text.length > room ? text.slice(0, Math.max(1, room - 1)) + "…" : text;
			this.context.fillText(cut, from + 4, y + ROW / 2);
		}
	}

	/* The words of a wide bar; kept, for the next frame shows mostly the same bars. */
	label(item) {
		if (this.words.has(item)) return this.words.get(item);
		const { trace } = this, ring3 = trace.kind[item] === trace.ids.user_enter;
		const words = ring3 ? trace.name(item) + " · " + trace.owner(item)[0]
			: describe(trace, item).words.replace(/^EXIT /, "");
		if (this.words.size > 4000) this.words.clear();
		this.words.set(item, words);
		return words;
	}

	/* Marks at these places, each pixel once. */
	paintTimes(times, colour, y, height, width) {
		const { context, view } = this;
		context.fillStyle = colour;
		let i = upperBound(times, view.begin - view.span / view.width);
		while (i < times.length && times[i] <= view.end) {
			const pixel = Math.floor(view.x(times[i]));
			context.fillRect(pixel, y, width, height);
			i = Math.max(i + 1, upperBound(times, view.time(pixel + 1)));
		}
	}
	paintInstants(lane) {
		this.paintTimes(lane.times, this.colours[lane.colour], lane.ticks + 1, TICK - 3, 2);
	}
	paintMatches(lane) {
		this.paintTimes(this.search.byLane[lane.lane], this.colours.match, lane.bars - 4, 4, 2);
	}

	/* Stripes, as large as a tile. */
	drawStripes() {
		const tile = make("canvas"), side = 6;
		tile.width = tile.height = side;
		const context = tile.getContext("2d");
		context.strokeStyle = this.colours.lane;
		context.lineWidth = 1.6;
		for (const shift of [-side, 0, side]) {
			context.moveTo(shift - 1, side + 1);
			context.lineTo(shift + side + 1, -1);
		}
		context.stroke();
		return this.context.createPattern(tile, "repeat");
	}

	/* While ring -1 has the processor, what it interrupted is open but does not run: striped. */
	paintBeneath() {
		const { context, view, layout } = this, row = this.trace.rows[HYPERVISOR][0];
		if (!row) return;
		if (!this.stripes) this.stripes = this.drawStripes();
		context.fillStyle = this.stripes;
		context.globalAlpha = 0.6;
		for (let i = upperBound(row.end, view.begin); i < row.count && row.begin[i] < view.end;) {
			const left = Math.max(0, view.x(row.begin[i])), right = view.x(row.end[i]);
			if (right - left >= 2) {
				for (const lane of [layout.of(USER), layout.of(KERNEL)])
					context.fillRect(left, lane.bars, right - left, lane.ticks - lane.bars);
				i++;
			} else {
				i = Math.max(i + 1, upperBound(row.end, view.time(Math.floor(left) + 1)));
			}
		}
		context.globalAlpha = 1;
	}

	/* The pinned item, asleep or not, and what it happened in. */
	paintChain() {
		const { context, colours } = this;
		if (this.pinned !== NONE)
			for (const item of chainOf(this.trace, this.pinned)) {
				context.strokeStyle = item === this.pinned ? colours.focus : colours.ink;
				context.lineWidth = item === this.pinned ? 2 : 1;
				context.setLineDash(item === this.pinned ? [] : [3, 2]);
				this.outline(item);
			}
		context.setLineDash([]);
		if (this.hovered === NONE || this.hovered === this.pinned) return;
		context.strokeStyle = colours.ink;
		context.lineWidth = 1;
		this.outline(this.hovered);
	}
	outline(item) {
		const { view, trace } = this, lane = this.layout.of(trace.lane[item]);
		const left = Math.max(-4, view.x(trace.begin[item]));
		const right = Math.min(view.width + 4, view.x(Math.min(trace.finish[item], trace.end)));
		const instant = trace.isInstant(item);
		const y = instant ? lane.ticks : lane.bars + trace.row[item] * ROW - 1;
		this.context.strokeRect(left - 0.5, y, Math.max(3, right - left), instant ? TICK : ROW - 1);
	}

	paintSelection() {
		if (!this.selection) return;
		const { context, view, colours } = this;
		const left = view.x(this.selection.begin), right = view.x(this.selection.end);
		context.fillStyle = colours.focus;
		context.globalAlpha = 0.14;
		context.fillRect(left, 0, right - left, this.layout.height);
		context.globalAlpha = 1;
		context.fillRect(left, 0, 1, this.layout.height);
		context.fillRect(right, 0, 1, this.layout.height);
	}

	/* The whole run: each pixel shared out to who had the processor; the part in view is framed. */
	paintOverview() {
		const context = this.start(this.overview), { view, colours, trace } = this, height = OVERVIEW;
		if (!this.density) this.density = this.drawDensity(height);
		context.drawImage(this.density, 0, 0, view.width, height);
		const scale = view.width / Math.max(trace.end, SMALLEST);
		const left = view.begin * scale, right = Math.max(left + 2, view.end * scale);
		context.fillStyle = colours.surface;
		context.globalAlpha = 0.66;
		context.fillRect(0, 0, left, height);
		context.fillRect(right, 0, view.width - right, height);
		context.globalAlpha = 1;
		context.strokeStyle = colours.ink;
		context.lineWidth = 1;
		context.strokeRect(left + 0.5, 0.5, Math.max(2, right - left - 1), height - 1);
		if (!this.selection) return;
		context.fillStyle = colours.focus;
		context.fillRect(this.selection.begin * scale, height - 4,
			Math.max(2, (this.selection.end - this.selection.begin) * scale), 4);
	}
	drawDensity(height) {
		const canvas = make("canvas"), width = Math.round(this.view.width);
		canvas.width = width;
		canvas.height = height;
		const context = canvas.getContext("2d"), step = this.trace.end / width;
		for (let x = 0; x < width; x++) {
			const sums = this.trace.tiers.between(x * step, (x + 1) * step);
			let y = 0;
			for (const code of [USER, KERNEL, UNKNOWN, HYPERVISOR, WAITING, STARTING]) {
				const part = step > 0 ? (sums[code] / step) * height : 0;
				context.fillStyle = this.colours[TIER_COLOURS[code]];
				context.fillRect(x, y, 1, part);
				y += part;
			}
		}
		return canvas;
	}
}

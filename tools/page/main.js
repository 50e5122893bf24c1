"use strict";
/*
 * Puts the page together: reads the trace, draws it, and turns keys, pointers and wheels into views,
 * matches, selections. What a test wants to know is on window.ringscope.
 */
const KEYS = [
	["+  −", "zoom in, zoom out (the wheel as well)"],
	["←  →", "move (drag as well)"],
	["0", "the whole run"],
	[".  ,", "next, previous event of the lane, with its details"],
	["Enter", "zoom to the event"],
	["c", "go up to what it happened in"],
	["s", "sum up the event’s span; again: no sum"],
	["/", "search"],
	["n  N", "next, previous match"],
	["t", "light or dark"],
	["Esc", "let go of event, sum and search"],
	["?", "these keys"],
];

class Page {
	constructor() {
		this.trace = new Trace();
		this.view = new View(this.trace);
		this.layout = new Layout(this.trace);
		this.canvas = document.getElementById("lanes");
		this.overview = document.getElementById("overview");
		this.painter = new Painter(this.trace, this.view, this.layout, this.canvas, this.overview);
		this.search = new Search(this.trace, () => this.showMatches());
		this.tooltip = new Tooltip(this.trace);
		this.panel = new Panel(this.trace, (item) => this.goTo(item));
		this.pointers = new Map();
		drawTables(this.trace);
		this.fit();
		this.listen();
	}

	/* Draws before the next frame, however often it is asked for. */
	draw() {
		if (this.waiting) return;
		this.waiting = requestAnimationFrame(() => {
			this.waiting = 0;
			this.painter.paint();
		});
	}
	fit() {
		this.painter.resize();
		this.painter.paint();
	}

	pin(item) {
		this.painter.pinned = item;
		if (item === NONE) this.panel.clear();
		else this.panel.show(item);
		this.draw();
	}
	goTo(item, fit = false) {
		this.view.show(item, fit);
		this.pin(item);
	}
	select(begin, end) {
		const box = document.getElementById("selection"), { trace } = this;
		const chosen = begin !== null;
		this.painter.selection = chosen
			? { begin: Math.max(0, Math.min(begin, end)), end: Math.min(trace.end, Math.max(begin, end)) } : null;
		box.hidden = !chosen;
		this.sums = null;
		if (chosen) {
			this.sums = sumsOf(trace, this.painter.selection.begin, this.painter.selection.end);
			fill(box, this.describeSums(this.sums));
		}
		this.draw();
	}

	describeSums({ begin, end, tiers, exits, calls, faults }) {
		const { trace } = this,
			codes = [USER, KERNEL, UNKNOWN, HYPERVISOR, WAITING, STARTING].filter((code) => tiers[code] > 0);
		const names = { ...TIER_NAMES, [WAITING]: "HLT", [STARTING]: "start-up", [UNKNOWN]: "ring not recorded" };
		const part = (code) => make("span", { class: "part" }, make("i", { class: "swatch " + TIER_COLOURS[code] }),
			names[code] + " " + showNumber(trace, tiers[code]) + " (" + showShare(tiers[code], end - begin) + ")");
		return [make("p", {}, make("b", {}, showSpan(trace, end - begin)), " from " + showSpan(trace, begin) + ": ",
			codes.map(part)),
			shareBar(codes.map((code) => [TIER_COLOURS[code], tiers[code]]), "shares by tier"),
			note(counted(exits, "exit") + ", " + counted(calls, "system call") + ", " + counted(faults, "page fault") +
				" begin in it")];
	}

	find(query) {
		const box = document.getElementById("search");
		box.value = query;
		this.search.start(query);
		document.getElementById("timeline").scrollIntoView({ block: "start" });
	}
	showMatches() {
		const { search } = this, count = search.matches.length;
		const place = search.current === NONE ? "" : grouped(search.current + 1) + " of ";
		const found = place + grouped(count) + (count === 1 ? " match" : " matches");
		fill(document.getElementById("matches"), !search.query ? "" : search.busy ? "looking …" : found);
		this.painter.search = search.query ? search : null;
		this.draw();
	}
	stepMatch(forward) {
		const item = this.search.step(forward, this.view.begin);
		if (item === NONE) return;
		this.goTo(item);
		this.showMatches();
	}

	setTheme(name) {
		document.documentElement.dataset.theme = name;
		this.fit();
	}
	toggleTheme() {
		const { theme } = document.documentElement.dataset;
		const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
		this.setTheme(dark ? "light" : "dark");
	}

	listen() {
		const click = (id, act) =>
			document.getElementById(id).addEventListener("click", () => (act(), this.draw()));
		click("zoom-in", () => this.view.zoom(0.5));
		click("zoom-out", () => this.view.zoom(2));
		click("whole", () => this.view.whole());
		click("next", () => this.stepMatch(true));
		click("previous", () => this.stepMatch(false));
		click("theme", () => this.toggleTheme());
		click("help-button", () => this.help());
		const box = document.getElementById("search");
		box.addEventListener("input", () => this.search.start(box.value));
		document.getElementById("search-form").addEventListener("submit", (event) => {
			event.preventDefault();
			this.stepMatch(true);
		});
		const kbd = (keys) => keys.split(/\s+/).flatMap((key) => [make("kbd", {}, key), " "]);
		fill(document.querySelector(".keys"),
			KEYS.flatMap(([keys, text]) => [make("dt", {}, kbd(keys)), make("dd", {}, text)]));
		document.addEventListener("keydown", (event) => this.key(event));
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.fit());
		new ResizeObserver(() => this.fit()).observe(this.canvas.parentElement);
		this.listenToPointers();
		this.listenToPrinter();
	}

	help() {
		document.getElementById("help").showModal();
	}

	key(event) {
		const { target } = event, typing = target.matches("input, dialog *");
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.key === "Escape" && !target.matches("dialog *")) return this.letGo();
		if (typing) return;
		const { view } = this, { pinned } = this.painter, pixels = view.width / 6;
		const onCanvas = target === this.canvas || target === document.body;
		const acts = {
			"+": () => view.zoom(0.5), "=": () => view.zoom(0.5), "-": () => view.zoom(2),
			ArrowLeft: () => view.pan(-pixels), ArrowRight: () => view.pan(pixels), 0: () => view.whole(),
			".": () => this.stepEvent(true), ",": () => this.stepEvent(false),
			Enter: () => pinned !== NONE && view.show(pinned, true),
			c: () => pinned !== NONE && this.trace.parent[pinned] !== NONE && this.goTo(this.trace.parent[pinned]),
			s: () => this.sumPinned(), "/": () => document.getElementById("search").select(),
			n: () => this.stepMatch(true), N: () => this.stepMatch(false),
			t: () => this.toggleTheme(), "?": () => this.help(),
		};
		if (!acts[event.key] || (/^(Arrow|Enter)/.test(event.key) && !onCanvas)) return;
		event.preventDefault();
		acts[event.key]();
		this.draw();
	}
	letGo() {
		const box = document.getElementById("search");
		box.value = "";
		box.blur();
		this.search.start("");
		this.pin(NONE);
		this.select(null);
	}
	stepEvent(forward) {
		const { pinned } = this.painter,
			first = Math.min(this.trace.count - 1, upperBound(this.trace.begin, this.view.begin));
		const item = pinned === NONE ? first : neighbour(this.trace, pinned, forward);
		if (item !== NONE && this.trace.count) this.goTo(item);
	}
	sumPinned() {
		const { pinned, selection } = this.painter;
		if (selection || pinned === NONE) return this.select(null);
		const begin = this.trace.begin[pinned];
		this.select(begin, begin + this.trace.duration(pinned));
	}

	place(event) {
		const box = this.canvas.getBoundingClientRect();
		return { x: event.clientX - box.left, y: event.clientY - box.top };
	}
	listenToPointers() {
		const { canvas, overview } = this;
		canvas.addEventListener("wheel", (event) => {
			event.preventDefault();
			const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
			if (sideways) this.view.pan(event.deltaX || event.deltaY);
			else this.view.zoom(Math.exp(event.deltaY * 0.0018), this.place(event).x);
			this.draw();
		}, { passive: false });
		canvas.addEventListener("pointerdown", (event) => this.press(event));
		canvas.addEventListener("pointermove", (event) => this.move(event));
		for (const name of ["pointerup", "pointercancel"])
			canvas.addEventListener(name, (event) => this.release(event));
		canvas.addEventListener("pointerleave", () => this.hover(NONE));
		const center = (event) => {
			const time = ((event.clientX - overview.getBoundingClientRect().left) / this.view.width) * this.trace.end;
			this.view.set(time - this.view.span / 2, time + this.view.span / 2);
			this.draw();
		};
		overview.addEventListener("pointerdown", (event) =>
			(overview.setPointerCapture(event.pointerId), center(event)));
		overview.addEventListener("pointermove", (event) => event.buttons && center(event));
	}
	press(event) {
		const at = this.place(event);
		this.canvas.setPointerCapture(event.pointerId);
		this.pointers.set(event.pointerId, at);
		this.gesture = { moved: false, selects: event.shiftKey || at.y < RULER, from: this.view.time(at.x) };
	}
	move(event) {
		const at = this.place(event), last = this.pointers.get(event.pointerId);
		if (!last) return this.hover(itemAt(this.trace, this.view, this.layout, at.x, at.y), event);
		const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
		if (others.length) {
			const other = others[0][1], before = Math.abs(last.x - other.x), now = Math.abs(at.x - other.x);
			if (before > 4 && now > 4) this.view.zoom(before / now, (at.x + other.x) / 2);
			this.gesture.moved = true;
		} else if (this.gesture.moved || Math.abs(at.x - last.x) > 3) {
			this.gesture.moved = true;
			if (this.gesture.selects) this.select(this.gesture.from, this.view.time(at.x));
			else this.view.pan(last.x - at.x);
		} else {
			return;
		}
		this.tooltip.hide();
		this.pointers.set(event.pointerId, at);
		this.draw();
	}
	release(event) {
		const at = this.place(event);
		if (!this.pointers.delete(event.pointerId) || this.gesture.moved || event.type === "pointercancel") return;
		if (this.gesture.selects) this.select(null);
		else this.pin(itemAt(this.trace, this.view, this.layout, at.x, at.y));
	}
	hover(item, event) {
		if (item === NONE) this.tooltip.hide();
		else this.tooltip.show(item, event.clientX, event.clientY);
		this.canvas.style.cursor = item === NONE ? "" : "pointer";
		if (item === this.painter.hovered) return;
		this.painter.hovered = item;
		this.draw();
	}

	/* On paper: the whole run, light, everything unfolded. */
	listenToPrinter() {
		let before = null;
		window.addEventListener("beforeprint", () => {
			before = { theme: document.documentElement.dataset.theme, begin: this.view.begin, end: this.view.end };
			document.documentElement.dataset.theme = "light";
			for (const details of document.querySelectorAll("details")) details.open = true;
			for (const row of document.querySelectorAll("tr.detail")) row.hidden = false;
			this.view.whole();
			this.fit();
		});
		window.addEventListener("afterprint", () => {
			if (before.theme) document.documentElement.dataset.theme = before.theme;
			else delete document.documentElement.dataset.theme;
			for (const button of document.querySelectorAll(".unfold[aria-expanded=false]")) {
				let row = button.closest("tr").nextElementSibling;
				for (; row && row.classList.contains("detail"); row = row.nextElementSibling) row.hidden = true;
			}
			this.view.set(before.begin, before.end);
			this.fit();
		});
	}
}

/* How long a frame takes to paint, in milliseconds, over a number of views. */
function measureFrames(page, count) {
	const times = [];
	for (let i = 0; i < count; i++) {
		const span = page.trace.end * Math.pow(0.8, i % 60),
			begin = ((i * 37) % 100) / 100 * (page.trace.end - span);
		page.view.set(begin, begin + span);
		const since = performance.now();
		page.painter.paint();
		times.push(performance.now() - since);
	}
	page.view.whole();
	page.painter.paint();
	return times.sort((a, b) => a - b);
}

function start() {
	const since = performance.now(), page = new Page();
	Object.assign(ringscope, {
		page, trace: page.trace, loadMilliseconds: performance.now() - since,
		find: (query) => page.find(query),
		measureFrames: (count) => measureFrames(page, count),
		words: (item) => describe(page.trace, item),
		state: () => stateOf(page),
	});
}

/* What a reader of the page sees, in numbers. */
function stateOf({ trace, view, painter, search, sums }) {
	return {
		begin: view.begin, end: view.end, whole: trace.end, items: trace.count, events: trace.events,
		pinned: painter.pinned, selection: painter.selection, sums: sums || null,
		query: search.query, matches: search.matches.length, busy: search.busy,
		theme: document.documentElement.dataset.theme || "system",
	};
}

start();

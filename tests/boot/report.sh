#!/usr/bin/env bash
# The HTML report of a run, in a real browser without a window: it loads, zooms, searches, is clicked
# at, is printed, and says the same as babeltrace2, stat and verify. And how report fails.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

refused() { # SENTENCE ARGUMENT...
	local sentence=$1

	shift
	ask "refused" report "$@"
	expect_status 1
	expect_sentence "$sentence"
}

# What runs has markup in its name, which must stay text.
script='ls /; cat /etc/hostname | wc # </script><img src=x onerror=x>'
boot real --observe both -- sh -c "$script"
expect_status 0
expect_whole

ask report report real -o real.html
expect_status 0
expect_output ''
ask stream report --output - real
expect_status 0
cmp -s stream.out real.html || problem "standard output is another page than the file"
grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write' "$ROOT"/tools/page/*.js &&
	problem "the page makes markup of text"
grep -Eq 'src=|href="[^#d]|https?://' real.html && problem "the page asks for something elsewhere"

refused '/proc/nowhere.html: .*No such file' real -o /proc/nowhere.html
refused '/dev/full: No space left' real -o /dev/full
[ -c /dev/full ] || problem "/dev/full was removed"
refused 'nowhere: No such file' nowhere -o nowhere.html
rm -rf torn
cp -r real torn
truncate -s 700 torn/ring0_0
refused 'torn is damaged: .*verify' torn -o torn.html
[ ! -e torn.html ] || problem "a report of a damaged trace was begun"
ask nofile report real
expect_status 2
expect_said 'wants a file to write: -o'

# Without a browser what was found so far still counts.
no_browser() {
	[ "$problems" -eq 0 ] || exit 1
	skip "$*"
}
for tool in chromedriver curl jq; do
	command -v $tool >/dev/null || no_browser "$tool is not installed"
done
run=real.html

# The browser, over WebDriver: HTTP and JSON, which curl and jq know.
driver=
session=
stop_browser() {
	[ -z "$session" ] || web DELETE '' >/dev/null
	[ -z "$driver" ] || kill "$driver"
}
trap 'result=$?; stop_browser; finish $result' EXIT

web() { # METHOD PATH [BODY]
	curl -s -m 60 -X "$1" -H 'Content-Type: application/json' -d "${3-}" \
		"http://127.0.0.1:$port/session${session:+/$session}$2"
}

start_browser() {
	local body='{"capabilities": {"alwaysMatch": {"goog:loggingPrefs": {"browser": "ALL"},
		"goog:chromeOptions": {"args": ["--headless=new", "--no-sandbox", "--disable-gpu",
		"--disable-dev-shm-usage", "--window-size=1280,1000"]}}}}'

	chromedriver --port=0 >driver.log 2>&1 &
	driver=$!
	for _ in {1..100}; do
		port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' driver.log)
		[ -z "$port" ] || break
		sleep 0.1
	done
	session=$(web POST '' "$body" | jq -r '.value.sessionId // empty')
	[ -n "$session" ] || no_browser "chromedriver finds no Chromium it can start"
}

# run_script sync|async SCRIPT: what it returns, or passes on.
run_script() {
	local script=${2//\\/\\\\}

	web POST "/execute/$1" "{\"script\": \"${script//\"/\\\"}\", \"args\": []}" |
		jq -r '.value | if type == "object" and has("error") then "ERROR \(.message)" else . end'
}

# js EXPRESSION: its value in the page.
js() {
	run_script sync "return $1"
}

# says EXPRESSION VALUE: what it is in the page.
says() {
	local value

	value=$(js "$1")
	[ "$value" = "$2" ] || problem "$1 is $value instead of $2"
}

# soon EXPRESSION VALUE: the same of what takes the page a moment.
soon() {
	local _

	for _ in {1..50}; do
		[ "$(js "$1")" != "$2" ] || return 0
		sleep 0.1
	done
	says "$1" "$2"
}

type_keys() { # KEYS, one at a time
	web POST /actions "$(jq -n --arg keys "$1" '{actions: [{type: "key", id: "keys", actions:
		[$keys | split("")[] | {type: "keyDown", value: .}, {type: "keyUp", value: .}]}]}')" >/dev/null
}

# point X Y ACTION...: the pointer goes there, and does what is named.
point() {
	local x=$1 y=$2

	shift 2
	web POST /actions "$(jq -n --argjson x "$x" --argjson y "$y" --arg acts "$*" '{actions: [{type:
		"pointer", id: "mouse", actions: ([{type: "pointerMove", duration: 0, x: $x, y: $y}] +
		[$acts | split(" ")[] | select(. != "") | {type: ., button: 0}])}]}')" >/dev/null
}

start_browser
web POST /url "{\"url\": \"file://$PWD/real.html\"}" >/dev/null
run=real # babeltrace2 reads this one
decode
calls() { # NAME: how often ring 0 recorded that call
	events syscall_entry "number = \( \"$1\""
}
says 'ringscope.state().events' "$(wc -l <real.txt)"
says 'ringscope.trace.summary.verify.findings' 0
says 'document.title' "Ringscope: sh -c $script"
says 'document.querySelector("h1").textContent' "sh -c $script"
says 'document.images.length' 0
says 'performance.getEntriesByType("resource").length' 0

# Every tier has what stat says, by the summary as by the page's own sums over the events.
for tier in 'ring 3' 'ring 0' 'ring -1, VM exits' 'ring -1, starting up'; do
	code=$(jq -n --arg tier "$tier" '{"ring 3": 2, "ring 0": 1, "ring -1, VM exits": 0, "ring -1, starting up": 4}[$tier]')
	ticks=$("$RINGSCOPE" stat real | sed -n "s/^$tier  *\([0-9]*\) .*/\1/p" | head -n 1)
	says "ringscope.trace.tiers.between(0, ringscope.trace.end)[$code]" "$ticks"
done

# Searching: as many as babeltrace2 counts. "0x3f8" is in no pattern of words, or is: numbers count.
search() { # WORDS COUNT
	local found

	found=$(run_script async "const done = arguments[0]; ringscope.find('$1'); (function look() { if (ringscope.state().busy) setTimeout(look, 20); else done(ringscope.state().matches) })()")
	[ "$found" = "$2" ] || problem "a search for $1 finds $found instead of $2"
}
for call in write openat mmap wait4; do
	search "call:$call" "$(calls "$call")"
done
for event in vm_exit vm_entry page_fault_exit user_leave seen_syscall syscall_text; do
	search "event:$event" "$(events "$event")"
done
search exit:CPUID "$(events vm_exit 'reason = \( "CPUID"')"
search 'event:syscall_entry pid:1' "$(events syscall_entry '\{ pid = 1,')"
address=$(sed -n 's/.* page_fault_entry: .* address = \(0x[0-9A-F]*\),.*/\1/p' real.txt | tail -n 1)
search "event:page_fault_entry ${address,,}" "$(events page_fault_entry "address = $address,")"
search nowhere-in-it 0

# By the keyboard: / goes to the search, n to a match, which is pinned and in view.
js 'document.activeElement.blur(), ringscope.page.letGo(), 0' >/dev/null
type_keys '/'
says 'document.activeElement.id' search
web POST "/element/$(web POST /element '{"using": "css selector", "value": "#search"}' | jq -r '.value[]')/value" \
	'{"text": "call:write\n"}' >/dev/null
says 'ringscope.state().matches' "$(calls write)"
says 'ringscope.trace.name(ringscope.state().pinned)' write
says 'document.querySelector("#details .words").textContent.startsWith("write(1</dev/console>, \"")' true
says 'ringscope.state().begin < ringscope.trace.begin[ringscope.state().pinned]' true
says 'document.querySelectorAll(".chain li").length' 2

# Up to what it happened in: a link, and then an exit by its own chain.
js 'document.querySelector(".chain button").click(), 0' >/dev/null
says 'ringscope.trace.kind[ringscope.state().pinned] === ringscope.trace.ids.user_enter' true

# Zoom: keys, buttons, the wheel; and a move.
js 'document.activeElement.blur(), document.getElementById("whole").click(), 0' >/dev/null
says 'ringscope.state().end - ringscope.state().begin === ringscope.state().whole' true
type_keys '++'
says 'Math.round(ringscope.state().whole / (ringscope.state().end - ringscope.state().begin))' 4
before=$(js 'ringscope.state().begin')
type_keys $'\uE014' # right arrow
says "ringscope.state().begin > $before" true
type_keys '0'
says 'ringscope.state().begin' 0
js 'scrollTo(0, 0), 0' >/dev/null
web POST /actions "$(jq -n '{actions: [{type: "wheel", id: "wheel", actions: [{type: "scroll", x: 400, y: 400,
	deltaX: 0, deltaY: -600, duration: 0}]}]}')" >/dev/null
says 'ringscope.state().end - ringscope.state().begin < ringscope.state().whole / 2' true

# A click at a bar pins what is drawn there; a drag along the ruler sums up.
js '((p) => (p.goTo(p.search.matches[0], true), p.pin(-1), p.painter.paint(), 0))(ringscope.page)' >/dev/null
bar='((p, box) => ({x: Math.round(box.left + p.view.x(p.trace.begin[p.search.matches[0]]) + 4), '
bar+='y: Math.round(box.top + p.layout.of(1).bars + 6), top: Math.round(box.top + 6)}))'
bar+='(ringscope.page, ringscope.page.canvas.getBoundingClientRect())'
read -r x y top < <(js "$bar" | jq -r '"\(.x) \(.y) \(.top)"')
point "$x" "$y"
soon 'document.getElementById("tooltip").hidden' false
point "$x" "$y" pointerDown pointerUp
says 'ringscope.state().pinned === ringscope.page.search.matches[0]' true
point "$((x - 10))" "$top" pointerDown
point "$((x + 300))" "$top" pointerUp
says 'ringscope.state().sums.tiers.reduce((sum, one) => sum + one) - (ringscope.state().sums.end - ringscope.state().sums.begin) < 1' true
says 'ringscope.state().sums.calls' 1

# Tables sort and unfold; the exits' counts are the trace's.
says 'ringscope.trace.summary.exits.reduce((sum, row) => sum + row.count, 0)' "$(events vm_exit)"
says 'ringscope.trace.summary.exits.find((row) => row.name === "CPUID").details.length > 1' true
js 'document.querySelector("#exits th:nth-child(2) button").click(), 0' >/dev/null
says 'document.querySelector("#exits th:nth-child(2)").getAttribute("aria-sort")' descending
says 'document.querySelectorAll("#map tbody tr").length > 20' true
says 'document.querySelectorAll("#negotiation tbody tr").length' "$(events feature)"

# Light and dark, a telephone's width, and paper.
js 'document.activeElement.blur(), 0' >/dev/null
type_keys 't'
says 'ringscope.state().theme' dark
web GET /screenshot | jq -r .value | base64 -d >dark.png
web POST /window/rect '{"width": 390, "height": 844}' >/dev/null
soon 'document.documentElement.scrollWidth <= innerWidth' true
web GET /screenshot | jq -r .value | base64 -d >narrow.png
web POST /print '{"background": true}' | jq -r .value | base64 -d >paper.pdf
for picture in dark.png narrow.png paper.pdf; do
	[ "$(stat -c %s $picture)" -gt 10000 ] || problem "$picture is empty"
done
says 'ringscope.state().theme' dark

console=$(web POST /se/log '{"type": "browser"}' | jq -r '.value[] | .level + " " + .message')
[ -z "$console" ] || problem "the browser's console says: $console"

#!/usr/bin/env python3
"""Reads the exports of one trace back, independently of what wrote them, and counts.

read_exports.py EVENTS EXPORTS [whole]

EVENTS is what babeltrace2 prints of the trace. EXPORTS is a directory with its exports: perfetto,
chrome, folded, jsonl and csv. Perfetto's wire format is decoded here by hand. Every slice must nest,
every arrow have both of its ends, and (of a whole trace) every count be babeltrace2's. Prints what
it counted; says what is wrong and fails.
"""
import collections
import csv
import json
import re
import sys

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4
OPENERS = {"syscall": "syscall_entry", "fault": "page_fault_entry", "exit": "vm_exit",
           "interrupt": "interrupt_entry", "exception": "exception_entry", "user": "user_enter"}
problems = []


def expect(what, got, wanted):
    if got != wanted:
        problems.append(f"{what}: {got} instead of {wanted}")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """A message as {field: [value...]}: varints and fixed numbers as int, the rest as bytes."""
    found, at = collections.defaultdict(list), 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = int.from_bytes(data[at:at + 8], "little"), at + 8
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            if len(value) != size:
                raise ValueError("a field is cut off")
        else:
            raise ValueError(f"wire type {kind}")
        found[tag >> 3].append(value)
    return found


def one(message, number, default=None):
    values = message.get(number, [default])
    if len(values) != 1:
        raise ValueError(f"field {number} is there {len(values)} times")
    return values[0]


class Event:
    def __init__(self, time, kind, track, name, category, flows, ending, notes):
        self.time, self.kind, self.track, self.name = time, kind, track, name
        self.category, self.flows, self.ending, self.notes = category, flows, ending, notes


def read_perfetto(path):
    with open(path, "rb") as file:
        data = file.read()
    tables = {number: {} for number in (1, 2, 3, 29)}
    tracks, events, counters = {}, [], 0
    for number, packets in fields(data).items():
        expect("field of the trace", number, 1)
        for raw in packets:
            packet = fields(raw)
            expect("sequence", one(packet, 10), 1)
            for interned in packet.get(12, []):
                for table, entries in fields(interned).items():
                    for entry in map(fields, entries):
                        if one(entry, 1) in tables[table]:
                            problems.append(f"name {one(entry, 1)} interned twice")
                        tables[table][one(entry, 1)] = one(entry, 2).decode()
            for descriptor in map(fields, packet.get(60, [])):
                tracks[one(descriptor, 1)] = (one(descriptor, 2).decode(), one(descriptor, 5),
                                              one(descriptor, 12), 8 in descriptor)
            for event in map(fields, packet.get(11, [])):
                if one(event, 11) not in tracks:
                    problems.append(f"track {one(event, 11)} is unknown")
                if one(event, 9) == COUNTER:
                    counters += 1
                    if not tracks[one(event, 11)][3] or 30 not in event:
                        problems.append("a counter without a track or a value")
                    continue
                name = one(event, 23, b"").decode() or tables[2].get(one(event, 10))
                category = tables[1][event[3][0]] if 3 in event else None
                notes = {}
                for note in map(fields, event.get(4, [])):
                    key = one(note, 10, b"").decode() or tables[3][one(note, 1)]
                    text = tables[29][one(note, 17)] if 17 in note else one(note, 6)
                    notes[key] = text if text is not None else one(note, 3, one(note, 7))
                events.append(Event(one(packet, 8), one(event, 9), one(event, 11), name, category,
                                    event.get(47, []), event.get(48, []), notes))
    events.sort(key=lambda event: event.time)
    return tracks, events, counters


def nest(events):
    """The slices as (track, begin, duration, category, name, depth, continued)."""
    stacks, slices = collections.defaultdict(list), []
    for event in events:
        stack = stacks[event.track]
        if event.kind == BEGIN:
            if event.name is None or event.category is None:
                problems.append(f"a slice without a name at {event.time}")
            stack.append(event)
        elif event.kind == END:
            if not stack:
                problems.append(f"an end without a begin at {event.time}")
                continue
            begin = stack.pop()
            slices.append((begin.track, begin.time, event.time - begin.time, begin.category,
                           begin.name, len(stack), begin.notes.get("continued", 0)))
    for track, stack in stacks.items():
        expect(f"slices left open on track {track}", len(stack), 0)
    return slices


def check_flows(events):
    ends, over = collections.Counter(), set()
    for event in events:
        for flow in event.flows + event.ending:
            if flow in over:
                problems.append(f"flow {flow} goes on behind its end")
            ends[flow] += 1
        for flow in event.ending:
            over.add(flow)
            expect(f"ends of flow {flow}", ends[flow], 2)
    for flow, count in ends.items():
        if count < 2:
            problems.append(f"flow {flow} has one end only")
    return len(ends)


def check_tracks(tracks):
    top = [uuid for uuid, (_, parent, _, _) in tracks.items() if parent is None]
    expect("tracks without a parent", len(top), 1)
    rings = sorted((rank, name) for name, parent, rank, counter in tracks.values()
                   if parent is not None and not counter)
    expect("rings", [name for _, name in rings], ["ring 3", "ring 0", "ring -1"])


def read_chrome(path):
    with open(path) as file:
        loaded = json.load(file)
    kinds = {"B": BEGIN, "E": END, "i": INSTANT}
    events, starts, finishes, counters = [], collections.Counter(), collections.Counter(), 0
    for entry in loaded["traceEvents"]:
        phase = entry["ph"]
        if phase == "s":
            starts[entry["id"]] += 1
        elif phase == "f":
            finishes[entry["id"]] += 1
        elif phase == "C":
            counters += 1
        elif phase in kinds:
            nanoseconds = round(entry["ts"] * 1000)
            events.append(Event(nanoseconds, kinds[phase], entry["tid"], entry["name"],
                                entry["cat"], [], [], entry.get("args", {})))
        elif phase != "M":
            problems.append(f"phase {phase}")
    expect("arrows of chrome", starts, finishes)
    expect("arrows that start twice", [id for id, count in starts.items() if count > 1], [])
    events.sort(key=lambda event: event.time)
    return events, counters, len(starts)


def check_whole(counts, slices):
    got = collections.Counter(category for _, _, _, category, _, _, more in slices if not more)
    for category, event in OPENERS.items():
        expect(f"slices {category}", got[category], counts[event])
    expect("slices start", got["start"], 1 if counts["vm_entry"] else 0)


def main():
    whole = len(sys.argv) > 3
    with open(sys.argv[1], encoding="latin-1") as file:  # texts are any bytes
        counts = collections.Counter(re.findall(r"^\[[^]]*\] \([^)]*\) (\w+):", file.read(), re.M))
    where = sys.argv[2] + "/"
    tracks, events, counters = read_perfetto(where + "perfetto")
    slices = nest(events)
    flows = check_flows(events)
    check_tracks(tracks)
    chrome, chrome_counters, arrows = read_chrome(where + "chrome")
    chrome_slices = nest(chrome)
    # Chrome shows as slices, without length, what is not gone on with.
    same = [entry[1:6] for entry in slices]
    other = [entry[1:6] for entry in chrome_slices if entry[3] != "unfinished"]
    if sorted(same) != sorted(other):
        problems.append("perfetto and chrome have other slices")
    expect("counters of chrome", chrome_counters, counters)
    ring = {uuid: name for uuid, (name, _, _, _) in tracks.items()}
    by_ring = collections.Counter()
    with open(where + "folded") as file:
        for line in file:
            stack, ticks = line.rsplit(" ", 1)
            by_ring[stack.split(";")[0]] += int(ticks)
    with open(where + "jsonl") as file:
        records = [json.loads(line) for line in file]
    with open(where + "csv", newline="") as file:
        rows = list(csv.DictReader(file))
    expect("records of csv", [(row["tsc"], row["event"], row["sequence"]) for row in rows],
           [(str(record["tsc"]), record["event"], str(record["sequence"])) for record in records])
    if whole:
        check_whole(counts, slices)
        expect("records of jsonl", collections.Counter(record["event"] for record in records), counts)
    if whole and records and records[0]["unit"] == "ticks":
        expect("ticks in ring -1", by_ring["ring -1"],
               sum(length for track, _, length, category, _, _, _ in slices
                   if ring[track] == "ring -1" and category in ("exit", "start")))
    continued = sum(1 for entry in slices if entry[6])
    print(f"slices {len(slices)} continued {continued} flows {flows} arrows {arrows} "
          f"instants {sum(event.kind == INSTANT for event in events)} counters {counters} "
          f"records {len(records)} ticks {sum(by_ring.values())}")
    for problem in problems[:20]:
        print(f"PROBLEM: {problem}")
    sys.exit(1 if problems else 0)


main()

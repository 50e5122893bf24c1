# shellcheck shell=bash
# What the measuring scripts share. ROOT is set. Boots in Bochs, in build/bench, where they leave all they
# print.
BUILD=$(cd "$ROOT" && realpath -m "${B:-build}")
RINGSCOPE=$BUILD/ringscope
WORK=$BUILD/bench
mkdir -p "$WORK"
cd "$WORK" || exit 1

give_up() {
	echo "bench: $*" >&2
	exit 1
}

now() { # microseconds
	echo "${EPOCHREALTIME/[.,]/}"
}

# boot NAME [OPTION...] -- PROGRAM...
boot() {
	local name=$1

	shift
	"$RINGSCOPE" run --quiet --engine bochs --trace "$name" "$@" >"$name.out" 2>"$name.err" </dev/null ||
		give_up "$name failed: $(tail -n 1 "$name.err")"
}

calculate() {
	awk "BEGIN { printf \"%.${2:-0}f\", $1 }"
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# What the guest kernel (exits) and the program bench (calls) measured: the least of several rounds.
exit_ticks() {
	sed -n "s/^guest: bench: $2 //p" "$1/run/log.txt"
}

call_ticks() {
	sed -n "s/^$2 //p" "$1.out"
}

# shellcheck shell=bash
# lines_of_code FILE...: lines that are neither blank nor only comment, in C and NASM.
lines_of_code() {
	awk 'FNR == 1 { inside = 0 }
		FILENAME ~ /[.]asm$/ { sub(/;.*/, "") }
		{
			text = inside ? "" : $0
			if (inside && (end = index($0, "*/"))) {
				inside = 0
				text = substr($0, end + 2)
			}
			gsub(/\/[*]([^*]|[*]+[^*\/])*[*]+\//, "", text)
			sub(/\/\/.*/, "", text)
			if ((start = index(text, "/*"))) {
				inside = 1
				text = substr(text, 1, start - 1)
			}
			count += text ~ /[^ \t]/
		}
		END { print count }' "$@"
}

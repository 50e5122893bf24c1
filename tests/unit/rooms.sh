#!/bin/bash
# Includes go one way only: each room may include what is listed for it here, and nothing else. The tour
# of the sources names every one of the command's.
cd "$(dirname "$0")/../.." || exit 2

declare -A allowed=(
	[abi]='abi/'
	[lib]='abi/|lib/'
	[vmx]='abi/|lib/|vmx/'
	[ept]='abi/|lib/|ept/'
	[hv]='abi/|lib/|vmx/|ept/|hv/'
	[guest]='abi/|lib/|guest/'
	[user]='abi/|user/'
	[tools]='abi/|lib/|tools/|vmx/exit_reasons.h|vmx/features.h|vmx/fields.h|vmx/check.h|vmx/vm_errors.h|vmx/events.h|ept/ept.h|ept/mtrr.h'
)
# Headers of the compiler that a freestanding room may use.
freestanding='stdarg.h|stdbool.h|stddef.h|stdint.h'
failed=0

say() {
	echo "$1" >&2
	failed=1
}

for room in "${!allowed[@]}"; do
	while IFS=: read -r file line text; do
		path=$(sed -E 's/^[^"<]*["<]([^">]*)[">].*/\1/' <<<"$text")
		case $text in
		*\"*) [[ $path =~ ^(${allowed[$room]}) ]] ||
			say "$file:$line: $room/ must not include $path" ;;
		*) [[ $room == tools || $room == user || $path =~ ^($freestanding)$ ]] ||
			say "$file:$line: $room/ is freestanding and must not include <$path>" ;;
		esac
	done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$room"/*.[ch] /dev/null)
done

# The contract is plain data: no function bodies.
while IFS=: read -r file line text; do
	say "$file:$line: abi/ holds no code: $text"
done < <(grep -nE '^(static )?inline ' abi/*.h)

for file in tools/*.c tools/page/*; do
	name=${file##*/}
	grep -qF "\`${name%.c}\`" docs/how-it-works.md || say "docs/how-it-works.md does not name $file"
done

exit $failed

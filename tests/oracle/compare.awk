# Compares which check the engine says a VMCS failed with what the checker found wrong in it:
#
#   awk -f compare.awk messages.txt vmx/fields.h engine.log log.txt
#
# The oracle's log has a line "r TICKS CASE CLASS PLACE..." for each refusal; the engine's own line
# is the last before that time. Prints what does not fit, then a sum; exit status 1 if anything.
FNR == 1 { file++ }

# What part of a message, and which fields.
file == 1 {
	if (/^# /)
		next
	tab = index($0, "\t")
	part[++parts] = substr($0, 1, tab - 1)
	fields[parts] = substr($0, tab + 1)
	next
}

# The fields' names by place; places are hexadecimal in the log.
file == 2 {
	if (match($0, /FIELD\(0x[0-9a-f]+, [a-z0-9_]+/)) {
		split(substr($0, RSTART, RLENGTH), words, ", ")
		name[sprintf("%x", places++)] = words[2]
	}
	next
}

# Of the lines of one VM entry, all at the same tick, the first says what failed.
file == 3 {
	if (!/VMFAIL|VMENTER FAIL|PDPTRs|LoadMSRs/)
		next
	tick = $0
	sub(/e?\[.*/, "", tick)
	if (tick + 0 == ticks[last])
		next
	ticks[++last] = tick + 0
	message[last] = $0
	sub(/^[^]]*\] /, "", message[last])
	next
}

/^r [0-9]/ {
	while (at < last && ticks[at + 1] <= $2 + 0)
		at++
	wanted = fields_of(message[at])
	compared++
	found = ""
	fits = 0
	for (i = 5; i <= NF; i++) {
		found = found " " name[$i]
		fits = fits || index(" " wanted " ", " " name[$i] " ")
	}
	own = !fits && wanted ~ /-$/
	added += own
	if (!fits && !own && found != "") {
		misfits++
		print "case " $3 ": the engine says \"" message[at] "\" (" wanted "), the checker:" found
	}
	silent += found == ""
}

function fields_of(text, i, result)
{
	if (text in known)
		return known[text]
	for (i = 1; i <= parts && text !~ part[i]; i++)
		continue
	result = i > parts ? "no line of messages.txt" : fields[i]
	if (match(text, /[^A-Z](ES|CS|SS|DS|FS|GS|LDTR|TR)[^A-Z]/))
		gsub(/@/, tolower(substr(text, RSTART + 1, RLENGTH - 2)), result)
	return known[text] = result
}

END {
	printf "%d refusals compared, %d for checks of the engine's own, %d that the checker does not " \
		"have, %d that do not fit\n", compared, added, silent, misfits
	exit misfits > 0 || !compared
}

#include <string.h>

#include "abi/syscalls.h"
#include "tools/metadata.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

static const char types[] =
	"typealias integer { size = 8; align = 8; signed = false; } := u8;\n"
	"typealias integer { size = 16; align = 8; signed = false; } := u16;\n"
	"typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
	"typealias integer { size = 64; align = 8; signed = false; } := u64;\n"
	"typealias integer { size = 8; align = 8; signed = true; } := s8;\n"
	"typealias integer { size = 32; align = 8; signed = true; } := s32;\n"
	"typealias integer { size = 64; align = 8; signed = true; } := s64;\n"
	"typealias integer { size = 32; align = 8; signed = false; base = hex; } := hex_u32;\n"
	"typealias integer { size = 64; align = 8; signed = false; base = hex; } := hex_u64;\n"
	"typealias integer { size = 8; align = 8; signed = false; encoding = UTF8; } := text;\n\n";

static const char packet_header[] = "\tpacket.header := struct {\n"
				    "\t\thex_u32 magic;\n"
				    "\t\tu8 uuid[16];\n"
				    "\t\tu32 stream_id;\n"
				    "\t\tu64 stream_instance_id;\n"
				    "\t};\n";

static const char stream_body[] = "\tpacket.context := struct {\n"
				  "\t\ttsc timestamp_begin;\n"
				  "\t\ttsc timestamp_end;\n"
				  "\t\tu64 content_size;\n"
				  "\t\tu64 packet_size;\n"
				  "\t\tu64 packet_seq_num;\n"
				  "\t\tu64 events_discarded;\n"
				  "\t\tu32 cpu_id;\n"
				  "\t\tu32 _padding;\n"
				  "\t};\n"
				  "\tevent.header := struct {\n"
				  "\t\ttsc timestamp;\n"
				  "\t\tu16 id;\n"
				  "\t};\n"
				  "\tevent.context := struct {\n"
				  "\t\ttier_s8 tier;\n"
				  "\t\tphase_u8 phase;\n"
				  "\t\tu32 sequence;\n"
				  "\t};\n"
				  "};\n\n";

static const char clock_type[] =
	"typealias integer { size = 64; align = 8; signed = false; map = clock.tsc.value; } "
	":= tsc;\n\n";

/* One label of an enumeration. */
struct label {
	const char *name;
	s64 number;
};

static void write_enum(FILE *out, const char *alias, const char *base, const struct label *labels,
                       size_t count)
{
	fprintf(out, "typealias enum : %s {\n", base);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "\t\"%s\" = %lld,\n", labels[i].name, (long long)labels[i].number);
	fprintf(out, "} := %s;\n\n", alias);
}

static const struct label tiers[] = {
#define TIER(name, ring, stream, text) {text, ring},
	TRACE_TIERS(TIER)
#undef TIER
};

static const struct label streams[] = {
#define TIER(name, ring, stream, text) {text, stream},
	TRACE_TIERS(TIER)
#undef TIER
};

static const struct label phases[] = {
	{"instant", PHASE_INSTANT}, {"begin", PHASE_BEGIN}, {"end", PHASE_END}};

static const struct label reasons[] = {
#define EXIT(number, name, kind, fate) {#name, number},
	EXIT_REASONS(EXIT)
#undef EXIT
/* A failed entry comes with bit 31 set. */
#define EXIT(number, name, kind, fate) {#name, (s64)EXIT_REASON_ENTRY_FAILED | (number)},
		EXIT_REASONS(EXIT)
#undef EXIT
};

static const struct label syscalls[] = {
#define CALL(number, name, ...) {#name, number},
	SYSCALLS(CALL)
#undef CALL
};

static const struct label gates[] = {
#define GATE(number, name) {#name, number},
	USER_GATES(GATE)
#undef GATE
};

static const struct label outcomes[] = {
#define OUTCOME(number, name) {#name, number},
	FAULT_OUTCOMES(OUTCOME)
#undef OUTCOME
};

static const struct label signals[] = {{"none", 0},
#define SIGNAL(number, name) {#name, number},
                                       SIGNALS(SIGNAL)
#undef SIGNAL
};

static void write_enums(FILE *out)
{
#define ENUM(alias, base, labels) write_enum(out, alias, base, labels, ARRAY_SIZE(labels))
	ENUM("tier_s8", "s8", tiers);
	ENUM("phase_u8", "u8", phases);
	ENUM("stream_u32", "u32", streams);
	ENUM("reason_u32", "u32", reasons);
	ENUM("syscall_u32", "u32", syscalls);
	ENUM("gate_u32", "u32", gates);
	ENUM("outcome_u32", "u32", outcomes);
	ENUM("signal_u32", "u32", signals);
#undef ENUM
}

/* How each display names its type, given the field's own integer type. */
#define TYPE_DEC(type)      #type
#define TYPE_HEX(type)      "hex_" #type
#define TYPE_REASON(type)   "reason_" #type
#define TYPE_SYSCALL(type)  "syscall_" #type
#define TYPE_VECTOR(type)   #type
#define TYPE_SIGNAL(type)   "signal_" #type
#define TYPE_GATE(type)     "gate_" #type
#define TYPE_INTERVAL(type) "hex_" #type
#define TYPE_OUTCOME(type)  "outcome_" #type
#define TYPE_STREAM(type)   "stream_" #type
#define TYPE_HIDDEN(type)   #type

/* Readers drop a leading underscore, which keeps names such as "stream" from being keywords. */
static void write_events(FILE *out)
{
#define EVENT(number, name, tier, phase, text)                                                     \
	fprintf(out,                                                                               \
	        "/* %s */\nevent {\n\tname = \"%s\";\n\tid = %d;\n\tstream_id = %d;\n"             \
	        "\tfields := struct {\n",                                                          \
	        text, #name, number, STREAM_##tier);
#define FIELD(type, name, display, text) fprintf(out, "\t\t%s _%s;\n", TYPE_##display(type), #name);
#define TEXT(name, bytes, sentence)      fprintf(out, "\t\ttext _%s[%d];\n", #name, bytes);
#define END(name)                        fputs("\t};\n};\n\n", out);
	TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
}

static void write_clock(FILE *out, const struct trace_info *info)
{
	/* CTF wants a frequency; one that the machine did not tell is shown as 1 GHz. */
	fprintf(out,
	        "clock {\n\tname = \"tsc\";\n\tdescription = \"Time-stamp counter; %s%s\";\n"
	        "\tfreq = %llu;\n"
	        "\toffset = 0;\n};\n\n",
	        info_in_ticks(info) ? info_unit_text(info) : "real time",
	        info->tsc_hz ? "" : "; frequency unknown",
	        (unsigned long long)(info->tsc_hz ? info->tsc_hz : 1000000000));
}

void metadata_write(FILE *out, const struct trace_info *info)
{
	fputs("/* CTF 1.8 */\n\n"
	      "/* Written by ringscope from abi/events.h, abi/syscalls.h, vmx/exit_reasons.h. "
	      "*/\n\n",
	      out);
	fputs(types, out);
	fprintf(out,
	        "trace {\n\tmajor = 1;\n\tminor = 8;\n\tuuid = \"%s\";\n\tbyte_order = "
	        "le;\n%s};\n\n",
	        info->uuid, packet_header);
	fputs("env {\n", out);
	info_write(out, INFO_ENV, info);
	fputs("};\n\n", out);
	write_clock(out, info);
	fputs(clock_type, out);
	write_enums(out);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		fprintf(out, "stream {\n\tid = %u;\n", stream);
		fputs(stream_body, out);
	}
	write_events(out);
}

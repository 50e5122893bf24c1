#include <string.h>

#include "tools/decode.h"
#include "tools/decode_exit.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

static const u8 exit_kinds[] = {
#define EXIT(number, name, kind, fate) [number] = EXIT_KIND_##kind,
	EXIT_REASONS(EXIT)
#undef EXIT
};

#define BASIC_REASON(reason) ((reason)&0xffffu)

/* Exit qualification of an I/O instruction. */
#define IO_SIZE(q)   (((q)&7) + 1)
#define IO_IN(q)     ((q) >> 3 & 1)
#define IO_STRING(q) ((q) >> 4 & 1)
#define IO_PORT(q)   ((q) >> 16 & 0xffff)

/* Of a control-register access. */
#define CR_NUMBER(q) ((q)&15)
#define CR_ACCESS(q) ((q) >> 4 & 3)
enum { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

/* Of an EPT violation: what was tried, and what the tables would allow. */
enum { EPT_READ = 1, EPT_WRITE = 2, EPT_FETCH = 4, EPT_KEY = 7 };

/* Interruption information. */
#define INFO_VALID      (1u << 31)
#define INFO_VECTOR     0xffu
#define INFO_TYPE(info) ((info) >> 8 & 7)
enum { TYPE_EXTERNAL = 0, TYPE_NMI = 2, TYPE_HARDWARE = 3 };

static u8 kind_of(u32 reason)
{
	return BASIC_REASON(reason) < ARRAY_SIZE(exit_kinds) ? exit_kinds[BASIC_REASON(reason)]
	                                                     : EXIT_KIND_NONE;
}

u64 exit_key(const struct trace_vm_exit *exit)
{
	u64 q = exit->qualification;

	switch (kind_of(exit->reason)) {
	case EXIT_KIND_EVENT:
		return exit->interruption_info & (INFO_VALID | 0x7ff);
	case EXIT_KIND_CPUID:
	case EXIT_KIND_MSR:
		return (u32)exit->operand0;
	case EXIT_KIND_CALL:
		return exit->operand0;
	case EXIT_KIND_IO:
		return q & 0xffff001f; /* port, string, direction, size */
	case EXIT_KIND_CR:
		return q & 0x3f;
	case EXIT_KIND_DR:
		return q & 0x17;
	case EXIT_KIND_EPT:
		return q & EPT_KEY;
	default:
		return 0;
	}
}

void decode_named(struct line *line, u64 number, const char *name)
{
	line_add(line, "0x%llx", (unsigned long long)number);
	if (name)
		line_add(line, " (%s)", name);
}

static void decode_event_info(struct line *line, u32 info)
{
	u32 vector = info & INFO_VECTOR;
	const char *name = vector_name(vector);

	if (!(info & INFO_VALID))
		return;
	if (INFO_TYPE(info) == TYPE_EXTERNAL)
		line_add(line, "vector %u", vector);
	else if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "exception %u", vector);
}

static void decode_cr(struct line *line, u64 key)
{
	switch (CR_ACCESS(key)) {
	case CR_MOV_TO:
		line_add(line, "mov to CR%u", (unsigned)CR_NUMBER(key));
		break;
	case CR_MOV_FROM:
		line_add(line, "mov from CR%u", (unsigned)CR_NUMBER(key));
		break;
	case CR_CLTS:
		line_add(line, "clts");
		break;
	default:
		line_add(line, "lmsw");
	}
}

static void decode_ept(struct line *line, u64 key)
{
	line_add(line, "%s", key & EPT_FETCH ? "fetch" : key & EPT_WRITE ? "write" : "read");
}

static void decode_io(struct line *line, u64 key)
{
	u64 port = IO_PORT(key);
	const char *name = port_name(port);

	line_add(line, "%s%s 0x%llx", IO_IN(key) ? "in" : "out", IO_STRING(key) ? "s" : "",
	         (unsigned long long)port);
	if (IO_SIZE(key) > 1)
		line_add(line, " %u bytes", (unsigned)IO_SIZE(key));
	if (name)
		line_add(line, " (%s)", name);
}

void decode_exit_key(struct line *line, u32 reason, u64 key)
{
	switch (kind_of(reason)) {
	case EXIT_KIND_EVENT:
		decode_event_info(line, (u32)key);
		break;
	case EXIT_KIND_CPUID:
		line_add(line, "leaf ");
		decode_named(line, key, cpuid_name(key));
		break;
	case EXIT_KIND_MSR:
		decode_named(line, key, msr_name(key));
		break;
	case EXIT_KIND_CALL:
		decode_named(line, key, hypercall_name(key));
		break;
	case EXIT_KIND_IO:
		decode_io(line, key);
		break;
	case EXIT_KIND_CR:
		decode_cr(line, key);
		break;
	case EXIT_KIND_DR:
		line_add(line, "mov %s DR%u", key & 0x10 ? "from" : "to", (unsigned)(key & 7));
		break;
	case EXIT_KIND_EPT:
		decode_ept(line, key);
		break;
	default:
		break;
	}
}

void decode_reason(struct line *line, u32 reason)
{
	const char *name = reason_name(BASIC_REASON(reason));

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "REASON_%u", BASIC_REASON(reason));
	if (reason & EXIT_REASON_ENTRY_FAILED)
		line_add(line, " (entry failed)");
}

/* What goes to a serial port are characters. */
static void add_data(struct line *line, u64 port, u64 data)
{
	const char *name = port_name(port);
	bool text = name && !strncmp(name, "COM", 3);

	if (!text)
		line_add(line, " = 0x%llx", (unsigned long long)data);
	else if (data == '\n' || data == '\r')
		line_add(line, data == '\n' ? " '\\n'" : " '\\r'");
	else if (data >= ' ' && data < 0x7f)
		line_add(line, " '%c'", (char)data);
	else
		line_add(line, " = 0x%llx", (unsigned long long)data);
}

/* The low bytes that an OUT of that size writes. */
static u64 io_data(u64 q, u64 data)
{
	return data & (UINT64_MAX >> (64 - 8 * IO_SIZE(q)));
}

/* Leaves for which ECX means something. */
static bool has_subleaves(u64 leaf)
{
	static const u8 leaves[] = {0x4, 0x7, 0xb, 0xd, 0xf, 0x10, 0x12, 0x14, 0x17, 0x18, 0x1f};

	for (size_t i = 0; i < sizeof(leaves); i++)
		if (leaves[i] == leaf)
			return true;
	return false;
}

/* What was written or asked, and where. */
static void add_operands(struct line *line, const struct trace_vm_exit *exit)
{
	u64 q = exit->qualification;

	switch (kind_of(exit->reason)) {
	case EXIT_KIND_CPUID:
		if (has_subleaves((u32)exit->operand0))
			line_add(line, " subleaf %u", (u32)exit->operand1);
		break;
	case EXIT_KIND_MSR:
		if (BASIC_REASON(exit->reason) == EXIT_WRMSR)
			line_add(line, " = 0x%llx", (unsigned long long)exit->operand1);
		break;
	case EXIT_KIND_CALL:
		line_add(line, " argument 0x%llx", (unsigned long long)exit->operand1);
		break;
	case EXIT_KIND_IO:
		if (!IO_IN(q) && !IO_STRING(q))
			add_data(line, IO_PORT(q), io_data(q, exit->operand0));
		break;
	case EXIT_KIND_CR:
		if (CR_ACCESS(q) == CR_MOV_TO)
			line_add(line, " = 0x%llx", (unsigned long long)exit->operand0);
		break;
	case EXIT_KIND_EPT:
		line_add(line, " at guest-physical 0x%llx",
		         (unsigned long long)exit->guest_physical);
		if (exit->guest_linear)
			line_add(line, ", linear 0x%llx", (unsigned long long)exit->guest_linear);
		break;
	case EXIT_KIND_MISCONFIG:
		line_add(line, " at guest-physical 0x%llx",
		         (unsigned long long)exit->guest_physical);
		break;
	case EXIT_KIND_EVENT:
		if (INFO_TYPE(exit->interruption_info) == TYPE_HARDWARE && exit->interruption_error)
			line_add(line, " error 0x%x", exit->interruption_error);
		break;
	default:
		break;
	}
}

void decode_exit(struct line *line, const struct trace_vm_exit *exit)
{
	size_t used;

	line_add(line, "EXIT ");
	decode_reason(line, exit->reason);
	line_add(line, " ");
	used = line->used;
	decode_exit_key(line, exit->reason, exit_key(exit));
	if (line->used == used) {
		/* Nothing to add: take the blank back. */
		line->text[--line->used] = 0;
	}
	add_operands(line, exit);
}

/* Which exits give the guest a value. */
static bool gives_result(const struct trace_vm_exit *exit)
{
	switch (BASIC_REASON(exit->reason)) {
	case EXIT_CPUID:
	case EXIT_RDMSR:
	case EXIT_VMCALL:
		return true;
	case EXIT_IO_INSTRUCTION:
		return IO_IN(exit->qualification) && !IO_STRING(exit->qualification);
	default:
		return false;
	}
}

void decode_entry(struct line *line, const struct trace_vm_entry *entry,
                  const struct trace_vm_exit *exit)
{
	line_add(line, "ENTRY");
	if (exit && gives_result(exit))
		line_add(line, " = 0x%llx", (unsigned long long)entry->result);
	if (entry->interruption_info & INFO_VALID) {
		line_add(line, " injects ");
		decode_event_info(line, entry->interruption_info);
	}
}

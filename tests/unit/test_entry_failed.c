/*
 * Ring -1 and VM entries that fail: capabilities recorded so that the host reads the same ones, the
 * VMCS broken on purpose, and a refusal explained, recorded and told in one sentence.
 *
 * Sources: vmx/features.c vmx/fields.c vmx/check.c vmx/check_control.c vmx/check_host.c vmx/check_guest.c lib/items.c lib/format.c
 */
#include "tests/unit/unit.h"
#include <sys/mman.h>
#include "tests/unit/fake_capabilities.h"
#define FAKE_WITHOUT_HANDLERS
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"

#define read_cr0()                  0x80050033ull
#define read_cr3()                  0x123000ull
#define read_cr4()                  0x2620ull
#define vmcs_field_exists(encoding) fake_field_exists(encoding)
#include "vmx/vmcs.c"
#include "hv/explain.c"

#define RING_BYTES 16384u
#define LIST       0x10000000ull /* RAM, where there is a list of MSRs */

static struct trace_ring *ring;
static char said[4096]; /* on ring -1's console */
static u64 *list;       /* at LIST */
static u32 snapshot_fields;

void hv_log(const char *pattern, ...)
{
	size_t used = strlen(said);
	va_list arguments;

	va_start(arguments, pattern);
	vsnprintf(said + used, sizeof(said) - used, pattern, arguments);
	va_end(arguments);
	strcat(said, "\n");
}

_Noreturn void end_reported(struct vcpu *vcpu, enum guest_end cause, const char *sentence)
{
	end_report(vcpu, cause, "%s", sentence);
}

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
	fail_msg("a record found no room");
}

const char *exit_reason_name(u32 reason)
{
	return (reason & 0xffff) == EXIT_ENTRY_FAIL_GUEST_STATE ? "GUEST" : "OTHER";
}

/* What the machine has at LIST is the host's own memory there. */
bool memory_is_ram(u64 start, u64 bytes)
{
	return start >= LIST && start + bytes <= LIST + 4096;
}

bool cpu_is_guard_page(u64 page)
{
	(void)page;
	return false;
}

/* As start_negotiate does. */
static void negotiate(const bool *hidden)
{
	fake_negotiate(hidden, &fake_vm.capabilities, &fake_vm.controls);
	fake_vm.capabilities.physical_bits = 40;
	fake_vm.capabilities.linear_bits = 48;
}

static int tear_down(void **state)
{
	(void)state;
	free(ring);
	return 0;
}

/* A VMCS that a Skylake takes, as ring -1 would have set it up. */
static int set_up(void **state)
{
	static const struct vmcs_structures structures = {
		.io_bitmap_a = 0x1000,
		.io_bitmap_b = 0x2000,
		.msr_bitmap = 0x3000,
		.ept_pointer = 0x405e,
		.vpid = 1,
		.cr0_mask = 0x60000020,
		.cr4_mask = 0x2000,
	};
	static const struct vmcs_host host = {
		.stack = 0x9000, .entry = 0xa000, .tss_selector = 0x18, .code_selector = 8};

	(void)state;
	fake_machine();
	fake_processor = skylake;
	negotiate(NULL);
	vmcs_probe_fields(&fake_vm.controls, fake_vm.fields);
	vmcs_set_controls(&fake_vm.controls, fake_vm.fields, &structures);
	vmcs_set_host(&fake_vm.controls, &host);
	vmcs_set_guest(&fake_vm.capabilities, &fake_vm.controls,
	               &(struct vmcs_guest_start){.rip = 0x100000});
	fake_fields[VMCS_host_efer] = 0xd00;
	fake_fields[VMCS_host_pat] = PAT_AT_RESET;
	ring = calloc(1, sizeof(*ring) + RING_BYTES);
	ring->size = RING_BYTES;
	ring->write = TRACE_RING_START;
	ring->events = ~0u;
	fake_vcpu.ring = ring;
	said[0] = 0;
	unreadable = false;
	explain_capabilities(&fake_vcpu);
	return 0;
}

/* The next record behind *at, or NULL. */
static const struct trace_record *next_record(u64 *at)
{
	const struct trace_record *record = (const void *)(ring->data + *at);

	if (*at >= ring->write)
		return NULL;
	switch (record->id) {
	case EVENT_capability:
		*at += sizeof(struct trace_capability);
		break;
	case EVENT_vmcs_snapshot:
		*at += sizeof(struct trace_vmcs_snapshot);
		break;
	case EVENT_vmcs_field:
		*at += sizeof(struct trace_vmcs_field);
		break;
	default:
		fail_msg("record %u", record->id);
	}
	return record;
}

/* The processor as the records have it. */
static struct fake_processor recorded;
static u64 recorded_sizes;

static u64 read_recorded(u32 msr)
{
	return recorded.msr[msr - 0x480];
}

static u32 read_capabilities(struct vmx_capabilities *caps)
{
	static const bool nothing[VMX_FEATURE_COUNT];
	const struct trace_record *record;
	u64 at = TRACE_RING_START;
	u32 count = 0;

	memset(&recorded, 0, sizeof(recorded));
	while ((record = next_record(&at)) && record->id == EVENT_capability) {
		const struct trace_capability *capability = (const void *)record;

		if (capability->msr == CPUID_ADDRESS_SIZES)
			recorded_sizes = capability->value;
		else
			recorded.msr[capability->msr - 0x480] = capability->value;
		count++;
	}
	vmx_read_capabilities(caps, read_recorded, nothing);
	caps->physical_bits = recorded_sizes & 0xff;
	caps->linear_bits = recorded_sizes >> 8 & 0xff;
	return count;
}

static void the_same_capabilities(const bool *hidden)
{
	struct vmx_capabilities caps;

	negotiate(hidden);
	ring->write = TRACE_RING_START;
	explain_capabilities(&fake_vcpu);
	assert_in_range(read_capabilities(&caps), 10, 16);
	/* What hangs on a feature that is not there is not read on the host. */
	if (!vmx_has(&caps, FEATURE_vmfunc))
		fake_vm.capabilities.vmfunc = 0;
	assert_memory_equal(&caps, &fake_vm.capabilities, sizeof(caps));
	assert_int_equal(caps.physical_bits, 40);
	assert_int_equal(caps.linear_bits, 48);
}

TEST(the_host_reads_the_same_capabilities)
{
	bool hidden[VMX_FEATURE_COUNT] = {false};

	the_same_capabilities(NULL);
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		if (vmx_features[i].ask == ASK_REQUIRED)
			continue; /* hidden, they end the run */
		memset(hidden, 0, sizeof(hidden));
		hidden[i] = true;
		the_same_capabilities(hidden);
	}
	fake_processor = lynnfield;
	the_same_capabilities(NULL);
}

static void break_it(const char *text)
{
	explain_break(&fake_vm, (struct piece){text, strlen(text)});
}

TEST(fields_are_broken_as_asked)
{
	u64 before = fake_fields[VMCS_guest_cr4];

	break_it("guest_cr4^13,host_tr_selector=0,ept_pointer=0x1234");
	assert_int_equal(fake_fields[VMCS_guest_cr4], before ^ BIT(13));
	assert_int_equal(fake_fields[VMCS_host_tr_selector], 0);
	assert_int_equal(fake_fields[VMCS_ept_pointer], 0x1234);
	assert_non_null(strstr(said, "break: ept_pointer = 0x1234 instead of 0x405e\n"));
	explain_break(&fake_vm, (struct piece){NULL, 0});
}

TEST(what_cannot_be_broken_ends_the_run)
{
	ASSERT_ENDS(break_it("guest_cr9=1"), GUEST_END_refused,
	            "break=guest_cr9=1: there is no such field");
	ASSERT_ENDS(break_it("guest_cr4^1,exit_reason=1"), GUEST_END_refused,
	            "break=exit_reason=1: only the processor writes this field");
	ASSERT_ENDS(break_it("guest_s_cet=1"), GUEST_END_refused,
	            "break=guest_s_cet=1: this processor does not have the field");
}

static void check_snapshot(u32 reason, u32 error, u32 findings)
{
	const struct trace_vmcs_snapshot *head = NULL;
	const struct trace_record *record;
	u64 at = TRACE_RING_START;
	u32 fields = 0, exist = 0;

	while ((record = next_record(&at))) {
		const struct trace_vmcs_field *field = (const void *)record;

		if (record->id == EVENT_vmcs_snapshot)
			head = (const void *)record;
		if (record->id != EVENT_vmcs_field)
			continue;
		assert_non_null(head);
		assert_int_equal(field->value, fake_fields[field->encoding]);
		fields++;
	}
	assert_non_null(head);
	assert_int_equal(head->reason, reason);
	assert_int_equal(head->error, error);
	assert_int_equal(head->findings, findings);
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		exist += fake_field_exists(vmcs_fields[i].encoding);
	assert_int_equal(fields, exist);
	assert_int_equal(head->fields, exist);
	snapshot_fields = fields;
}

/* As trace_vm_entry leaves the ring: the record of the entry is its last. */
static void enter(void)
{
	fake_vcpu.context.entry_tsc =
		&((struct trace_vm_entry *)(void *)(ring->data + ring->write))->record.tsc;
	ring->write += sizeof(struct trace_vm_entry);
	ring->sequence++;
}

TEST(a_refusal_by_instruction_error)
{
	u32 sequence = ring->sequence;

	break_it("host_cr4^13,guest_cr4^13");
	enter();
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, 0, 8, false), GUEST_END_entry_failed,
	            "VMLAUNCH failed: VM-instruction error 8: VM entry with invalid host-state "
	            "field(s): host_cr4 = 0x620: ");
	assert_non_null(
		strstr(fake_sentence, "(\"Checks on Host Control Registers, MSRs, and SSP\")"));
	assert_non_null(strstr(said, "error: VMLAUNCH failed: "));
	assert_non_null(strstr(said, "\n  advice: "));
	assert_non_null(strstr(said, "\n  also: guest_cr4 = 0x40: "));
	check_snapshot(0, 8, 2);
	/* The entry did not happen: its record is gone, its number used again. */
	assert_int_equal(ring->sequence - sequence, 1 + snapshot_fields);
	assert_ptr_equal(fake_vcpu.context.entry_tsc, &fake_vcpu.ignored_tsc);
}

TEST(a_refusal_by_an_exit)
{
	u32 sequence = ring->sequence;

	break_it("guest_activity=9");
	fake_fields[VMCS_exit_qualification] = 3;
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, EXIT_REASON_ENTRY_FAILED | 33, 0, true),
	            GUEST_END_entry_failed,
	            "VM entry failed: exit reason 33 (GUEST), exit qualification 3: "
	            "guest_activity = 0x9: ");
	check_snapshot(EXIT_REASON_ENTRY_FAILED | 33, 0, 1);
	assert_int_equal(ring->sequence - sequence, 1 + snapshot_fields);
}

/* Every finding counts, some are said. */
TEST(many_findings)
{
	break_it("guest_cs_access=0,guest_rflags=0,guest_cr4=0,guest_pat=2,host_cr4=0");
	break_it("host_tr_selector=1,host_efer=0,guest_ds_access=0xffff00,guest_tr_access=0");
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, 0, 8, true), GUEST_END_entry_failed,
	            "VMRESUME failed: VM-instruction error 8");
	assert_non_null(strstr(said, " more: see `ringscope explain`\n"));
}

/* What the VMCS points to is looked at where it is RAM. */
TEST(lists_in_memory)
{
	char text[100];

	snprintf(text, sizeof(text), "entry_msr_load_count=1,entry_msr_load_address=%#llx", LIST);
	break_it(text);
	list[0] = 0x800000006; /* bits 63:32 are reserved */
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, EXIT_REASON_ENTRY_FAILED | 34, 0, false),
	            GUEST_END_entry_failed,
	            "entry 1 at entry_msr_load_address = 0x800000006: bits 63:32 must be 0");
	list[0] = 0x10; /* well-formed: the processor decides */
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, EXIT_REASON_ENTRY_FAILED | 34, 0, false),
	            GUEST_END_entry_failed, "WRMSR would fault");
}

TEST(nothing_found_is_said_so)
{
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, 0, 7, false), GUEST_END_entry_failed,
	            "error 7: VM entry with invalid control field(s): the processor refused "
	            "although the checker finds nothing: please report this snapshot");
	assert_null(strstr(said, "advice"));
	break_it("vmcs_link_pointer=0x5000");
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, EXIT_REASON_ENTRY_FAILED | 33, 0, false),
	            GUEST_END_entry_failed, "cannot read all that the VMCS points to");
}

/* Without their events nothing is written, nor taken back. */
TEST(filtered_records_are_not_written)
{
	ring->events = 0;
	u64 write = ring->write;
	ASSERT_ENDS(explain_failed_entry(&fake_vcpu, 0, 7, false), GUEST_END_entry_failed, "7");
	assert_int_equal(ring->write, write);
}

static int map_list(void **state)
{
	(void)state;
	list = mmap((void *)(uintptr_t)LIST, 4096, PROT_READ | PROT_WRITE,
	            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	return list != (void *)(uintptr_t)LIST;
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		RUN(the_host_reads_the_same_capabilities),
		RUN(fields_are_broken_as_asked),
		RUN(what_cannot_be_broken_ends_the_run),
		RUN(a_refusal_by_instruction_error),
		RUN(a_refusal_by_an_exit),
		RUN(many_findings),
		RUN(lists_in_memory),
		RUN(nothing_found_is_said_so),
		RUN(filtered_records_are_not_written),
	};
	return cmocka_run_group_tests(tests, map_list, NULL);
}

/*
 * libFuzzer: all exit handlers, on a mock VMCS. The input chooses a processor (which features it
 * lacks or insists on), a guest's state, and exits. A state before an exit is one that VM entry
 * accepts (the guest left it so), an exit is one that the processor can make under the controls that
 * are set; then the state after vmx_exit must be one that VM entry accepts (vmx/check.h), only
 * existing VMCS fields may have been touched, and of memory only what belongs to ring -1 or to the
 * guest. That the guest was ended is an outcome as good as any.
 *
 * Sources: tests/fuzz/machine.c tests/fuzz/exits_change.c tests/fuzz/exits_produce.c
 * Sources: tests/fuzz/exits_mutate.c
 * Sources: vmx/events.c vmx/features.c
 * Sources: vmx/fields.c lib/items.c vmx/vmcs.c vmx/check*.c hv/exit.c hv/exit_*.c hv/start.c
 * Sources: ept/ept.c ept/change.c ept/check.c ept/mtrr.c hv/guest_memory.c hv/guest_rights.c
 * Sources: hv/support.c hv/strings.c hv/guest_walk.c hv/pic.c hv/pit.c hv/serial.c hv/cmos.c
 * Sources: hv/witness.c hv/witness_idt.c lib/texts.c
 * Sources: hv/timer.c hv/lab.c hv/integrity.c hv/guest_ring.c lib/trace.c lib/format.c lib/uart.c
 * Flags: -include tests/fuzz/processor.h -fsanitize-coverage-ignorelist=tests/fuzz/uncounted
 */
#include "tests/unit/fake_capabilities.h"
#include "tests/fuzz/exits_input.h"
#include "tests/fuzz/exits_produce.h"
#include "tests/fuzz/machine.h"
#include "hv/exit.h"
#include "hv/guest_memory.h"
#include "hv/loader.h"
#include "hv/start.h"
#include "hv/trace.c"
#include "hv/trace_exits.h"
#include "lib/uart.h"
#include "vmx/check.h"

#define GUEST_BYTES (8ull * 4096)
#define FINDINGS    8u

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static struct vm vm;
struct vcpu the_vcpu;
static struct vmcs_snapshot at_start, before; /* the VMCS at the start; as the guest left it last */
static u8 *guest;
static bool mutated_msrs;

u64 __stack_chk_guard;

static u32 check(struct check_finding *findings)
{
	return vmx_check_entry(&(struct check_input){.vmcs = &vmcs, .caps = &vm.capabilities},
	                       findings, FINDINGS);
}

static void must_be_accepted(const char *when, u32 reason)
{
	struct check_finding findings[FINDINGS];
	u32 count = check(findings);

	for (u32 i = 0; i < count && i < FINDINGS; i++)
		fprintf(stderr, "%s: %s is %lx: %s\n", findings[i].rule->title,
		        vmcs_fields[findings[i].place].name, findings[i].value,
		        findings[i].rule->required);
	if (count)
		machine_wrong("%s (exit reason %u) VM entry is refused", when, reason);
}

/* Whatever a guest does: these are ring -1's. */
static void must_be_unchanged(u32 reason)
{
	for (u32 i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_field_type(vmcs_fields[i].encoding) == VMCS_HOST &&
		    vmcs.value[i] != at_start.value[i])
			machine_wrong("exit %u changed %s", reason, vmcs_fields[i].name);
	if ((VALUE(guest_cr0) ^ at_start.value[PLACE_OF_guest_cr0]) & cr0_owned_bits(&vm) ||
	    (VALUE(guest_cr4) ^ at_start.value[PLACE_OF_guest_cr4]) & cr4_owned_bits(&vm))
		machine_wrong("exit %u changed bits of CR0 or CR4 that the guest may not", reason);
}

/*
 * One bit of a capability MSR is another. Only bits of the default1 class may be such that they must be
 * 1 ("Reserved Controls and Default Settings").
 */
static void mutate_processor(u32 choice)
{
	static const struct {
		u8 msr; /* from IA32_VMX_BASIC on */
		u32 default1;
	} words[] = {{1, 0x16},  {2, 0x0401e172},  {3, 0x36dff},  {4, 0x11ff}, {11, 0},
	             {13, 0x16}, {14, 0x0401e172}, {15, 0x36dff}, {16, 0x11ff}};
	u32 which = choice % ARRAY_SIZE(words), bit = choice >> 8 & 31;

	if (words[which].default1 >> bit & 1)
		machine_msr[words[which].msr] ^= BIT(bit);
	else
		machine_msr[words[which].msr] ^= BIT(bit + 32);
}

/* The processor: one of two, with some features hidden, and some that it insists on. */
static void choose_processor(const struct exits_head *head, struct options *options)
{
	const struct fake_processor *base = head->processor & 2 ? &lynnfield : &skylake;

	memcpy(machine_msr, base->msr, sizeof(machine_msr));
	if (base == &lynnfield) /* or there would be no run */
		machine_msr[11] |= BIT(7 + 32);
	mutated_msrs = head->processor & 1;
	if (mutated_msrs)
		mutate_processor(head->insists);
	machine_is_odd = mutated_msrs;
	machine_physical_bits = 36 + head->physical_bits % 17;
	for (u32 i = 0; i < ARRAY_SIZE(head->hidden); i++)
		if (head->hidden[i] && head->hidden[i] < VMX_FEATURE_COUNT)
			machine_is_odd = options->hidden[head->hidden[i]] = true;
}

/* As hv/main.c starts a guest. */
static void start(const struct exits_head *head)
{
	static const u32 filters[4] = {0, BIT(EVENT_vm_exit), BIT(EVENT_vm_entry), ~0u};
	static struct options options;
	struct loader_entry entry = {.rip = 0x1000, .cr3 = 0x1000};

	machine_reset();
	options = (struct options){.memory = GUEST_BYTES, .watchdog_ms = 1000};
	vm = (struct vm){.tsc_hz = 50000000, .watchdog_ms = 1000};
	the_vcpu = (struct vcpu){.vm = &vm, .witness.asked = head->processor & 4};
	memset(guest_rings, 0, sizeof(guest_rings));
	choose_processor(head, &options);
	u32 filter = filters[head->recorded & 3];
	trace_init(&the_vcpu, (u32[]){filter, ~0u, ~0u});
	vm.lab.on = head->processor & 8;
	start_negotiate(&the_vcpu, &options);
	guest_memory_init(&vm, options.memory);
	guest = (u8 *)(uintptr_t)vm.memory_host;
	cpuid_init(&vm);
	pic_init(&vm.pic);
	pit_init(&vm.pit, vm.tsc_hz);
	vm.com1.port = COM1;
	vm.com2.port = COM2;
	start_vmcs(&the_vcpu, &entry);
	if (head->processor & 16)
		integrity_start(&the_vcpu, 0x2000, 0x1000);
	trace_vm_entry(&the_vcpu, 0, 0);
	struct check_finding findings[FINDINGS];
	if (mutated_msrs && check(findings)) /* it insists on what nobody could do for it */
		longjmp(machine_end, 1);
	must_be_accepted("at the start", 0);
	at_start = before = vmcs;
}

/* The guest has run: what it cannot have done is undone, the last change first. */
static bool settle(const struct exits_step *steps, u32 count)
{
	struct check_finding findings[FINDINGS];

	produce_repaired();
	for (u32 kept = count; check(findings); kept--) {
		if (!kept)
			return false;
		vmcs = before;
		for (u32 i = 0; i + 1 < kept; i++)
			produce_step(&steps[i]);
		produce_repaired();
		if (count > 8 && kept > 8)
			kept = 8; /* long lists are cut short */
	}
	return true;
}

/* One exit, by the way that vmx/entry.asm takes. */
static void make_exit(u32 reason)
{
	struct vmx_context *context = &the_vcpu.context;
	bool timed = exit_entry_point(&the_vcpu) == (u64)vmx_exit_point;

	context->exit_tsc = machine_time += 5;
	if (!(timed ? vmx_quick_exit : vmx_quick_untimed_exit)(context, reason))
		vmx_exit(context);
	*context->entry_tsc = machine_time += 5;
	must_be_accepted("after", reason);
	must_be_unchanged(reason);
	/* The entry, and the guest's first instruction. */
	u32 injected = (u32)VALUE(entry_interruption_info);
	VALUE(entry_interruption_info) &= ~EVENT_VALID;
	if (injected & EVENT_VALID)
		VALUE(guest_interruptibility) &= ~(u64)(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS);
	VALUE(guest_pending_debug) = 0;
	before = vmcs;
}

static void run(const struct exits_step *steps, u32 count)
{
	u32 first = 0;

	for (u32 i = 0; i < count; i++) {
		const struct exits_step *step = &steps[i];
		switch (step->kind % STEP_KINDS) {
		case STEP_MEMORY:
			memcpy(guest + step->how * 8ull % GUEST_BYTES, &step->value, 8);
			break;
		case STEP_TIME:
			machine_time += step->value % (100 * vm.tsc_hz);
			break;
		case STEP_PORT:
			machine_ports = step->value;
			break;
		case STEP_EXIT:
			if (settle(steps + first, i - first) && produce_exit(step->which))
				make_exit((u32)VALUE(exit_reason));
			else
				vmcs = before;
			first = i + 1;
			break;
		default:
			produce_step(step);
		}
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct exits_step steps[100];
	struct exits_head head;
	size_t count = size < sizeof(head) ? 0 : (size - sizeof(head)) / sizeof(steps[0]);

	if (!count)
		return -1;
	if (count > ARRAY_SIZE(steps))
		count = ARRAY_SIZE(steps);
	memcpy(&head, data, sizeof(head));
	memcpy(steps, data + sizeof(head), count * sizeof(steps[0]));
	if (!setjmp(machine_end)) {
		start(&head);
		produce_step(&(struct exits_step){.kind = STEP_MODE, .which = head.mode});
		must_be_accepted("in a mode", head.mode);
		before = vmcs;
		run(steps, (u32)count);
	}
	return 0;
}

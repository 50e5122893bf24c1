#include "hv/main.h"
#include "abi/boot.h"
#include "hv/console.h"
#include "hv/cpu.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/loader.h"
#include "hv/memory.h"
#include "hv/support.h"
#include "hv/timer.h"
#include "hv/trace_exits.h"
#include "lib/multiboot2.h"
#include "lib/string.h"
#include "lib/uart.h"
#include "lib/words.h"

#define DEFAULT_MEMORY	 (64ull << 20)
#define LEAST_MEMORY	 (4ull << 20)
#define DEFAULT_WATCHDOG 1000u
#define MIB2		 (2ull << 20)
#define GIB1		 (1ull << 30)
#define FIRST_VPID	 1u

struct hv_doing hv_doing = {.what = "starting"};

static struct vm the_vm;
struct vcpu the_vcpu __attribute__((aligned(64))) = {.vm = &the_vm};

struct options {
	u64 memory;
	bool hidden[VMX_FEATURE_COUNT];
	bool hide_vmx, hide_lock; /* look like a processor without VMX, or with VMX locked off */
	u32 events[TRACE_STREAMS];
	struct piece provoke;
};

static const char *command_line(const void *multiboot)
{
	const struct multiboot2_command_line *line =
		(const void *)multiboot2_find(multiboot, MULTIBOOT2_COMMAND_LINE, NULL);

	return line ? line->text : "";
}

static void read_hidden(const char *words, struct options *options)
{
	struct piece list = word_value(words, "hide");
	size_t at = 0;

	while (list.text && at < list.length) {
		size_t n = 0;
		while (at + n < list.length && list.text[at + n] != ',')
			n++;
		struct piece name = {list.text + at, n};
		if (piece_is(name, "vmx"))
			options->hide_vmx = true;
		else if (piece_is(name, "vmx-lock"))
			options->hide_lock = true;
		else if (vmx_hide(name.text, n, options->hidden, &n))
			end_refused("hide=%.*s: no such feature; the names are those of "
				    "vmx/features.h, such as vpid, ept-1g or preemption-timer",
				    (int)name.length, name.text);
		at += name.length + 1;
	}
}

static void read_options(const char *words, struct vm *vm, struct options *options)
{
	struct piece value = word_value(words, "memory");

	options->memory = DEFAULT_MEMORY;
	if (value.text && (!parse_size(value, &options->memory) || options->memory % MIB2))
		end_refused("memory=%.*s: not a multiple of 2M", (int)value.length, value.text);
	if (options->memory < LEAST_MEMORY)
		end_refused("memory=%.*s: a guest needs at least 4M", (int)value.length,
			    value.text);
	vm->watchdog_ms = DEFAULT_WATCHDOG;
	value = word_value(words, "watchdog");
	if (value.text && !parse_size(value, &vm->watchdog_ms))
		end_refused("watchdog=%.*s: not a number of milliseconds", (int)value.length,
			    value.text);
	memset(options->events, 0xff, sizeof(options->events));
	value = word_value(words, "events");
	if (value.text && !parse_events(value, options->events))
		end_refused("events=%.*s: not three hexadecimal masks A:B:C", (int)value.length,
			    value.text);
	vm->long_mode_start = piece_is(word_value(words, "start"), "64");
	options->provoke = word_value(words, "provoke");
	read_hidden(words, options);
}

static bool pretend_locked;

static u64 read_msr(u32 msr)
{
	if (msr == MSR_FEATURE_CONTROL && pretend_locked)
		return FEATURE_CONTROL_LOCK;
	return rdmsr(msr);
}

static void require_vmx(const struct options *options)
{
	u32 ecx = cpuid(1, 0).ecx;

	pretend_locked = options->hide_lock;
	enum vmx_support support = vmx_support(options->hide_vmx ? 0 : ecx, read_msr);
	if (support == VMX_ABSENT || support == VMX_LOCKED_OFF)
		end_refused("%s", vmx_support_sentence(support));
	if (support == VMX_MUST_UNLOCK)
		wrmsr(MSR_FEATURE_CONTROL,
		      rdmsr(MSR_FEATURE_CONTROL) | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
}

static void negotiate(struct vcpu *vcpu, const struct options *options)
{
	struct vm *vm = vcpu->vm;
	const struct vmx_controls *controls = &vm->controls;
	u32 wanted = 0, granted = 0;

	vmx_read_capabilities(&vm->capabilities, read_msr, options->hidden);
	vmx_negotiate(&vm->capabilities, &vm->controls);
	if (controls->missing >= 0) {
		const struct feature_row *row = &vmx_features[controls->missing];
		bool control = row->place < CONTROL_WORDS;
		end_refused("this processor lacks \"%s\" (MSR 0x%x, bit %u is 0), which Ringscope "
			    "needs: take one that has it, such as Bochs's corei7_skylake_x",
			    row->name, vmx_feature_msr(&vm->capabilities, (u32)controls->missing),
			    control ? row->bit + 32u : row->bit);
	}
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		const struct feature_row *row = &vmx_features[i];
		bool asked = row->ask == ASK_REQUIRED || row->ask == ASK_WANTED;
		trace_feature(vcpu, row->name, vmx_feature_msr(&vm->capabilities, i), asked,
			      controls->allowed[i], controls->granted[i]);
		wanted += asked;
		granted += asked && controls->granted[i];
		if (row->ask == ASK_WANTED && !controls->granted[i])
			hv_log("the processor refuses \"%s\"", row->name);
		if (row->ask == ASK_UNWANTED && controls->granted[i])
			hv_log("the processor insists on \"%s\"", row->name);
	}
	hv_log("VMX: %u of %u features granted", granted, wanted);
}

/* "VMXON - Enter VMX Operation": the fixed bits of CR0 and CR4, and a region with the revision. */
static u64 vmx_region(const struct vm *vm)
{
	u64 region = memory_allocate(PAGE_BYTES, PAGE_BYTES);

	if (!region)
		end_refused("no memory for VMX's structures");
	*(u32 *)at_physical(region) = (u32)vm->capabilities.basic & 0x7fffffff;
	return region;
}

static void enter_vmx_operation(const struct vm *vm)
{
	const struct vmx_capabilities *caps = &vm->capabilities;

	write_cr0((read_cr0() | caps->cr0_fixed0) & caps->cr0_fixed1);
	u64 cr4 = read_cr4() | CR4_VMXE | caps->cr4_fixed0;
	if (cpuid(1, 0).ecx & BIT(26)) /* XSAVE: ring -1 sets XCR0 for the guest */
		cr4 |= CR4_OSXSAVE;
	write_cr4((cr4 | (caps->cr4_fixed1 & CR4_MCE)) & caps->cr4_fixed1);
	if (vmxon(vmx_region(vm)) != VMX_SUCCEED)
		end_refused("VMXON failed although the processor offers VMX");
	u64 vmcs = vmx_region(vm);
	if (vmclear(vmcs) != VMX_SUCCEED || vmptrld(vmcs) != VMX_SUCCEED)
		end_refused("the processor refuses the VMCS at %lx", vmcs);
	const char *absent = vmcs_check_fields(&vm->controls);
	if (absent)
		end_refused("the processor lacks the VMCS field %s although the capability MSRs "
			    "promise it",
			    absent);
}

static u64 ept_frame(void)
{
	return memory_allocate(PAGE_BYTES, PAGE_BYTES);
}

static u64 *ept_table(u64 physical)
{
	return at_physical(physical);
}

static bool is_guest_memory(u64 host, u64 bytes, void *context)
{
	const struct vm *vm = context;

	return host >= vm->memory_host && bytes <= vm->memory_bytes &&
	       host - vm->memory_host <= vm->memory_bytes - bytes;
}

static void make_guest_memory(struct vm *vm, u64 bytes)
{
	const bool *granted = vm->controls.granted;
	u64 align = bytes >= GIB1 && granted[FEATURE_ept_1g] ? GIB1 : MIB2;

	vm->memory_bytes = bytes;
	vm->memory_host = memory_allocate(bytes, align);
	if (!vm->memory_host)
		vm->memory_host = memory_allocate(bytes, MIB2);
	if (!vm->memory_host)
		end_refused("the machine has no %lu MiB of free memory in one piece for the guest "
			    "(the largest is %lu MiB): give run a smaller --memory",
			    bytes >> 20, memory_largest_free() >> 20);
	vm->ept = (struct ept){
		.frame = ept_table,
		.allocate = ept_frame,
		.large_2m = granted[FEATURE_ept_2m],
		.large_1g = granted[FEATURE_ept_1g],
		.accessed_dirty = granted[FEATURE_ad_bits],
		.write_back = granted[FEATURE_ept_write_back],
		.physical_bits = cpuid(0x80000008, 0).eax & 0xff,
	};
	if (!ept_init(&vm->ept) ||
	    !ept_map(&vm->ept, 0, vm->memory_host, bytes, EPT_RWX, MEMORY_WRITE_BACK))
		end_refused("no memory for the guest's extended page tables");
	struct ept_fault fault = ept_check(&vm->ept, MEMORY_WRITE_BACK, is_guest_memory, vm);
	if (fault.what)
		end_refused("extended page tables are wrong at guest-physical %lx, entry %lx: %s",
			    fault.guest, fault.entry, fault.what);
}

static u64 preemption_ticks(const struct vm *vm)
{
	u64 ticks = vm->tsc_hz / 1000 * vm->watchdog_ms >> (vm->capabilities.misc & 31);

	return !vm->watchdog_ms || ticks > 0xffffffff ? 0xffffffff : ticks;
}

static void set_up_vmcs(struct vcpu *vcpu, const struct loader_entry *entry)
{
	struct vm *vm = vcpu->vm;
	u64 bitmaps = memory_allocate(3 * PAGE_BYTES, PAGE_BYTES);
	struct vmcs_host host = {
		.stack = (u64)&vcpu->context + offsetof(struct vmx_context, stack_top),
		.entry = exit_entry_point(vcpu),
	};

	if (!bitmaps)
		end_refused("no memory for the I/O and MSR bitmaps");
	memset(at_physical(bitmaps), 0xff, 2 * PAGE_BYTES); /* every port exits: see exit_io.c */
	msr_init(vm, at_physical(bitmaps + 2 * PAGE_BYTES));
	vcpu->context.stack_top = cpu_exit_stack();
	cpu_describe_host(&host);
	vmcs_set_controls(
		&vm->controls,
		&(struct vmcs_structures){
			.io_bitmap_a = bitmaps,
			.io_bitmap_b = bitmaps + PAGE_BYTES,
			.msr_bitmap = bitmaps + 2 * PAGE_BYTES,
			.ept_pointer = ept_pointer(&vm->ept),
			.vpid = FIRST_VPID,
			.exception_bitmap = (u32)(BIT(VECTOR_DB) | BIT(VECTOR_AC) | BIT(VECTOR_MC)),
			.cr0_mask = cr0_owned_bits(vm),
			.cr4_mask = cr4_owned_bits(vm),
			.preemption_timer = preemption_ticks(vm),
		});
	vmcs_set_host(&vm->controls, &host);
	vmcs_set_guest(&vm->capabilities, &vm->controls,
		       &(struct vmcs_guest_start){.long_mode = vm->long_mode_start,
						  .rip = entry->rip,
						  .cr3 = entry->cr3});
	/* Nothing cached under these tags may outlive an earlier owner of the processor. */
	if (vm->controls.granted[FEATURE_invept_single] || vm->controls.granted[FEATURE_invept_all])
		vmx_invept(vm->controls.granted[FEATURE_invept_all] ? INVEPT_ALL_CONTEXT
								    : INVEPT_SINGLE_CONTEXT,
			   ept_pointer(&vm->ept));
	flush_guest_translations(vcpu);
}

static struct loader_file module(const void *multiboot, u32 which)
{
	const struct multiboot2_tag *tag = NULL;

	for (u32 i = 0; i <= which; i++)
		tag = multiboot2_find(multiboot, MULTIBOOT2_MODULE, tag ? tag : NULL);
	if (!tag)
		return (struct loader_file){0};
	const struct multiboot2_module *found = (const void *)tag;
	return (struct loader_file){at_physical(found->start), found->end - found->start,
				    found->text};
}

static void set_up_devices(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	pic_init(&vm->pic);
	pit_init(&vm->pit, vm->tsc_hz);
	vm->com1.port = COM1;
	vm->com2.port = COM2;
	vm->next_flush = rdtsc();
	timer_arm(vcpu, rdtsc());
}

/* For tests and lessons: ring -1's own fault report. */
static void provoke_fault(struct piece what)
{
	if (piece_is(what, "page-fault"))
		*(volatile u64 *)0 = 1;
	else if (piece_is(what, "write-text"))
		*(volatile u8 *)(uintptr_t)hv_main = 0;
	else if (piece_is(what, "undefined"))
		__asm__ volatile("ud2");
	else if (what.text)
		end_refused("provoke=%.*s: not page-fault, write-text or undefined",
			    (int)what.length, what.text);
}

_Noreturn void hv_main(const void *multiboot, u32 magic)
{
	struct vcpu *vcpu = &the_vcpu;
	struct vm *vm = vcpu->vm;
	struct options options = {0};

	vm->com2.port = COM2;
	console_init();
	if (magic != MULTIBOOT2_LOADER_MAGIC)
		end_refused("not booted by a Multiboot2 loader: use GRUB's multiboot2 command");
	cpu_init();
	memory_init(multiboot);
	paging_protect();
	hv_doing.what = "reading its options";
	const char *words = command_line(multiboot);
	vm->tsc_hz = timer_init();
	u32 everything[TRACE_STREAMS] = {~0u, ~0u, ~0u};
	struct piece events = word_value(words, "events");
	parse_events(events, everything);
	trace_init(vcpu, everything);
	read_options(words, vm, &options);
	provoke_fault(options.provoke);

	hv_doing.what = "negotiating VMX";
	require_vmx(&options);
	negotiate(vcpu, &options);
	hv_doing.what = "building the guest";
	make_guest_memory(vm, options.memory);
	struct loader_file kernel = module(multiboot, 0), initramfs = module(multiboot, 1);
	if (!kernel.bytes)
		end_refused("no guest kernel: GRUB's script must load it with module2");
	struct loader_entry entry = loader_load(vm, &kernel, &initramfs);
	enter_vmx_operation(vm);
	cpuid_init(vm);
	set_up_devices(vcpu);
	set_up_vmcs(vcpu, &entry);
	hv_log("guest: %lu MiB at host-physical %lx, ring -1 uses %lu KiB, TSC %lu kHz",
	       vm->memory_bytes >> 20, vm->memory_host,
	       (memory_allocated() - vm->memory_bytes) >> 10, vm->tsc_hz / 1000);
	vcpu->context.registers[RAX] = MULTIBOOT2_LOADER_MAGIC;
	vcpu->context.registers[RBX] = entry.info;
	vcpu->context.registers[RDI] = entry.info;
	vcpu->context.registers[RSI] = MULTIBOOT2_LOADER_MAGIC;
	hv_doing.what = "entering the guest";
	hv_doing.exit = true;
	trace_vm_entry(vcpu, 0, 0);
	vmx_enter(&vcpu->context);
}

#include "hv/main.h"
#include "abi/boot.h"
#include "hv/console.h"
#include "hv/cpu.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/guest_memory.h"
#include "hv/explain.h"
#include "hv/loader.h"
#include "hv/memory.h"
#include "hv/start.h"
#include "hv/timer.h"
#include "hv/trace_exits.h"
#include "lib/multiboot2.h"
#include "lib/string.h"
#include "lib/uart.h"

struct hv_doing hv_doing = {.what = "starting"};

static struct vm the_vm;
struct vcpu the_vcpu __attribute__((aligned(64))) = {.vm = &the_vm};

static const char *command_line(const void *multiboot)
{
	const struct multiboot2_command_line *line =
		(const void *)multiboot2_find(multiboot, MULTIBOOT2_COMMAND_LINE, NULL);

	return line ? line->text : "";
}

static struct loader_file module(const void *multiboot, u32 which)
{
	const struct multiboot2_tag *tag = NULL;

	for (u32 i = 0; i <= which; i++)
		tag = multiboot2_find(multiboot, MULTIBOOT2_MODULE, tag);
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
	uart_interrupts(COM1);
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
	else if (piece_is(what, "stack-overflow"))
		__asm__ volatile("1: push %rax; jmp 1b");
	else if (piece_is(what, "nmi"))
		__asm__ volatile("int $2");
	else if (piece_is(what, "spurious-interrupt"))
		__asm__ volatile("int $255");
	else if (what.text && !piece_is(what, "misconfiguration"))
		end_refused("provoke=%.*s: not page-fault, write-text, undefined, stack-overflow, "
		            "nmi, spurious-interrupt or misconfiguration",
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
	options_read(words, &options);
	vm->watchdog_ms = options.watchdog_ms;
	vcpu->witness.asked = options.observe;
	vm->long_mode_start = options.long_mode_start;
	provoke_fault(options.provoke);

	hv_doing.what = "negotiating VMX";
	start_require_vmx(&options);
	start_negotiate(vcpu, &options);
	hv_doing.what = "building the guest";
	lab_init(vm, &options);
	guest_memory_init(vm, options.memory);
	struct loader_file kernel = module(multiboot, 0), initramfs = module(multiboot, 1);
	if (!kernel.bytes)
		end_refused("no guest kernel: GRUB's script must load it with module2");
	struct loader_entry entry = loader_load(vm, &kernel, &initramfs);
	start_vmx_operation(vm);
	cpuid_init(vm);
	set_up_devices(vcpu);
	start_vmcs(vcpu, &entry);
	guest_memory_check(vm);
	trace_measure(vcpu);
	start_record_memory(vcpu);
	hv_log("guest: %lu MiB at host-physical %lx, ring -1 uses %lu KiB, TSC %lu kHz",
	       vm->memory_bytes >> 20, vm->memory_host,
	       (memory_allocated() - vm->memory_bytes) >> 10, vm->tsc_hz / 1000);
	vcpu->context.registers[RAX] = MULTIBOOT2_LOADER_MAGIC;
	vcpu->context.registers[RBX] = entry.info;
	vcpu->context.registers[RDI] = entry.info;
	vcpu->context.registers[RSI] = MULTIBOOT2_LOADER_MAGIC;
	explain_break(vm, options.broken);
	if (piece_is(options.provoke, "misconfiguration")) /* no page is writable alone */
		ept_protect(&vm->ept, entry.rip & ~(PAGE_BYTES - 1), PAGE_BYTES, EPT_WRITE);
	hv_doing.what = "entering the guest";
	hv_doing.exit = true;
	trace_vm_entry(vcpu, 0, 0);
	vmx_enter(&vcpu->context);
}

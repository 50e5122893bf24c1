#include "guest/vulnerable.h"
#include "guest/console.h"
#include "guest/extable.h"
#include "guest/machine.h"
#include "guest/paging.h"
#include "guest/random.h"
#include "guest/secret.h"
#include "guest/usercopy.h"
#include "guest/vulnerable_parts.h"
#include "lib/io.h"
#include "lib/string.h"
#include "lib/words.h"

#define PORT_SPEAKER    0x61
#define SPEAKER_CONTROL 0x0f /* the bits that can be written */
#define SYSCALL_BYTES   2
#define SYSCALL_CODE    0x050f

u64 vulnerable_token;
u64 vulnerable_constant_was;
struct vulnerable_page vulnerable_note __attribute__((aligned(PAGE_BYTES)));
struct vulnerable_page vulnerable_buffer __attribute__((aligned(PAGE_BYTES)));
__attribute__((aligned(PAGE_BYTES), section(".rodata")))
const struct vulnerable_page vulnerable_constant = {.word = 1};
struct vulnerable_memory vulnerable_memory;

static struct {
	bool on;
	bool running;                 /* a hole is at work: what faults in ring 0 is its doing */
	const struct thread *returns; /* by return_to, in `frame`'s place */
	struct frame frame;
	struct vulnerable_call last; /* what came of the last one */
	u64 cr0, cr4;                /* as the file's first opener found them, */
	struct vulnerable_nvram nvram;
	u8 speaker;
	bool kept;
} driver;

bool vulnerable_on(void)
{
	return driver.on;
}

void vulnerable_init(const char *words)
{
	static const u8 load[] = {0x48, 0xb8}, ret = 0xc3; /* MOV RAX, imm64 */
	u8 *code = secret_page + SECRET_CODE;
	u64 password;

	driver.on = word_value(words, "vulnerable").text;
	if (!driver.on)
		return; /* before a random number is drawn: all others are as without the driver */
	vulnerable_constant_was = random_number();
	password = random_number();
	vulnerable_token = *(const u64 *)(const void *)secret_page;
	vulnerable_note.word = vulnerable_token;
	memcpy((void *)&vulnerable_constant, &vulnerable_constant_was,
	       sizeof(vulnerable_constant_was));
	memcpy(vulnerable_leaf_constant, &vulnerable_token, sizeof(vulnerable_token));
	memcpy(secret_page + SECRET_PASSWORD, &password, sizeof(password));
	memcpy(code, load, sizeof(load));
	memcpy(code + sizeof(load), &vulnerable_token, sizeof(vulnerable_token));
	code[sizeof(load) + sizeof(vulnerable_token)] = ret;
	log_line("/dev/vulnerable is there: any program can take this kernel over");
}

static s64 where(struct vulnerable_call *call)
{
	call->result = vulnerable_where(call->a, call->b);
	return call->result ? 0 : -EINVAL;
}

static s64 call_function(struct vulnerable_call *call)
{
	u64 (*function)(u64, u64, u64) = (u64(*)(u64, u64, u64))call->a;

	call->result = function(call->b, call->c, call->d);
	return 0;
}

static s64 read(struct vulnerable_call *call)
{
	call->result = vulnerable_load(call->a);
	return 0;
}

static s64 write(struct vulnerable_call *call)
{
	if (call->c)
		vulnerable_store(call->a, call->b);
	else
		vulnerable_change((u64 *)call->a, call->b);
	return 0;
}

static s64 flush(struct vulnerable_call *call)
{
	tlb_drop(call->a);
	return 0;
}

/* "4-Level Paging": what ring 3 may is what all entries on the way let it. */
static s64 make_user(struct vulnerable_call *call)
{
	u64 *table = direct(paging_kernel_root());

	for (u32 level = 4; level; level--) {
		u64 *entry = &table[call->a >> (12 + 9 * (level - 1)) & 511];
		u64 value = pte_read(entry);
		if (!(value & PTE_PRESENT))
			return -EINVAL;
		vulnerable_change(entry, value | PTE_USER);
		if (level == 4) /* each process has the highest table's entries for itself */
			vulnerable_change((u64 *)direct(current_process()->space->root) +
			                          (call->a >> 39 & 511),
			                  value | PTE_USER);
		if (value & PTE_LARGE && level > 1)
			break;
		table = direct(value & PTE_FRAME);
	}
	tlb_drop(call->a);
	return 0;
}

static s64 share(struct vulnerable_call *call)
{
	const struct space *space = current_process()->space;
	const u64 *from = paging_entry(paging_kernel_root(), call->a, false);
	u64 *to = user_range(call->b, 1) ? paging_entry(space->root, call->b, false) : NULL;

	if (!from || !to || !(pte_read(to) & PTE_PRESENT))
		return -EINVAL;
	vulnerable_change(to, (pte_read(to) & ~PTE_FRAME) | (pte_read(from) & PTE_FRAME));
	tlb_drop(call->b);
	return 0;
}

static s64 answer_token(struct vulnerable_call *call, bool allowed)
{
	if (allowed)
		call->result = vulnerable_token;
	return allowed ? 0 : -EACCES;
}

static s64 unlock(struct vulnerable_call *call)
{
	return answer_token(call, vulnerable_unlock(call->a, call->b));
}

/* The bug: an address of ring 3's is followed as if it were the driver's own. */
static s64 believe(struct vulnerable_call *call)
{
	const struct vulnerable_object *object = (const struct vulnerable_object *)call->a;

	return answer_token(call, vulnerable_load((u64)&object->magic) == OBJECT_MAGIC &&
	                                  vulnerable_load((u64)&object->allowed) == 1);
}

static s64 give(struct vulnerable_call *call)
{
	*(volatile u64 *)call->a = vulnerable_token;
	return 0;
}

static s64 overflow(struct vulnerable_call *call)
{
	call->result = (u64)vulnerable_overflow(call->a, call->b);
	return 0;
}

static s64 return_to(struct vulnerable_call *call)
{
	struct frame *f = thread_frame(current_thread());

	driver.frame = *f;
	driver.frame.rax = 0;
	driver.returns = current_thread();
	f->rip = call->a;
	f->rsp = call->b;
	return 0;
}

static s64 speak(struct vulnerable_call *call)
{
	out8(PORT_SPEAKER, (u8)((in8(PORT_SPEAKER) & ~3u) |
	                        (call->a < 32 ? vulnerable_token >> 2 * call->a & 3 : 0)));
	return 0;
}

static s64 make_hypercall(struct vulnerable_call *call)
{
	s64 answer;

	if (!try_vmcall(call->a, call->b, call->c, call->d, &answer))
		return -ENODEV;
	vulnerable_hypercall_answered(call->a, answer);
	call->result = (u64)answer;
	return 0;
}

/* The system call came from where no code can be, or is not the program's own. */
static s64 ask(struct vulnerable_call *call)
{
	const struct process *p = current_process();
	u64 at = thread_frame(current_thread())->rip - SYSCALL_BYTES;
	const struct area *area = space_find(p->space, at);
	u16 code = 0;
	bool strange = false;

	if (area && !(area->protection & PROTECT_EXEC))
		strange = true;
	else if (area && area->node)
		strange = node_read(area->node, area->offset + (at - area->start), &code,
		                    sizeof(code)) == sizeof(code) &&
		          code != SYSCALL_CODE;
	return answer_token(call, strange);
}

static s64 (*const holes[HOLES])(struct vulnerable_call *call) = {
	[HOLE_where] = where,       [HOLE_call] = call_function,
	[HOLE_read] = read,         [HOLE_write] = write,
	[HOLE_flush] = flush,       [HOLE_make_user] = make_user,
	[HOLE_share] = share,       [HOLE_unlock] = unlock,
	[HOLE_believe] = believe,   [HOLE_give] = give,
	[HOLE_overflow] = overflow, [HOLE_return_to] = return_to,
	[HOLE_speak] = speak,       [HOLE_hypercall] = make_hypercall,
	[HOLE_ask] = ask,
};

static s64 run(s64 (*hole)(struct vulnerable_call *), struct vulnerable_call *call)
{
	call->vector = 0;
	driver.last.vector = 0;
	driver.running = true;
	s64 answer = vulnerable_try(hole, call);
	driver.running = false;
	if (!driver.last.vector)
		return answer;
	call->vector = driver.last.vector;
	call->error = driver.last.error;
	call->address = driver.last.address;
	call->rip = driver.last.rip;
	return call->vector == VULNERABLE_CANARY ? -EFAULT : 0;
}

/*
 * Nothing is copied from ring 3, so nothing on the way here, CLAC behind a copy, touches the AC that
 * ring 3 had.
 */
static s64 believe_under_smap(u64 object)
{
	struct vulnerable_call call = {.a = object};
	u64 cr4 = read_cr4();

	if (!(cr4 & CR4_SMAP) && !try_write_cr4(cr4 | CR4_SMAP))
		return -ENODEV;
	s64 answer = run(believe, &call);
	write_cr4(cr4);
	driver.last = call;
	return answer;
}

static s64 control(struct open_file *o, u32 request, u64 argument)
{
	struct vulnerable_call call;
	u32 hole = request - VULNERABLE_REQUEST;

	(void)o;
	if (hole == HOLE_believe_under_smap)
		return believe_under_smap(argument);
	if (hole == HOLE_last)
		return copy_to_user(argument, &driver.last, sizeof(driver.last)) ? 0 : -EFAULT;
	if (hole >= HOLES || !holes[hole])
		return -ENOTTY;
	if (!copy_from_user(&call, argument, sizeof(call)))
		return -EFAULT;
	s64 answer = run(holes[hole], &call);
	return copy_to_user(argument, &call, sizeof(call)) ? answer : -EFAULT;
}

static s64 fill(struct open_file *o, u64 from, u64 bytes, u64 *offset)
{
	(void)o, (void)offset;
	if (bytes > sizeof(vulnerable_buffer))
		return -ENOSPC;
	return copy_from_user(&vulnerable_buffer, from, bytes) ? (s64)bytes : -EFAULT;
}

void vulnerable_opened(void)
{
	if (!driver.kept) {
		driver.kept = true;
		driver.cr0 = read_cr0();
		driver.cr4 = read_cr4();
		driver.nvram = vulnerable_nvram_get();
		driver.speaker = in8(PORT_SPEAKER) & SPEAKER_CONTROL;
	}
	vulnerable_memory.password = random_number();
	vulnerable_nvram_put((struct vulnerable_nvram){vulnerable_token, random_number()});
}

static s64 undo(struct vulnerable_call *call)
{
	(void)call;
	vulnerable_undo();
	return 0;
}

/* By its last user, who may be on the way out. */
static void close(struct open_file *o)
{
	struct vulnerable_call call = {.a = 0};

	(void)o;
	driver.returns = NULL;
	write_cr0(read_cr0() & ~CR0_WP);
	run(undo, &call);
	write_cr0(driver.cr0);
	write_cr4(driver.cr4 ^ CR4_PGE); /* drops all translations */
	write_cr4(driver.cr4);
	vulnerable_nvram_put(driver.nvram);
	out8(PORT_SPEAKER, driver.speaker);
}

const struct operations vulnerable_operations = {
	.write = fill, .ioctl = control, .release = close, .stream = true};

static bool was_returning(const struct frame *f)
{
	const u8 *rip = (const u8 *)f->rip;

	return rip == return_by_sysret || rip == return_by_iretq || rip == kpti_return_by_sysret ||
	       rip == kpti_return_by_iretq;
}

bool vulnerable_returns(const struct frame *f)
{
	return driver.returns && driver.returns == current_thread() && was_returning(f);
}

bool vulnerable_recover(struct frame *f, u64 address)
{
	bool returning = vulnerable_returns(f);

	if (driver.running || returning) {
		driver.last = (struct vulnerable_call){.vector = (u32)f->vector,
		                                       .error = f->error,
		                                       .address = address,
		                                       .rip = f->rip};
		f->rip = (u64)(returning ? vulnerable_resume : vulnerable_landing);
		if (returning) {
			vulnerable_pushed_at = (u64)&f->rsp;
			vulnerable_pushed = f->rsp;
			f->rsp = (u64)&driver.frame;
		}
		f->cs = KERNEL_CS;
		f->ss = KERNEL_SS;
		f->rflags = RFLAGS_ONE;
		driver.running = false;
		driver.returns = NULL;
		return true;
	}
	return false;
}

_Noreturn void vulnerable_go(const struct frame *f)
{
	__asm__ volatile("mov %0, %%rsp\n\tjmp *%1" ::"r"(f->rsp), "r"(f->rip));
	__builtin_unreachable();
}

void vulnerable_canary(void)
{
	struct frame f = {.vector = VULNERABLE_CANARY};

	if (driver.running && vulnerable_recover(&f, 0))
		vulnerable_go(&f);
}

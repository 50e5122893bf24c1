/*
 * The guest's hypercalls about its memory, and its EPT violations, over a processor that forgets no
 * translation unless INVEPT says so: whatever a guest asks for, at each VM entry nothing stale is left.
 *
 * Sources: ept/ept.c ept/change.c ept/check.c ept/mtrr.c vmx/features.c lib/format.c
 */
#define FAKE_WITHOUT_MEMORY
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/tlb_model.h"
#include "hv/exit.h"
#include "hv/memory.h"

static enum vmx_outcome fake_invept(enum invalidation type, u64 context);
#define vmx_invept(type, context) fake_invept(type, context)
#include "hv/guest_memory.c"
#undef EPERM
#undef EFAULT
#undef EBUSY
#undef EINVAL
#include "hv/guest_rights.c"
#include "hv/exit_memory.c"
#undef EPERM
#include "hv/integrity.c"

#define PAGE   4096ull
#define RAM    (4 * MIB2)
#define PAGES  (RAM / PAGE)
#define BITMAP (RAM - PAGE)
#define PML    BIT(17)
#define TEXT   (RAM - 9 * PAGE) /* of a kernel, 7 pages that live() leaves alone */

static struct trace_ring ring; /* that records nothing */
static void *allocated[16];
static u32 allocations, invepts;
static bool deaf; /* INVEPT does nothing */
static struct memory_range taken[2];
static u8 model[PAGES];
static bool dirty[PAGES];

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
}

void resume_delivery(struct vcpu *vcpu, u64 information)
{
	(void)vcpu;
	(void)information;
}

bool witness_holds_back(const struct vcpu *vcpu, u32 vector)
{
	(void)vcpu;
	(void)vector;
	return false;
}

void redeliver(struct vcpu *vcpu, struct vmx_event second)
{
	(void)vcpu;
	(void)second;
}

void hv_log(const char *pattern, ...)
{
	fail_msg("said: %s", pattern);
}

u64 memory_allocate(u64 bytes, u64 align)
{
	void *memory = aligned_alloc(align, bytes + (align - bytes % align) % align);

	memset(memory, 0, bytes);
	allocated[allocations++] = memory;
	return (u64)(uintptr_t)memory;
}

u64 memory_allocate_guest(u64 bytes, u64 align)
{
	return memory_allocate(bytes, align);
}

const struct memory_range *memory_taken(u32 i)
{
	return taken[i].end ? &taken[i] : NULL;
}

u64 memory_largest_free(void)
{
	return 0;
}

static enum vmx_outcome fake_invept(enum invalidation type, u64 context)
{
	invepts++;
	for (u32 i = 0; i < VIEWS && !deaf; i++)
		if (type == INVALIDATE_ALL_CONTEXTS || context == ept_pointer(&fake_vm.views[i]))
			tlb_invept(&fake_vm.views[i]);
	return VMX_SUCCEED;
}

static struct cpuid no_mtrrs(u32 leaf, u32 subleaf)
{
	assert_int_equal(leaf, 1);
	assert_int_equal(subleaf, 0);
	return (struct cpuid){0};
}

static void hide(enum vmx_feature feature)
{
	fake_vm.controls.allowed[feature] = fake_vm.controls.granted[feature] = false;
}

static void boot(const enum vmx_feature *hidden, u32 count)
{
	while (allocations)
		free(allocated[--allocations]);
	fake_machine();
	for (u32 i = 0; i < count; i++)
		hide(hidden[i]);
	fake_cpuid = no_mtrrs;
	fake_vm.capabilities.physical_bits = 52;
	fake_vcpu.ring = &ring;
	memset(taken, 0, sizeof(taken));
	memset(model, 0, sizeof(model));
	memset(dirty, 0, sizeof(dirty));
	tlb_count = invepts = 0;
	deaf = false;
	guest_memory_init(&fake_vm, RAM);
	fake_fields[VMCS_ept_pointer] = ept_pointer(&fake_vm.views[0]);
}

static int set_up(void **state)
{
	(void)state;
	boot(NULL, 0);
	return 0;
}

static bool enter_is_stale(void)
{
	return tlb_stale(&fake_vm.views[0]) || tlb_stale(&fake_vm.views[1]);
}

static void enter(void)
{
	if (enter_is_stale())
		fail_msg("a VM entry with a stale translation");
}

static struct ept *view(void)
{
	return &fake_vm.views[guest_current_view(&fake_vm)];
}

/* The processor notes a write that sets a dirty flag. */
static void log_write(u64 guest, bool was_dirty)
{
	if (was_dirty || !(fake_fields[VMCS_secondary_controls] & PML))
		return;
	u16 index = (u16)fake_fields[VMCS_guest_pml_index];
	if (index >= 512) {
		handle_pml_full(&fake_vcpu);
		enter();
		index = (u16)fake_fields[VMCS_guest_pml_index];
	}
	((u64 *)fake_fields[VMCS_pml_address])[index] = guest & ~(PAGE - 1);
	fake_fields[VMCS_guest_pml_index] = (u16)(index - 1);
}

/* The guest's access, exits and all; what is cached serves it without a look at the tables. */
static void access_as(u64 guest, u64 rights)
{
	for (u32 tries = 0; tries < 3; tries++) {
		for (u32 i = 0; i < tlb_count; i++)
			if (tlb[i].kind == TLB_GUEST_PHYSICAL && tlb[i].ept == view() &&
			    tlb[i].from == (guest & ~(PAGE - 1)) && !(rights & ~tlb[i].entry) &&
			    (!(rights & EPT_WRITE) || !view()->accessed_dirty ||
			     (tlb[i].entry & EPT_DIRTY)))
				return;
		bool was_dirty = ept_walk(view(), guest).entry & EPT_DIRTY;
		bool cached_less = false;
		for (u32 i = 0; i < tlb_count; i++)
			cached_less |= tlb[i].kind == TLB_GUEST_PHYSICAL && tlb[i].ept == view() &&
			               tlb[i].from == (guest & ~(PAGE - 1)) &&
			               (rights & ~tlb[i].entry & EPT_RWX);
		if (!cached_less && tlb_access(view(), guest, rights)) {
			if (rights & EPT_WRITE && view()->accessed_dirty)
				log_write(guest, was_dirty);
			return;
		}
		tlb_violation(view(), guest);
		fake_fields[VMCS_guest_physical_address] = guest;
		fake_fields[VMCS_exit_qualification] = rights | EPT_VIOLATION_LINEAR_VALID;
		handle_ept_violation(&fake_vcpu);
		enter();
	}
	fail_msg("the access of %lx never comes to an end", (unsigned long)guest);
}

static void write_page(u32 page, u8 value)
{
	access_as(page * PAGE, EPT_READ | EPT_WRITE);
	*(u8 *)(uintptr_t)(fake_vm.memory_host + page * PAGE) = model[page] = value;
	dirty[page] = true;
}

static void read_page(u32 page)
{
	access_as(page * PAGE, EPT_READ);
	assert_int_equal(*(u8 *)(uintptr_t)(fake_vm.memory_host + page * PAGE), model[page]);
}

static void release_pages(u32 page, u32 count)
{
	assert_int_equal(guest_release(&fake_vcpu, page * PAGE, count * PAGE), 0);
	memset(model + page, 0, count);
	memset(dirty + page, true, count);
	enter();
}

/* The log must be exact. */
static void collect(void)
{
	static u64 bits[PAGES / 64];
	s64 pages = guest_dirty_log(&fake_vcpu, DIRTY_LOG_COLLECT, BITMAP, PAGES / 8);
	s64 wanted = 0;

	enter();
	memcpy(bits, (void *)(uintptr_t)(fake_vm.memory_host + BITMAP), PAGES / 8);
	dirty[BITMAP / PAGE] = true;
	for (u32 i = 0; i < PAGES; i++) {
		wanted += dirty[i];
		if (!(bits[i / 64] >> i % 64 & 1) != !dirty[i])
			fail_msg("page %u: %s", i,
			         dirty[i] ? "written, not told" : "told, not written");
	}
	assert_int_equal(pages, wanted);
	memset(dirty, 0, sizeof(dirty));
}

/* By hypercall; or as rings do that take turns. */
static void go_on_in(u32 which)
{
	if (fake_vm.text_bytes)
		fake_fields[VMCS_ept_pointer] = ept_pointer(&fake_vm.views[which]);
	else
		assert_int_equal(guest_view(&fake_vcpu, which), 0);
}

static void state_text(void)
{
	assert_int_equal(integrity_start(&fake_vcpu, TEXT, 7 * PAGE), 0);
	enter();
	assert_int_equal(integrity_start(&fake_vcpu, TEXT, 7 * PAGE), -EPERM);
	assert_int_equal(guest_protect(&fake_vcpu, TEXT - PAGE, 2 * PAGE, EPT_RWX), -EPERM);
	assert_int_equal(guest_release(&fake_vcpu, TEXT + 6 * PAGE, 2 * PAGE), -EPERM);
	assert_int_equal(guest_view(&fake_vcpu, 1), -EPERM);
	assert_null(guest_memory_for(&fake_vm, TEXT, 8, EPT_WRITE));
}

/* A guest that does everything, at random, with the log on and off; half of it with a text. */
static void live(u64 seed, u32 count, bool stated)
{
	bool logging = false;

	for (u32 i = 0; i < count; i++) {
		u32 page = (u32)(random_next(&seed) % (PAGES - 40)),
		    some = 1 + (u32)(random_next(&seed) % 30);
		switch (random_next(&seed) % 12) {
		case 0:
			release_pages(page, some);
			break;
		case 1: /* back at once, in one piece: what is released has no rights to change */
			go_on_in(0); /* whose rights they are */
			for (u32 p = page; p < page + some; p++)
				read_page(p);
			assert_int_equal(
				guest_protect(&fake_vcpu, page * PAGE, some * PAGE, EPT_READ), 0);
			enter();
			for (u32 p = page; p < page + some; p++)
				read_page(p);
			assert_int_equal(
				guest_protect(&fake_vcpu, page * PAGE, some * PAGE, EPT_RWX), 0);
			break;
		case 2:
			go_on_in(random_next(&seed) % 2);
			break;
		case 3:
			if (random_next(&seed) % 8)
				break;
			assert_int_equal(guest_dirty_log(&fake_vcpu, !logging, 0, 0), 0);
			logging = !logging;
			memset(dirty, 0, sizeof(dirty));
			break;
		case 4:
			if (logging)
				collect();
			break;
		case 5:
		case 6:
			read_page(page);
			break;
		default:
			write_page(page, (u8)i);
		}
		enter();
		if (stated && i == count / 2)
			state_text();
		integrity_check(&fake_vm);
		if (i % 1000 == 0)
			guest_memory_check(&fake_vm);
	}
	guest_memory_check(&fake_vm);
	assert_int_equal(fake_vm.tables.count + fake_vm.views[0].tables + fake_vm.views[1].tables,
	                 fake_vm.tables_bytes / PAGE);
}

TEST(a_guest_that_does_everything)
{
	static const enum vmx_feature hidden[][4] = {
		{0},
		{FEATURE_pml},
		{FEATURE_ad_bits},
		{FEATURE_ept_2m, FEATURE_ept_1g},
		{FEATURE_invept_single},
		{FEATURE_pml, FEATURE_ad_bits, FEATURE_ept_2m, FEATURE_invept_all},
	};
	static const u32 counts[] = {0, 1, 1, 2, 1, 4};

	for (u32 i = 0; i < ARRAY_SIZE(hidden); i++) {
		boot(hidden[i], counts[i]);
		live(i + 3, 4000, false);
		assert_true(invepts > 100);
		boot(hidden[i], counts[i]);
		live(i + 30, 4000, true);
	}
}

/* One INVEPT left out at a time: the next entry must be found stale. */
TEST(every_invept_left_out_is_found)
{
	static const enum vmx_feature without_pml[] = {FEATURE_pml};

	for (u32 deed = 0; deed < 5; deed++)
		for (u32 pml = 0; pml < 2; pml++) {
			boot(without_pml, !pml);
			if (deed > 2)
				assert_int_equal(guest_dirty_log(&fake_vcpu, DIRTY_LOG_START, 0, 0),
				                 0);
			write_page(5, 1);
			write_page(5, 2);
			enter();
			deaf = true;
			if (deed == 0)
				guest_protect(&fake_vcpu, 5 * PAGE, PAGE, EPT_READ);
			else if (deed == 1)
				guest_release(&fake_vcpu, 5 * PAGE, PAGE);
			else if (deed == 2)
				guest_dirty_log(&fake_vcpu, DIRTY_LOG_START, 0, 0);
			else if (deed == 3)
				guest_dirty_log(&fake_vcpu, DIRTY_LOG_COLLECT, BITMAP, PAGES / 8);
			else
				guest_dirty_log(&fake_vcpu, DIRTY_LOG_STOP, 0, 0);
			if (!enter_is_stale())
				fail_msg("deed %u: nobody missed its INVEPT", deed);
		}
}

/* Bochs has none, and a processor that was somebody's before may. */
TEST(nothing_of_an_earlier_owner_is_left)
{
	for (u32 i = 0; i < VIEWS; i++)
		tlb_cache((struct tlb_entry){.ept = &fake_vm.views[i], .level = 1, .to = PAGE});
	assert_true(enter_is_stale());
	guest_memory_settle(&fake_vm);
	assert_int_equal(tlb_count, 0);
}

TEST(protected_pages_are_closed_to_ring_minus_1_too)
{
	write_page(7, 9);
	assert_int_equal(guest_protect(&fake_vcpu, 7 * PAGE, PAGE, EPT_READ), 0);
	assert_non_null(guest_memory(&fake_vm, 7 * PAGE + 8, 8));
	assert_null(guest_memory_for(&fake_vm, 7 * PAGE + 8, 8, EPT_WRITE));
	assert_null(guest_memory_for(&fake_vm, 6 * PAGE + 8, PAGE, EPT_WRITE));
	assert_non_null(guest_memory_for(&fake_vm, 6 * PAGE, PAGE, EPT_WRITE));
	ASSERT_ENDS(access_as(7 * PAGE, EPT_WRITE), GUEST_END_ept_violation, "protected that page");
	assert_int_equal(guest_view(&fake_vcpu, 1), 0);
	assert_non_null(guest_memory_for(&fake_vm, 7 * PAGE + 8, 8, EPT_WRITE));
	write_page(7, 10);
	assert_null(guest_memory(&fake_vm, RAM - 4, 8));
	assert_null(guest_memory(&fake_vm, ~0ull, 8));
}

/* They would be an EPT misconfiguration. */
TEST(rights_that_no_entry_may_have_are_refused)
{
	const u64 page = 7 * PAGE;

	assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_WRITE), -EINVAL);
	assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_WRITE | EPT_EXECUTE), -EINVAL);
	assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_RWX | BIT(4)), -EINVAL);
	assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_WRITE | PROTECT_REFUSE),
	                 -EINVAL);
	assert_false(fake_vm.refuses);
	assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_READ | PROTECT_REFUSE), 0);
	assert_true(fake_vm.refuses);
}

/* Else the processor's walks of page tables that are read-only would be writes; PML needs the flags. */
TEST(what_is_refused_to_be_written_may_be_a_page_table)
{
	u64 page = 5 * PAGE;

	fake_vm.views[0].accessed_dirty = fake_vm.views[1].accessed_dirty = true;
	assert_int_equal(
		guest_protect(&fake_vcpu, page, PAGE, EPT_READ | EPT_WRITE | PROTECT_REFUSE), 0);
	assert_true(fake_vm.views[0].accessed_dirty);
	fake_vm.logging = fake_vm.uses_pml = true;
	assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_READ | PROTECT_REFUSE), -EBUSY);
	fake_vm.logging = fake_vm.uses_pml = false;
	assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_READ | PROTECT_REFUSE), 0);
	for (u32 i = 0; i < VIEWS; i++) {
		assert_false(fake_vm.views[i].accessed_dirty);
		assert_int_equal(fake_vm.eptp_list[i] & BIT(6), 0);
	}
}

/* Whichever way: also where a text has made the views what they are. */
TEST(what_is_given_up_for_good_does_not_come_back)
{
	const u64 page = 7 * PAGE;

	for (u32 stated = 0; stated < 2; stated++) {
		boot(NULL, 0);
		assert_int_equal(guest_view(&fake_vcpu, 1), 0);
		assert_int_equal(guest_protect(&fake_vcpu, page, PAGE,
		                               EPT_READ | EPT_EXECUTE | PROTECT_REFUSE),
		                 0);
		enter();
		assert_int_equal(guest_current_view(&fake_vm), 0);
		if (stated)
			state_text();
		assert_int_equal(guest_protect(&fake_vcpu, page - PAGE, 2 * PAGE, EPT_RWX), -EPERM);
		assert_int_equal(guest_release(&fake_vcpu, page, 2 * PAGE), -EPERM);
		for (u64 which = 0; which <= VIEW_BY_FUNCTION; which++)
			assert_int_equal(guest_view(&fake_vcpu, which), -EPERM);
		assert_int_equal(guest_dirty_log(&fake_vcpu, DIRTY_LOG_START, 0, 0), 0);
		assert_int_equal(guest_dirty_log(&fake_vcpu, DIRTY_LOG_STOP, 0, 0), 0);
		assert_null(guest_memory_for(&fake_vm, page, 8, EPT_WRITE));
		assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_READ | EPT_EXECUTE), 0);
		assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_READ), 0);
		assert_int_equal(guest_protect(&fake_vcpu, page, PAGE, EPT_READ | EPT_EXECUTE),
		                 -EPERM);
		enter();
	}
}

/* What ring -1 writes for the guest is written. */
TEST(ring_minus_1s_own_writes_are_in_the_log)
{
	assert_int_equal(guest_dirty_log(&fake_vcpu, DIRTY_LOG_START, 0, 0), 0);
	collect();
	assert_non_null(guest_memory_for(&fake_vm, 3 * PAGE - 1, 2, EPT_WRITE));
	dirty[2] = dirty[3] = true;
	assert_non_null(guest_memory_for(&fake_vm, 9 * PAGE, 2, EPT_READ));
	collect();
	collect();
}

/* Memory ends in the middle of a large page: its tables were taken at boot too. */
TEST(all_pages_of_an_odd_size_of_memory_can_be_split)
{
	fake_vm.tables = (struct ept_pool){0};
	guest_memory_init(&fake_vm, RAM + (1 << 20));
	assert_int_equal(guest_dirty_log(&fake_vcpu, DIRTY_LOG_START, 0, 0), 0);
	for (u32 i = 0; i < VIEWS; i++)
		for (u64 page = 0; page < fake_vm.memory_bytes; page += PAGE)
			assert_int_equal(ept_walk(&fake_vm.views[i], page).level, 1);
}

TEST(ring_minus_1s_memory_among_the_guests_is_found)
{
	taken[0] = (struct memory_range){fake_vm.memory_host + 3 * PAGE,
	                                 fake_vm.memory_host + 4 * PAGE, .guest = true};
	guest_memory_check(&fake_vm);
	taken[0].guest = false;
	ASSERT_ENDS(guest_memory_check(&fake_vm), GUEST_END_refused, "not the guest's");
}

TEST(a_violation_beyond_ram_ends_the_guest)
{
	ASSERT_ENDS(access_as(RAM, EPT_READ), GUEST_END_ept_violation, "memory ends at 800000");
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(a_guest_that_does_everything),
		RUN(every_invept_left_out_is_found),
		RUN(nothing_of_an_earlier_owner_is_left),
		RUN(protected_pages_are_closed_to_ring_minus_1_too),
		RUN(rights_that_no_entry_may_have_are_refused),
		RUN(what_is_refused_to_be_written_may_be_a_page_table),
		RUN(what_is_given_up_for_good_does_not_come_back),
		RUN(ring_minus_1s_own_writes_are_in_the_log),
		RUN(all_pages_of_an_odd_size_of_memory_can_be_split),
		RUN(ring_minus_1s_memory_among_the_guests_is_found),
		RUN(a_violation_beyond_ram_ends_the_guest),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	while (allocations)
		free(allocated[--allocations]);
	return failed;
}

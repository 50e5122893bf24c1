/*
 * INS and OUTS for the guest: counters, directions, address sizes, page crossings, and faults
 * half-way.
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "hv/guest_walk.c"
#include "hv/strings.c"

#define RAM    0x8000u
#define IN     BIT(3)
#define REP    BIT(5)
#define PORT   (0x3f8ull << 16)
#define MODE32 0xc09b
#define MODE16 0x009b

static u8 *ram;
static u32 values[512], count; /* what went out, or how many came in */

static u32 from_port(struct vcpu *vcpu, u16 port, u32 bytes)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	assert_int_equal(port, 0x3f8);
	(void)bytes;
	return 0x04030201 + 0x01010101 * count++;
}

static void to_port(struct vcpu *vcpu, u16 port, u32 bytes, u32 value)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	assert_int_equal(port, 0x3f8);
	(void)bytes;
	values[count++ % ARRAY_SIZE(values)] = value;
}

/* Protected mode without paging: linear is physical. */
static int set_up(void **state)
{
	(void)state;
	fake_machine();
	ram = fake_memory(RAM);
	fake_fields[VMCS_guest_cr0] = CR0_PE;
	fake_fields[VMCS_guest_cs_access] = MODE32;
	fake_fields[VMCS_guest_efer] = 0;
	count = 0;
	return 0;
}

static void mode64(void)
{
	fake_fields[VMCS_guest_cs_access] = 0xa09b;
	fake_fields[VMCS_guest_efer] = EFER_LME | EFER_LMA;
}

/* 32-bit paging: page 1 leads to 0x5000, page 2 to 0x4000, read-only; page 3 to nothing. */
static void paged(void)
{
	const u32 directory = 0x2000 | 7, pages[4] = {0, 0x5000 | 7, 0x4000 | 5, 0};

	fake_fields[VMCS_guest_cr0] = CR0_PE | CR0_PG | CR0_WP;
	fake_fields[VMCS_guest_cr3] = 0x1000;
	memcpy(ram + 0x1000, &directory, 4);
	memcpy(ram + 0x2000, pages, 16);
}

static u64 *reg(u32 number)
{
	return &fake_vcpu.context.registers[number];
}

static void run(u64 qualification, u64 linear)
{
	fake_fields[VMCS_guest_linear_address] = linear;
	handle_string_io(&fake_vcpu, qualification | PORT, from_port, to_port);
}

TEST(one_element_of_each_size)
{
	for (u32 bytes = 1; bytes <= 4; bytes *= 2) {
		set_up(NULL);
		memcpy(ram + 0x100, "\x11\x22\x33\x44", 4);
		*reg(RSI) = 0x100;
		*reg(RCX) = 7;
		run(bytes - 1, 0x100);
		ASSERT_SKIPPED();
		assert_int_equal(count, 1);
		assert_int_equal(values[0], 0x44332211 & ((1ull << 8 * bytes) - 1));
		assert_int_equal(*reg(RSI), 0x100 + bytes);
		assert_int_equal(*reg(RCX), 7); /* not without REP */
		run(IN | (bytes - 1), 0x200);
		for (u32 i = 0; i < 4; i++)
			assert_int_equal(ram[0x200 + i], i < bytes ? i + 2 : 0);
		assert_int_equal(*reg(RDI), bytes);
	}
}

TEST(rep_with_nothing_to_do)
{
	*reg(RCX) = 0xdead00000000; /* 32 bits of it count */
	*reg(RSI) = 0x100;
	run(REP, 1ull << 60); /* the address is not even looked at */
	ASSERT_SKIPPED();
	assert_int_equal(count, 0);
	assert_int_equal(*reg(RSI), 0x100);
}

/* A guest's loop: the exit comes again until the count is 0. */
static u32 run_all(u64 qualification, u64 segment_base)
{
	u32 exits = 0;
	u64 *index = reg(qualification & IN ? RDI : RSI);

	while (fake_fields[VMCS_guest_rip] == 0x1000 && exits < 1000) {
		run(qualification | REP, segment_base + *index);
		exits++;
	}
	assert_int_equal(fake_exception, FAKE_NO_EXCEPTION);
	return exits;
}

TEST(rep_moves_every_element_once)
{
	for (u32 i = 0; i < 300; i++)
		ram[0x200 + i] = (u8)i;
	*reg(RSI) = 0x100;
	*reg(RCX) = 300;
	u32 exits = run_all(0, 0x100);
	assert_in_range(exits, 2, 100); /* bounded, but not one by one */
	assert_int_equal(count, 300);
	for (u32 i = 0; i < 300; i++)
		assert_int_equal(values[i], (u8)i);
	assert_int_equal(*reg(RCX), 0);
	assert_int_equal(*reg(RSI), 0x100 + 300);
}

TEST(rep_backwards)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_DF;
	*reg(RDI) = 0x40e;
	*reg(RCX) = 8;
	run_all(IN | 1, 0);
	assert_int_equal(*reg(RDI), 0x3fe);
	assert_int_equal(ram[0x40e], 0x01); /* the first one came in last place */
	assert_int_equal(ram[0x400], 0x08);
	assert_int_equal(ram[0x3fe] | ram[0x410], 0);
}

TEST(address_sizes)
{
	fake_fields[VMCS_guest_cs_access] = MODE16;
	*reg(RSI) = 0x1234ffff;
	*reg(RCX) = 0x12340002;
	run(REP, 0xfff); /* a base far below: SI wraps after this one */
	assert_int_equal(*reg(RSI), 0x12340000);
	assert_int_equal(*reg(RCX), 0x12340001);
	assert_int_equal(count, 1);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x1000); /* the processor comes again */
	set_up(NULL);
	mode64();
	*reg(RSI) = 0xffffffffull;
	run(0, 0x100);
	assert_int_equal(*reg(RSI), 0x100000000ull);
	set_up(NULL);
	*reg(RSI) = 0xdead0000ffffffffull;
	run(0, 0x100);
	assert_int_equal(*reg(RSI), 0); /* a 32-bit write clears the upper half */
	set_up(NULL);
	fake_vm.capabilities.basic = BIT(54); /* the exit tells: here an override to 16 bits */
	fake_fields[VMCS_exit_instruction_info] = 0 << 7;
	*reg(RSI) = 0x5ffff;
	run(0, 0x100);
	assert_int_equal(*reg(RSI), 0x50000);
}

TEST(elements_across_pages)
{
	paged();
	ram[0x5ffe] = 1, ram[0x5fff] = 2, ram[0x4000] = 3, ram[0x4001] = 4;
	*reg(RSI) = 0x1ffe;
	run(3, 0x1ffe);
	ASSERT_SKIPPED();
	assert_int_equal(values[0], 0x04030201);
}

TEST(a_fault_half_way_leaves_the_counters_there)
{
	paged();
	*reg(RSI) = 0x2ffc;
	*reg(RCX) = 10;
	run(REP | 1, 0x2ffc);
	assert_int_equal(count, 2);
	assert_int_equal(*reg(RSI), 0x3000);
	assert_int_equal(*reg(RCX), 8);
	ASSERT_FAULT(VECTOR_PF);
	assert_int_equal(fake_error, 0);
	assert_int_equal(fake_cr2, 0x3000);
}

TEST(an_element_that_would_fault_reaches_neither_port_nor_memory)
{
	paged();
	run(3, 0x2ffe);
	ASSERT_FAULT(VECTOR_PF);
	assert_int_equal(fake_cr2, 0x3000); /* the byte that is not there */
	assert_int_equal(count, 0);
	set_up(NULL);
	paged();
	run(IN | 3, 0x1ffe); /* into a read-only page */
	ASSERT_FAULT(VECTOR_PF);
	assert_int_equal(fake_error, 3);
	assert_int_equal(fake_cr2, 0x2000);
	assert_int_equal(ram[0x5ffe] | count, 0);
	set_up(NULL);
	paged();
	fake_fields[VMCS_guest_ss_access] = 0xf3; /* ring 3, by its I/O permission bitmap */
	run(0, 0x3000);
	assert_int_equal(fake_error, 4);
}

TEST(outside_ram_and_not_canonical)
{
	run(0, RAM);
	ASSERT_FAULT(VECTOR_GP);
	set_up(NULL);
	run(IN, RAM - 1);
	assert_int_equal(ram[RAM - 1], 1);
	run(IN | 1, RAM - 1);
	assert_int_equal(fake_exception, VECTOR_GP);
	set_up(NULL);
	mode64();
	run(0, 0x0000800000000000);
	ASSERT_FAULT(VECTOR_GP);
	assert_int_equal(count, 0);
}

static void has_segment(u32 segment, u64 access, u64 limit)
{
	set_up(NULL);
	fake_vm.capabilities.basic = BIT(54);
	fake_fields[VMCS_exit_instruction_info] = 1u << 7 | segment << 15;
	fake_fields[VMCS_guest_es_access + 2 * segment] = access;
	fake_fields[VMCS_guest_es_limit + 2 * segment] = limit;
}

static void outs_in(u32 segment, u64 access, u64 limit, u64 offset, u32 fault)
{
	has_segment(segment, access, limit);
	*reg(RSI) = offset;
	run(1, 0x100);
	if (fault == FAKE_NO_EXCEPTION)
		ASSERT_SKIPPED();
	else
		ASSERT_FAULT(fault);
	assert_int_equal(count, fault == FAKE_NO_EXCEPTION);
}

TEST(segments_permit_or_fault)
{
	enum { ES, CS, SS, DS };

	outs_in(DS, 0x4093, 0xfff, 0xffe, FAKE_NO_EXCEPTION);
	outs_in(DS, 0x4093, 0xfff, 0xfff, VECTOR_GP);
	outs_in(SS, 0x4093, 0xfff, 0xfff, VECTOR_SS);
	outs_in(DS, 0x10000, 0xffffffff, 0, VECTOR_GP); /* null */
	outs_in(CS, 0x409b, 0xffffffff, 0, FAKE_NO_EXCEPTION);
	outs_in(CS, 0x4099, 0xffffffff, 0, VECTOR_GP);         /* execute-only */
	outs_in(DS, 0x4091, 0xffffffff, 0, FAKE_NO_EXCEPTION); /* read-only */
	outs_in(DS, 0x4097, 0xfff, 0xfff, VECTOR_GP);          /* expands down */
	outs_in(DS, 0x4097, 0xfff, 0x1000, FAKE_NO_EXCEPTION);
	outs_in(DS, 0x4097, 0xfff, 0x10000, FAKE_NO_EXCEPTION);
	outs_in(DS, 0x0097, 0xfff, 0xffff, VECTOR_GP); /* the same of 16 bits */
	has_segment(ES, 0x4091, 0xffffffff);
	run(IN, 0x100);
	ASSERT_FAULT(VECTOR_GP);
	/* In 64-bit mode neither counts, but SS by its address does. */
	has_segment(SS, 0x4091, 0);
	mode64();
	run(0, 0x100);
	ASSERT_SKIPPED();
	run(1, 0x7fffffffffff);
	assert_int_equal(fake_exception, VECTOR_SS);
	/* Outside IA-32e mode the code segment's bit L says nothing. */
	has_segment(ES, 0x4091, 0xffffffff);
	fake_fields[VMCS_guest_cs_access] = 0xa09b;
	run(IN, 0x100);
	ASSERT_FAULT(VECTOR_GP);
	/* A processor that does not say which segment: INS has but one. */
	has_segment(ES, 0x4093, 0xff);
	fake_vm.capabilities.basic = 0;
	*reg(RSI) = *reg(RDI) = 0x100;
	run(0, 0x100);
	ASSERT_SKIPPED();
	run(IN, 0x100);
	assert_int_equal(fake_exception, VECTOR_GP);
}

TEST(alignment_is_checked_in_ring_3_alone)
{
	fake_fields[VMCS_guest_ss_access] = 0xf3;
	fake_fields[VMCS_guest_cr0] = CR0_PE | CR0_AM;
	fake_fields[VMCS_guest_rflags] |= RFLAGS_AC;
	run(0, 0x101);
	ASSERT_SKIPPED();
	run(3, 0x102);
	assert_int_equal(fake_exception, VECTOR_AC);
	assert_int_equal(count, 1);
	fake_exception = FAKE_NO_EXCEPTION;
	fake_fields[VMCS_guest_ss_access] = 0x93;
	run(3, 0x102);
	assert_int_equal(fake_exception, FAKE_NO_EXCEPTION);
}

TEST(each_element_is_a_step)
{
	fake_fields[VMCS_guest_rflags] |= RFLAGS_TF;
	fake_fields[VMCS_guest_interruptibility] = BLOCKING_BY_STI | BLOCKING_BY_NMI;
	*reg(RCX) = 2;
	run(REP, 0x100);
	assert_int_equal(*reg(RCX), 1);
	assert_int_equal(fake_fields[VMCS_guest_rip], 0x1000);
	assert_int_equal(fake_fields[VMCS_guest_interruptibility], BLOCKING_BY_NMI);
	assert_int_equal(fake_fields[VMCS_guest_pending_debug], PENDING_DEBUG_BS);
	assert_int_equal(fake_fields[VMCS_guest_rflags], RFLAGS_ONE | RFLAGS_TF | RFLAGS_RF);
	fake_fields[VMCS_guest_rflags] &= ~RFLAGS_RF; /* as the next exit saves it */
	run(REP, 0x101);
	ASSERT_SKIPPED();
	assert_int_equal(fake_fields[VMCS_guest_rflags], RFLAGS_ONE | RFLAGS_TF);
}

TEST(addresses_wrap_at_4_gib_outside_64_bit_mode)
{
	const u64 tables[3] = {0x2007, 0x3007, 0x87};

	fake_fields[VMCS_guest_cr0] = CR0_PE | CR0_PG;
	fake_fields[VMCS_guest_cr4] = CR4_PAE;
	fake_fields[VMCS_guest_efer] = EFER_LME | EFER_LMA;
	fake_fields[VMCS_guest_cr3] = 0x1000;
	for (u32 i = 0; i < 3; i++)
		memcpy(ram + 0x1000 * (i + 1), &tables[i], 8);
	ram[0x100] = 7;
	run(0, 0x100000100);
	ASSERT_SKIPPED();
	assert_int_equal(values[0], 7);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(one_element_of_each_size),
		RUN(rep_with_nothing_to_do),
		RUN(rep_moves_every_element_once),
		RUN(rep_backwards),
		RUN(address_sizes),
		RUN(elements_across_pages),
		RUN(a_fault_half_way_leaves_the_counters_there),
		RUN(an_element_that_would_fault_reaches_neither_port_nor_memory),
		RUN(outside_ram_and_not_canonical),
		RUN(segments_permit_or_fault),
		RUN(alignment_is_checked_in_ring_3_alone),
		RUN(each_element_is_a_step),
		RUN(addresses_wrap_at_4_gib_outside_64_bit_mode),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fake_memory(0);
	return failed;
}

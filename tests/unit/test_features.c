/*
 * Negotiation with real and crippled processors: what is asked, allowed, granted and missed; and
 * the names that hide= takes.
 *
 * Sources: vmx/features.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_capabilities.h"
#include "vmx/exit_reasons.h"

static struct vmx_capabilities caps;
static struct vmx_controls controls;
static bool hidden[VMX_FEATURE_COUNT];

static int set_up(void **state)
{
	(void)state;
	fake_processor = skylake;
	memset(hidden, 0, sizeof(hidden));
	return 0;
}

static u64 *msr(u32 number)
{
	return &fake_processor.msr[number - 0x480];
}

static bool bit_is_set(enum vmx_feature feature)
{
	return controls.word[vmx_features[feature].place] >> vmx_features[feature].bit & 1;
}

static bool is_control(u32 feature)
{
	return vmx_features[feature].place < CONTROL_WORDS;
}

/* Each word has what the real processor insists on and nothing that it refuses. */
static void words_are_legal(void)
{
	static const u32 plain[CONTROL_WORDS] = {0x481, 0x482, 0x48b, 0x483, 0x484};
	bool tru = caps.basic >> 55 & 1;

	for (u32 i = 0; i < CONTROL_WORDS; i++) {
		u64 allowed = *msr(plain[i] + (tru && i != PLACE_SECONDARY ? 0xc : 0));
		assert_int_equal((u32)allowed & ~controls.word[i], 0);
		assert_int_equal(controls.word[i] & ~(u32)(allowed >> 32), 0);
	}
}

static void missing_is(const char *token, u32 number, u32 bit)
{
	fake_negotiate(hidden, &caps, &controls);
	assert_true(controls.missing >= 0);
	const struct feature_row *row = &vmx_features[controls.missing];
	assert_string_equal(row->token, token);
	assert_int_equal(row->bit, bit);
	assert_int_equal(vmx_feature_msr(&caps, (enum vmx_feature)controls.missing), number);
}

TEST(skylake_grants_all_that_is_wanted)
{
	fake_negotiate(NULL, &caps, &controls);
	assert_int_equal(controls.missing, -1);
	words_are_legal();
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		u32 ask = vmx_features[i].ask;
		bool wanted = ask == ASK_REQUIRED || ask == ASK_WANTED;
		if (controls.granted[i] != wanted)
			fail_msg("%s: granted %d", vmx_features[i].token, controls.granted[i]);
		if (is_control(i))
			assert_int_equal(bit_is_set(i), wanted);
	}
}

TEST(lynnfield_lacks_unrestricted_guest)
{
	fake_processor = lynnfield;
	missing_is("unrestricted_guest", 0x48b, 7);
	assert_true(controls.granted[FEATURE_ept]);
	assert_true(controls.granted[FEATURE_vpid]);
	assert_false(controls.allowed[FEATURE_ept_1g]);
	assert_false(controls.granted[FEATURE_ad_bits]);
}

/* Reading an MSR that Penryn lacks fails the test. */
TEST(penryn_lacks_ept_and_msrs_that_go_with_it)
{
	fake_processor = penryn;
	missing_is("ept", 0x48b, 1);
	for (u32 i = FEATURE_execute_only; i <= FEATURE_invvpid_all; i++)
		assert_false(controls.allowed[i]);
	assert_true(controls.granted[FEATURE_cr3_load_exiting]);
}

TEST(without_secondary_controls_their_msrs_are_not_read)
{
	fake_processor = penryn;
	*msr(0x482) &= ~BIT(63);
	*msr(0x48b) = ABSENT;
	missing_is("secondary_controls", 0x482, 31);
	assert_int_equal(controls.word[PLACE_SECONDARY], 0);
}

TEST(the_true_msrs_are_named_where_they_decide)
{
	fake_negotiate(NULL, &caps, &controls);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_nmi_exiting), 0x48d);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_hlt_exiting), 0x48e);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_host_64bit), 0x48f);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_guest_efer), 0x490);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_ept), 0x48b);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_invept), 0x48c);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_true_controls), 0x480);
	hidden[FEATURE_true_controls] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_nmi_exiting), 0x481);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_hlt_exiting), 0x482);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_host_64bit), 0x483);
	assert_int_equal(vmx_feature_msr(&caps, FEATURE_guest_efer), 0x484);
}

TEST(without_true_controls_the_default1_class_is_kept)
{
	fake_negotiate(NULL, &caps, &controls);
	assert_false(controls.granted[FEATURE_cr3_load_exiting]);
	/* A sloppy outer hypervisor that reports no default1 bits in the plain MSRs. */
	*msr(0x481) = 0x0000007f00000000;
	*msr(0x482) = 0xfff9fffe00000000;
	*msr(0x483) = 0x01ffffff00000000;
	*msr(0x484) = 0x0003ffff00000000;
	hidden[FEATURE_true_controls] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_int_equal(controls.word[PLACE_PIN] & 0x16, 0x16);
	assert_int_equal(controls.word[PLACE_PRIMARY] & 0x0401e172, 0x0401e172);
	assert_int_equal(controls.word[PLACE_EXIT] & 0x36dff, 0x36dff);
	assert_int_equal(controls.word[PLACE_ENTRY] & 0x11ff, 0x11ff);
	assert_true(controls.granted[FEATURE_cr3_load_exiting]);
	assert_true(controls.granted[FEATURE_cr3_store_exiting]);
	assert_int_equal(controls.missing, -1);
}

TEST(each_required_feature_is_missed_by_msr_and_bit)
{
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		const struct feature_row *row = &vmx_features[i];
		if ((row->ask != ASK_REQUIRED && row->ask != ASK_LATER) ||
		    i == FEATURE_secondary_controls)
			continue;
		fake_processor = skylake;
		fake_negotiate(NULL, &caps, &controls);
		u32 number = vmx_feature_msr(&caps, i);
		*msr(number) &= ~BIT(row->bit + (is_control(i) ? 32u : 0));
		missing_is(row->token, number, row->bit);
		assert_false(controls.allowed[i]);
	}
}

TEST(hiding_one_feature_hides_it_and_leaves_legal_words)
{
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		memset(hidden, 0, sizeof(hidden));
		hidden[i] = true;
		fake_negotiate(hidden, &caps, &controls);
		bool needed =
			vmx_features[i].ask == ASK_REQUIRED || vmx_features[i].ask == ASK_LATER;
		assert_int_equal(controls.missing, needed ? (s32)i : -1);
		assert_int_equal(controls.insisted, -1);
		assert_false(controls.allowed[i]);
		assert_false(controls.granted[i] && !needed);
		words_are_legal();
	}
}

TEST(all_that_is_optional_can_be_hidden_together)
{
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		hidden[i] = vmx_features[i].ask != ASK_REQUIRED && vmx_features[i].ask != ASK_LATER;
	/* Some way to flush it takes, and some memory type of its own tables. */
	hidden[FEATURE_invept_all] = hidden[FEATURE_ept_uncacheable] = false;
	fake_negotiate(hidden, &caps, &controls);
	assert_int_equal(controls.missing, -1);
	words_are_legal();
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		if (hidden[i] && is_control(i) &&
		    !(caps.allowed0[vmx_features[i].place] >> vmx_features[i].bit & 1))
			assert_false(controls.granted[i] || controls.allowed[i]);
	assert_true(bit_is_set(FEATURE_io_exiting));
}

TEST(forced_bits_cannot_be_hidden_and_are_reported_as_granted)
{
	*msr(0x48e) |= BIT(12); /* RDTSC exiting must be 1 */
	hidden[FEATURE_rdtsc_exiting] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_true(controls.granted[FEATURE_rdtsc_exiting]);
	assert_true(bit_is_set(FEATURE_rdtsc_exiting));
	assert_int_equal(controls.missing, -1);
}

TEST(a_vpid_that_cannot_be_flushed_is_not_used)
{
	static const u64 without[] = {BIT(32), BIT(41) | BIT(42)};

	for (u32 i = 0; i < ARRAY_SIZE(without); i++) {
		fake_processor = skylake;
		*msr(0x48c) &= ~without[i];
		fake_negotiate(NULL, &caps, &controls);
		assert_false(controls.granted[FEATURE_vpid]);
		assert_false(bit_is_set(FEATURE_vpid));
		assert_false(controls.granted[FEATURE_invvpid_single]);
		assert_int_equal(controls.missing, -1);
	}
	fake_processor = skylake;
	*msr(0x48c) &= ~BIT(41); /* all-context alone will do */
	fake_negotiate(NULL, &caps, &controls);
	assert_true(controls.granted[FEATURE_vpid]);
}

TEST(io_exiting_replaces_io_bitmaps)
{
	fake_negotiate(NULL, &caps, &controls);
	assert_true(bit_is_set(FEATURE_io_bitmaps));
	assert_false(bit_is_set(FEATURE_io_exiting));
	hidden[FEATURE_io_bitmaps] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_false(bit_is_set(FEATURE_io_bitmaps));
	assert_true(bit_is_set(FEATURE_io_exiting));
	assert_true(controls.granted[FEATURE_io_exiting]);
}

/* Hides what a feature needs: it is not allowed any more, although its own bit says it may be. */
static void falls_with(enum vmx_feature feature, enum vmx_feature one, enum vmx_feature other)
{
	memset(hidden, 0, sizeof(hidden));
	fake_negotiate(hidden, &caps, &controls);
	assert_true(controls.allowed[feature]);
	assert_int_equal(vmx_lacks(controls.allowed, feature), -1);
	hidden[one] = hidden[other] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_true(vmx_has(&caps, feature));
	assert_false(controls.allowed[feature]);
	assert_false(controls.granted[feature]);
	if (is_control(feature))
		assert_false(bit_is_set(feature));
	assert_int_equal(vmx_lacks(controls.allowed, feature), one);
}

TEST(a_feature_falls_with_what_it_needs)
{
	*msr(0x48c) |= BIT(40) | BIT(43);
	*msr(0x48d) |= BIT(39); /* posted interrupts */
	*msr(0x48e) |= BIT(53); /* TPR shadow */
	*msr(0x48b) |= 0x00c68310ull << 32;
	falls_with(FEATURE_virtual_nmis, FEATURE_nmi_exiting, FEATURE_nmi_exiting);
	falls_with(FEATURE_nmi_window, FEATURE_virtual_nmis, FEATURE_virtual_nmis);
	falls_with(FEATURE_save_preemption_timer, FEATURE_preemption_timer,
	           FEATURE_preemption_timer);
	falls_with(FEATURE_x2apic_mode, FEATURE_tpr_shadow, FEATURE_tpr_shadow);
	falls_with(FEATURE_apic_registers, FEATURE_tpr_shadow, FEATURE_tpr_shadow);
	falls_with(FEATURE_virtual_interrupts, FEATURE_tpr_shadow, FEATURE_tpr_shadow);
	falls_with(FEATURE_posted_interrupts, FEATURE_virtual_interrupts,
	           FEATURE_virtual_interrupts);
	falls_with(FEATURE_invvpid_address, FEATURE_invvpid, FEATURE_invvpid);
	falls_with(FEATURE_invvpid_single, FEATURE_invvpid, FEATURE_invvpid);
	falls_with(FEATURE_invvpid_all, FEATURE_invvpid, FEATURE_invvpid);
	falls_with(FEATURE_invvpid_retaining, FEATURE_invvpid, FEATURE_invvpid);
	falls_with(FEATURE_vpid, FEATURE_invvpid_single, FEATURE_invvpid_all);
	falls_with(FEATURE_invept, FEATURE_invept_single, FEATURE_invept_all);
	falls_with(FEATURE_ept, FEATURE_ept_write_back, FEATURE_ept_uncacheable);
	falls_with(FEATURE_ad_bits, FEATURE_ept, FEATURE_ept);
	falls_with(FEATURE_pml, FEATURE_ad_bits, FEATURE_ad_bits);
	falls_with(FEATURE_unrestricted_guest, FEATURE_ept, FEATURE_ept);
	falls_with(FEATURE_ve, FEATURE_ept, FEATURE_ept);
	falls_with(FEATURE_mode_based_execute, FEATURE_ept, FEATURE_ept);
	falls_with(FEATURE_sub_page, FEATURE_ept, FEATURE_ept);
	falls_with(FEATURE_vmfunc, FEATURE_ept, FEATURE_ept);
	falls_with(FEATURE_eptp_switching, FEATURE_vmfunc, FEATURE_vmfunc);
}

/* What is needed in turn: the last link is named, and the whole chain falls. */
TEST(needs_are_transitive)
{
	hidden[FEATURE_invvpid] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_false(controls.allowed[FEATURE_vpid]);
	assert_false(controls.granted[FEATURE_vpid]);
	memset(hidden, 0, sizeof(hidden));
	hidden[FEATURE_ept] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_false(controls.allowed[FEATURE_pml]);
	assert_false(controls.allowed[FEATURE_eptp_switching]);
	assert_int_equal(controls.missing, FEATURE_ept);
}

/* INVEPT without either of its types is as good as none; the type is what is missing. */
TEST(invept_needs_a_type)
{
	*msr(0x48c) &= ~(BIT(25) | BIT(26));
	missing_is("invept_single", 0x48c, 25);
	*msr(0x48c) |= BIT(26);
	fake_negotiate(hidden, &caps, &controls);
	assert_int_equal(controls.missing, -1);
}

/*
 * An outer hypervisor that insists on a control: harmless ones stay on, what would exit without a
 * handler, or use structures that nobody set up, ends the run before the first entry.
 */
TEST(a_processor_that_insists_is_served_or_refused)
{
	u32 refused = 0, served = 0;

	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		const struct feature_row *row = &vmx_features[i];
		if (!is_control(i))
			continue;
		fake_processor = skylake;
		fake_negotiate(NULL, &caps, &controls);
		*msr(vmx_feature_msr(&caps, i)) |= BIT(row->bit) | BIT(row->bit + 32u);
		*msr(0x492) = *msr(0x493) = 0; /* there where they can be activated */
		hidden[i] = true;              /* in vain */
		fake_negotiate(hidden, &caps, &controls);
		hidden[i] = false;
		bool serves = row->ask == ASK_REQUIRED || row->ask == ASK_WANTED ||
		              row->ask == ASK_UNWANTED;
		assert_int_equal(controls.insisted, serves ? -1 : (s32)i);
		assert_int_equal(controls.missing, -1);
		assert_true(controls.granted[i] && vmx_has(&caps, i));
		assert_true(bit_is_set(i) && vmx_insists(&caps, i));
		refused += !serves;
		served += serves && row->ask == ASK_UNWANTED;
	}
	assert_int_equal(refused, 33);
	assert_int_equal(served, 27);
	fake_processor = skylake; /* of no use: what it needs is hidden */
	*msr(0x48b) |= BIT(5);
	hidden[FEATURE_invvpid] = true;
	fake_negotiate(hidden, &caps, &controls);
	assert_int_equal(controls.insisted, FEATURE_vpid);
}

/* Where an exit has no handler, the control that brings it is among those that must be off. */
TEST(no_control_that_may_stay_on_exits_unexpectedly)
{
	static const char *const fates[EXIT_REASON_LIMIT] = {
#define EXIT(number, name, kind, fate) [number] = #fate,
		EXIT_REASONS(EXIT)
#undef EXIT
	};
	static const struct {
		enum exit_reason reason;
		enum vmx_feature feature;
	} exits[] = {
		{EXIT_INVLPG, FEATURE_invlpg_exiting},
		{EXIT_RDTSC, FEATURE_rdtsc_exiting},
		{EXIT_MOV_DR, FEATURE_mov_dr_exiting},
		{EXIT_PAUSE, FEATURE_pause_exiting},
		{EXIT_PAUSE, FEATURE_pause_loop},
		{EXIT_MONITOR_TRAP_FLAG, FEATURE_monitor_trap_flag},
		{EXIT_TPR_BELOW_THRESHOLD, FEATURE_tpr_shadow},
		{EXIT_APIC_ACCESS, FEATURE_apic_accesses},
		{EXIT_APIC_WRITE, FEATURE_apic_registers},
		{EXIT_VIRTUALIZED_EOI, FEATURE_virtual_interrupts},
		{EXIT_GDTR_IDTR_ACCESS, FEATURE_descriptor_table_exiting},
		{EXIT_LDTR_TR_ACCESS, FEATURE_descriptor_table_exiting},
		{EXIT_RDRAND, FEATURE_rdrand_exiting},
		{EXIT_RDSEED, FEATURE_rdseed_exiting},
		{EXIT_BUS_LOCK, FEATURE_bus_lock},
		{EXIT_NOTIFY, FEATURE_instruction_timeout},
		{EXIT_CR_ACCESS, FEATURE_cr3_load_exiting},
		{EXIT_CR_ACCESS, FEATURE_cr3_store_exiting},
		{EXIT_ENCLS, FEATURE_encls_exiting},
		{EXIT_ENCLV, FEATURE_enclv_exiting},
		{EXIT_TPAUSE, FEATURE_user_wait},
	};

	for (u32 i = 0; i < ARRAY_SIZE(exits); i++)
		if (!strcmp(fates[exits[i].reason], "unexpected"))
			assert_int_equal(vmx_features[exits[i].feature].ask, ASK_OFF);
}

/* Any processor: a legal word, or something is missing. */
TEST(random_processors)
{
	u64 seed = 4;

	for (u32 round = 0; round < 20000; round++) {
		fake_processor = skylake;
		for (u32 i = 0; i < ARRAY_SIZE(fake_processor.msr); i++) {
			if (i >= 5 && i <= 10)
				continue;
			u64 off = random_next(&seed) & random_next(&seed) & random_next(&seed);
			u64 on = random_next(&seed) & random_next(&seed) & random_next(&seed);
			if (i && i != 12) /* what must be 1 may be 1 */
				off &= ~fake_processor.msr[i];
			fake_processor.msr[i] &= ~(off << 32) | 0xffffffff;
			if (i && i != 12)
				fake_processor.msr[i] |=
					(u32)on & (u32)(fake_processor.msr[i] >> 32);
		}
		fake_negotiate(NULL, &caps, &controls);
		if (controls.missing >= 0) {
			assert_false(controls.allowed[controls.missing]);
			continue;
		}
		if (caps.basic >> 55 & 1)
			words_are_legal();
	}
}

static bool hide(const char *name)
{
	memset(hidden, 0, sizeof(hidden));
	return vmx_hide((struct piece){name, strlen(name)}, hidden);
}

static void hides(const char *name, enum vmx_feature feature)
{
	assert_true(hide(name));
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		assert_int_equal(hidden[i], i == feature);
}

TEST(names_to_hide)
{
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		hides(vmx_features[i].token, i);
	hides("ept-2m", FEATURE_ept_2m);
	hides("preemption-timer", FEATURE_preemption_timer);
	hides("true_controls", FEATURE_true_controls);
	hides("1g", FEATURE_ept_1g);
	hides("2m", FEATURE_ept_2m);
	hides("msr-bitmap", FEATURE_msr_bitmaps);
	hides("io_bitmap", FEATURE_io_bitmaps);
}

TEST(unknown_names_hide_nothing)
{
	static const char *const names[] = {"", "nonsense", "vpi", "vpids", "VPID", "ept 1g"};

	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		assert_false(hide(names[i]));
		for (u32 feature = 0; feature < VMX_FEATURE_COUNT; feature++)
			assert_false(hidden[feature]);
	}
}

TEST(a_name_need_not_be_terminated)
{
	const char name[4] = {'v', 'p', 'i', 'd'};

	assert_true(vmx_hide((struct piece){name, sizeof(name)}, hidden));
	assert_true(hidden[FEATURE_vpid]);
}

TEST(no_two_features_share_a_bit_or_a_token)
{
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		for (u32 j = 0; j < i; j++) {
			const struct feature_row *a = &vmx_features[i], *b = &vmx_features[j];
			assert_false(a->place == b->place && a->bit == b->bit);
			assert_string_not_equal(a->token, b->token);
			assert_string_not_equal(a->name, b->name);
		}
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(skylake_grants_all_that_is_wanted),
		RUN(lynnfield_lacks_unrestricted_guest),
		RUN(penryn_lacks_ept_and_msrs_that_go_with_it),
		RUN(without_secondary_controls_their_msrs_are_not_read),
		RUN(the_true_msrs_are_named_where_they_decide),
		RUN(without_true_controls_the_default1_class_is_kept),
		RUN(each_required_feature_is_missed_by_msr_and_bit),
		RUN(hiding_one_feature_hides_it_and_leaves_legal_words),
		RUN(all_that_is_optional_can_be_hidden_together),
		RUN(forced_bits_cannot_be_hidden_and_are_reported_as_granted),
		RUN(a_vpid_that_cannot_be_flushed_is_not_used),
		RUN(io_exiting_replaces_io_bitmaps),
		RUN(a_feature_falls_with_what_it_needs),
		RUN(needs_are_transitive),
		RUN(invept_needs_a_type),
		RUN(a_processor_that_insists_is_served_or_refused),
		RUN(no_control_that_may_stay_on_exits_unexpectedly),
		RUN(random_processors),
		RUN(names_to_hide),
		RUN(unknown_names_hide_nothing),
		RUN(a_name_need_not_be_terminated),
		RUN(no_two_features_share_a_bit_or_a_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

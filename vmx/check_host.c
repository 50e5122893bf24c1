#include "vmx/check_parts.h"

void check_host(struct check *c)
{
	const bool wide = ON(host_64bit);
	const u64 host_long = wide ? EFER_LONG : 0;

	RULES_host_registers(CHECK, host_registers);
	RULES_registers(CHECK, host_registers, host);
	for (u32 at = 0; at < 2; at++)
		RULES_sysenter(CHECK_AT, host_registers, host);
	for (u32 at = 0; at < 7; at++)
		RULES_host_selector(CHECK_AT, host_segments);
	for (u32 at = 0; at < 5; at++)
		RULES_host_base(CHECK_AT, host_segments);
	RULES_host_segments(CHECK, host_segments);
	RULES_host_mode(CHECK, host_mode);
}

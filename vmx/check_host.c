#include "vmx/check_parts.h"

void check_host(struct check *c)
{
	RULES_host_registers(CHECK) for (u32 at = 0; at < 2; at++)
		RULES_host_sysenter(CHECK_AT) for (u32 at = 0; at < 7; at++)
			RULES_host_selector(CHECK_AT) for (u32 at = 0; at < 5; at++)
				RULES_host_base(CHECK_AT) RULES_host_segments(CHECK)
					RULES_host_mode(CHECK)
}

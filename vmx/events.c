#include "vmx/events.h"
#include "lib/cpu.h"

struct vmx_event vmx_exception(u32 vector, u32 error)
{
	/* #DF #TS #NP #SS #GP #PF #AC #CP push an error code. */
	const u32 with_error = BIT(VECTOR_DF) | BIT(VECTOR_TS) | BIT(VECTOR_NP) | BIT(VECTOR_SS) |
	                       BIT(VECTOR_GP) | BIT(VECTOR_PF) | BIT(VECTOR_AC) | BIT(VECTOR_CP);
	struct vmx_event event = {.info = vector | EVENT_HARDWARE_EXCEPTION | (u32)EVENT_VALID};

	if (with_error >> vector & 1) {
		event.info |= EVENT_ERROR_CODE_VALID;
		event.error = error;
	}
	return event;
}

static bool is_contributory(u32 vector)
{
	return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP) ||
	       vector == VECTOR_CP;
}

static bool is_page_fault(u32 vector)
{
	return vector == VECTOR_PF || vector == VECTOR_VE;
}

struct vmx_event vmx_combine(struct vmx_event first, struct vmx_event second)
{
	u32 before = first.info & EVENT_VECTOR_MASK, after = second.info & EVENT_VECTOR_MASK;

	/* Only hardware exceptions combine; interrupts and INT n simply give way. */
	if ((first.info & EVENT_TYPE_MASK) != EVENT_HARDWARE_EXCEPTION)
		return second;
	if (before == VECTOR_DF && (is_contributory(after) || is_page_fault(after)))
		return (struct vmx_event){0};
	if ((is_contributory(before) && is_contributory(after)) ||
	    (is_page_fault(before) && (is_contributory(after) || is_page_fault(after))))
		return vmx_exception(VECTOR_DF, 0);
	return second;
}

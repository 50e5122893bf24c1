/*
 * Events that ring -1 delivers to a guest: the format of interruption information, and what happens
 * when a second event arises while the first is being delivered. Pure functions.
 */
#ifndef VMX_EVENTS_H
#define VMX_EVENTS_H

#include "abi/types.h"

/* "Format of the VM-Entry Interruption-Information Field". */
#define EVENT_EXTERNAL_INTERRUPT            (0u << 8)
#define EVENT_NMI                           (2u << 8)
#define EVENT_HARDWARE_EXCEPTION            (3u << 8)
#define EVENT_SOFTWARE_INTERRUPT            (4u << 8)
#define EVENT_PRIVILEGED_SOFTWARE_EXCEPTION (5u << 8)
#define EVENT_SOFTWARE_EXCEPTION            (6u << 8)
#define EVENT_TYPE_MASK                     (7u << 8)
#define EVENT_VECTOR_MASK                   0xffu
#define EVENT_ERROR_CODE_VALID              BIT(11)
#define EVENT_NMI_UNBLOCKED                 BIT(12)
#define EVENT_VALID                         BIT(31)

struct vmx_event {
	u32 info;   /* interruption information; bit 31 clear: no event */
	u32 error;  /* error code, if info says that there is one */
	u32 length; /* instruction length, for software events */
};

/* A hardware exception with its error code where that vector has one. */
struct vmx_event vmx_exception(u32 vector, u32 error);

/*
 * The event to deliver when `second` (an exception) arises during delivery of `first` ("Conditions
 * for Generating a Double Fault"): the second where the two can be handled one after the other, #DF
 * where not, and no event (info 0) where the processor would shut down.
 */
struct vmx_event vmx_combine(struct vmx_event first, struct vmx_event second);

#endif

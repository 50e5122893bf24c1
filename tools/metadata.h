/*
 * The CTF 1.8 metadata: the text that tells babeltrace2 and Trace Compass what the packets hold,
 * generated from the tables of abi/ and vmx/.
 */
#ifndef TOOLS_METADATA_H
#define TOOLS_METADATA_H

#include <stdio.h>

#include "tools/info.h"

void metadata_write(FILE *out, const struct trace_info *info);

#endif

/*
 * Base64 as a stream: what is written to the one comes out encoded on the other. In `report` all
 * that comes from a trace takes this way, so that none of it can be markup.
 */
#ifndef TOOLS_HTML_BASE64_H
#define TOOLS_HTML_BASE64_H

#include <stdio.h>

/*
 * A stream whose bytes appear on `out` in base64; fclose() writes the last of them and leaves `out`
 * open. Whether `out` took everything is to be asked of `out`. Ends the program if memory is short.
 */
FILE *base64_open(FILE *out);

#endif

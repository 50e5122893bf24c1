/*
 * The parts of the observatory on its page: what findings_web is made of.
 */
#ifndef TOOLS_OBSERVATORY_WEB_H
#define TOOLS_OBSERVATORY_WEB_H

#include "tools/observatory_print.h"

/* Every form with every cell. */
void observatory_web_matrix(FILE *out, const struct findings *findings);

/* One line a mnemonic. */
void observatory_web_mnemonics(FILE *out, const struct findings *findings);

#endif

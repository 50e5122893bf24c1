/*
 * What machines and students say, made of a fuzzer's input: bytes stand for themselves, or for words
 * that the labs' readers know.
 */
#ifndef TESTS_FUZZ_LABS_TEXT_H
#define TESTS_FUZZ_LABS_TEXT_H

#include "tools/lab.h"

#define LABS_TEXT_ROOM (256u << 10)

/* A string. Questions are those of `lab`; proofs and secrets those of a run with that seed. */
const char *labs_text(const u8 *data, size_t size, const struct lab *lab, u64 seed);

/*
 * The probe's output for the observatory, whole, of numbers that `seed` makes; `data` is patches of four
 * bytes to it: where, and what.
 */
const char *labs_observatory(bool guest, u64 seed, const u8 *data, size_t size);

#endif

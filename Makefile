# Ringscope: make run, shell, lab, test, bench, matrix, fuzz, seeded; make unit for the host tests alone. See README.md.
#
# make docs writes what docs/ has from tables and from running examples. make install: DESTDIR, PREFIX (/usr/local).
#
#   CROSS     prefix of the x86-64 toolchain for ring -1 and ring 0 (default x86_64-linux-gnu-)
#   USER_CC   compiler of ring-3 programs against musl, static (default musl-gcc)
#   HOST_CC   compiler of the host command and the unit tests (default cc)
#   BUSYBOX   static x86-64 BusyBox for the initramfs (default /bin/busybox, of Debian's busybox-static)
#   DEBUG     1: ring -1 checks the VMCS before every VM entry and its page tables after every change
#   B, JOBS   build directory (default build), parallel jobs (default one a processor)

CROSS   ?= x86_64-linux-gnu-
USER_CC ?= musl-gcc
HOST_CC ?= cc
NASM    ?= nasm
BUSYBOX ?= /bin/busybox
B       ?= build$(if $(DEBUG),/debug)
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)

TARGET_CC := $(CROSS)gcc
WARNINGS  := -Wall -Wextra -Wconversion -Werror
COMMON    := -std=c17 -O2 -g -I. $(WARNINGS) -MMD -MP

# Ring -1 and ring 0: no library, no red zone, general registers only, canaries, W^X.
FREESTANDING := $(COMMON) -ffreestanding -fno-pie -fno-pic -mno-red-zone -mgeneral-regs-only \
	-fstack-protector-strong -mstack-protector-guard=global -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fcf-protection=none -fno-builtin-printf
HV_FLAGS    := $(FREESTANDING) -mcmodel=small $(if $(DEBUG),-DRINGSCOPE_DEBUG)
GUEST_FLAGS := $(FREESTANDING) -mcmodel=kernel
TOOLS_FLAGS := $(COMMON) -I$(B)/made -D_GNU_SOURCE
TOOLS_LIBRARIES := -lncursesw -ltinfo -lprotobuf-c
USER_FLAGS  := -std=c17 -O2 -g -I. $(WARNINGS) -MMD -MP -D_GNU_SOURCE -static
LINK        := $(TARGET_CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
	-Wl,-z,max-page-size=4096 -Wl,--fatal-warnings -Wl,--orphan-handling=error

# What a rule does is said in a word; make V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)  $@')

objects = $(patsubst %.c,$(B)/$(1)/%.o,$(filter %.c,$(2))) $(patsubst %.asm,$(B)/$(1)/%.asm.o,$(filter %.asm,$(2)))

HV_SOURCES    := $(wildcard hv/*.c hv/*.asm vmx/*.c vmx/*.asm ept/*.c lib/*.c)
GUEST_SOURCES := $(wildcard guest/*.c guest/*.asm lib/*.c)
TOOLS_SOURCES := $(wildcard tools/*.c) vmx/features.c vmx/fields.c $(wildcard vmx/check*.c) lib/items.c
ORACLE_SOURCES := $(filter-out %/document.c,$(wildcard tests/oracle/*.c tests/oracle/*.asm)) \
	$(wildcard vmx/check*.c lib/*.c) vmx/features.c vmx/fields.c \
	hv/boot.asm hv/vectors.asm hv/cpu.c hv/memory.c hv/support.c
LAB_SOURCES   := $(wildcard guest/probe/*.c guest/probe/*.asm lib/*.c)
PROBE_SOURCES := $(LAB_SOURCES) $(wildcard tests/probe/*.c tests/probe/*.asm)
USER_PROGRAMS := $(patsubst user/%.c,%,$(filter-out user/lib%.c,$(wildcard user/*.c)))
HV_OBJECTS    := $(call objects,hv,$(HV_SOURCES))
GUEST_OBJECTS := $(call objects,guest,$(GUEST_SOURCES))
LAB_OBJECTS   := $(call objects,hv,$(LAB_SOURCES))
PROBE_OBJECTS := $(call objects,hv,$(PROBE_SOURCES))
ORACLE_OBJECTS := $(call objects,hv,$(ORACLE_SOURCES))
TOOLS_OBJECTS := $(call objects,tools,$(TOOLS_SOURCES)) $(B)/tools/perfetto.pb-c.o
PERFETTO      := $(B)/made/tools/perfetto.pb-c.c

.PHONY: all images student FORCE clean setup run shell lab test unit bench matrix fuzz fuzzers seeded docs install
.DELETE_ON_ERROR:
all: $(B)/ringscope images $(B)/oracle.iso $(B)/deviations.md
images: $(B)/ringscope.iso $(B)/probe.iso

# What runs once or seldom, or when all is lost, is to be small rather than fast.
SELDOM := ept/change ept/check ept/ept ept/mtrr hv/cmos hv/console hv/cpu hv/end hv/exit_cr hv/exit_hypercall \
	hv/exit_memory hv/explain hv/guest_memory hv/guest_rights hv/guest_ring hv/guest_walk hv/integrity hv/lab \
	hv/loader hv/main hv/memory hv/options hv/paging hv/start hv/strings hv/trace hv/trap hv/witness \
	hv/witness_idt lib/ata lib/format lib/texts lib/trace lib/words vmx/features vmx/fields vmx/vmcs
$(B)/hv/vmx/check%.o $(SELDOM:%=$(B)/hv/%.o): HV_FLAGS += -Os
$(B)/hv/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(TARGET_CC) $(HV_FLAGS) -c $< -o $@
$(B)/hv/%.asm.o: %.asm
	@mkdir -p $(@D)
	$(call say,NASM)
	$(Q)$(NASM) -f elf64 -g -F dwarf $(if $(DEBUG),-DRINGSCOPE_DEBUG) -w+all -MD $(@:.o=.d) -MP $< -o $@
$(B)/guest/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(TARGET_CC) $(GUEST_FLAGS) -c $< -o $@
$(B)/guest/%.asm.o: %.asm
	@mkdir -p $(@D)
	$(call say,NASM)
	$(Q)$(NASM) -f elf64 -g -F dwarf -w+all -MD $(@:.o=.d) -MP $< -o $@
$(B)/tools/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(HOST_CC) $(TOOLS_FLAGS) -c $< -o $@

# Perfetto's format as C, by Debian's protobuf-c.
$(PERFETTO): tools/perfetto.proto
	@mkdir -p $(B)/made
	$(call say,PROTO)
	$(Q)protoc-c --c_out=$(B)/made $<
$(B)/tools/perfetto.pb-c.o: $(PERFETTO)
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(HOST_CC) $(TOOLS_FLAGS) -c $< -o $@
$(B)/tools/tools/export_perfetto.o: $(PERFETTO)

# The page of `report` is in the command as it lies there; so are the labs' style and handouts.
LAB_PAGES := $(wildcard tools/page/lab* docs/labs/*.md)
$(B)/tools/tools/html_page.o: $(wildcard tools/page/*)
$(patsubst %.c,$(B)/tools/%.o,$(wildcard tools/lab_*.c) tools/observatory_web.c tools/web.c): $(LAB_PAGES)

$(B)/ringscope.elf: hv/link.ld $(HV_OBJECTS)
	$(call say,LINK)
	$(Q)$(LINK) -T $< $(HV_OBJECTS) -o $@
# Twice: what has to be adjusted where the image moves is known only of a linked one.
$(B)/guest.elf: guest/link.ld guest/relocations.awk $(GUEST_OBJECTS)
	$(call say,LINK)
	$(Q)$(LINK) -Wl,--emit-relocs -T $< $(GUEST_OBJECTS) -o $@.1
	$(Q)echo 'section .relocations progbits alloc noexec nowrite align=4' > $@.asm
	$(Q)$(CROSS)readelf -rW $@.1 | awk -f guest/relocations.awk >> $@.asm
	$(Q)$(NASM) -f elf64 -w+all $@.asm -o $@.relocations.o
	$(Q)$(LINK) -T $< $(GUEST_OBJECTS) $@.relocations.o -o $@

# Ring -1 with the hypercall that a student wrote for lab 5: make student STUDENT=FILE.
STUDENT ?= docs/labs/05-exits.c
$(B)/student.elf: hv/link.ld $(HV_OBJECTS) FORCE
	$(call say,LINK)
	$(Q)$(TARGET_CC) $(filter-out -MMD -MP,$(HV_FLAGS)) -c -x c $(STUDENT) -o $(B)/student.o
	$(Q)$(LINK) -T $< $(HV_OBJECTS) $(B)/student.o -o $@
student: $(B)/student.iso
FORCE:

$(B)/ringscope: $(TOOLS_OBJECTS)
	$(call say,LINK)
	$(Q)$(HOST_CC) $(TOOLS_OBJECTS) $(TOOLS_LIBRARIES) -o $@
$(B)/root/bin/%: user/%.c $(wildcard user/lib*.c user/*.h abi/*.h)
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(USER_CC) $(USER_FLAGS) -MF $(B)/$*.user.d $< $(wildcard user/lib*.c) -o $@

# The initramfs: newc cpio of the user programs and BusyBox, names like bin/hello, byte for byte repeatable.
# BusyBox goes in as it is; its applets are symbolic links, and none is put in the place of a program of ours.
# Git knows neither empty directories nor most of a file's mode, so both are made here.
APPLETS     := $(filter-out $(USER_PROGRAMS),$(shell cat user/applets))
ROOT_FILES  := $(shell find user/root -type f)
DIRECTORIES := dev proc root sys tmp
$(B)/initramfs.cpio: $(USER_PROGRAMS:%=$(B)/root/bin/%) $(B)/busybox $(ROOT_FILES) user/applets Makefile
	$(call say,CPIO)
	$(Q)rm -rf $(B)/initramfs && mkdir -p $(DIRECTORIES:%=$(B)/initramfs/%)
	$(Q)cp -R user/root/. $(B)/initramfs && chmod -R u=rwX,go=rX $(B)/initramfs
	$(Q)mkdir -m 755 $(B)/initramfs/bin
	$(Q)$(foreach p,$(USER_PROGRAMS),$(CROSS)strip -g -o $(B)/initramfs/bin/$(p) $(B)/root/bin/$(p) &&) \
		cp $(B)/busybox $(B)/initramfs/bin/busybox
	$(Q)cd $(B)/initramfs && chmod 755 bin/* && chmod 1777 tmp && chmod 700 root && \
		for applet in $(APPLETS); do ln -s busybox "bin/$$applet" || exit 1; done
	$(Q)cd $(B)/initramfs && find . -exec touch -hd @0 {} + && find . -mindepth 1 | LC_ALL=C sort | \
		cpio --quiet --reproducible -o -H newc -R 0:0 > ../initramfs.cpio

# Whatever BUSYBOX names must run in ring 3: the host's own may be dynamic, or of another architecture.
$(B)/busybox: $(wildcard $(BUSYBOX))
	@mkdir -p $(@D)
	$(call say,COPY)
	$(Q)LC_ALL=C $(CROSS)readelf -hlW $(BUSYBOX) 2>/dev/null | awk '/X86-64/ { x86 = 1 } /INTERP/ { dynamic = 1 } \
		END { exit !x86 || dynamic }' || { echo "$(BUSYBOX) is not a static x86-64 program: install \
	busybox-static, or unpack busybox-static:amd64 and say make BUSYBOX=FILE." >&2; exit 1; }
	$(Q)cp $(BUSYBOX) $@

# The guest kernel of the labs, and the same with the tests' suites: guest/probe/probe.h says what it does.
$(B)/lab.elf: $(LAB_OBJECTS)
$(B)/probe.elf: $(PROBE_OBJECTS)
$(B)/lab.elf $(B)/probe.elf: guest/probe/link.ld
	$(call say,LINK)
	$(Q)$(LINK) -Wl,--no-warn-rwx-segments -T guest/probe/link.ld $(filter %.o,$^) -o $@

# One image boots by BIOS and by UEFI. GRUB runs the script that the trace disk carries. The probe's
# differs in the guest kernel alone.
$(B)/ringscope.iso $(B)/student.iso: KERNEL := guest
$(B)/ringscope.iso $(B)/student.iso: INITRAMFS := $(B)/initramfs.cpio
$(B)/ringscope.iso $(B)/probe.iso: HYPERVISOR := ringscope
$(B)/student.iso: HYPERVISOR := student
$(B)/probe.iso: KERNEL := probe
$(B)/probe.iso: INITRAMFS := /dev/null
$(B)/ringscope.iso $(B)/student.iso: $(B)/guest.elf $(B)/initramfs.cpio $(B)/lab.elf
$(B)/ringscope.iso $(B)/probe.iso: $(B)/ringscope.elf
$(B)/student.iso: $(B)/student.elf
$(B)/probe.iso: $(B)/probe.elf
$(B)/ringscope.iso $(B)/probe.iso $(B)/student.iso: hv/grub.cfg
	@mkdir -p $(@:.iso=-iso)/boot/grub
	$(call say,ISO )
	$(Q)cp hv/grub.cfg $(@:.iso=-iso)/boot/grub/grub.cfg
	$(Q)cp $(B)/$(HYPERVISOR).elf $(@:.iso=-iso)/boot/ringscope.elf
	$(Q)cat $(INITRAMFS) > $(@:.iso=-iso)/boot/initramfs.cpio
	$(Q)cp $(B)/$(KERNEL).elf $(@:.iso=-iso)/boot/guest.elf
	$(Q)$(if $(filter guest,$(KERNEL)),cp $(B)/lab.elf $(@:.iso=-iso)/boot/probe.elf)
	$(Q)$(CROSS)strip -g $(@:.iso=-iso)/boot/*.elf
	$(Q)grub-mkrescue -o $@ $(@:.iso=-iso) > $@.log 2>&1 || { cat $@.log; exit 1; }

# What asks the processor about VM entries, in ring -1's place and with a few of its parts; and the
# page of docs/ that is made of its table.
$(B)/oracle.elf: hv/link.ld $(ORACLE_OBJECTS)
	$(call say,LINK)
	$(Q)$(LINK) -T $< $(ORACLE_OBJECTS) -o $@
$(B)/oracle.iso: hv/grub.cfg $(B)/oracle.elf
	@mkdir -p $(@:.iso=-iso)/boot/grub
	$(call say,ISO )
	$(Q)cp hv/grub.cfg $(@:.iso=-iso)/boot/grub/grub.cfg
	$(Q)$(CROSS)strip -g -o $(@:.iso=-iso)/boot/ringscope.elf $(B)/oracle.elf
	$(Q)echo > $(@:.iso=-iso)/boot/guest.elf && echo > $(@:.iso=-iso)/boot/initramfs.cpio
	$(Q)grub-mkrescue -o $@ $(@:.iso=-iso) > $@.log 2>&1 || { cat $@.log; exit 1; }
$(B)/deviations.md: tests/oracle/document.c tests/oracle/deviations.h
	$(call say,DOC )
	$(Q)$(HOST_CC) $(TOOLS_FLAGS) $< -o $(B)/document && $(B)/document > $@

# Unit tests run on the host, under ASan and UBSan. Each test file's head comment names what it links:
# " * Sources: a.c b.c"; among them "tools" is all of the command but its main.c.
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_FLAGS := -std=c17 -D_GNU_SOURCE -O1 -g -I. -I$(B)/made $(WARNINGS) -fsanitize=address,undefined \
	-fno-sanitize-recover=all
sources_of = $(patsubst tools,$(B)/unit/tools.a,$(shell sed -n 's/^ \* Sources: //p' tests/unit/$(1).c))
UNIT_TOOLS := $(patsubst %.c,$(B)/unit/of/%.o,$(filter-out tools/main.c,$(TOOLS_SOURCES)) tools/perfetto.pb-c.c)
$(B)/unit/of/tools/perfetto.pb-c.o: $(PERFETTO)
	@mkdir -p $(@D)
	$(Q)$(HOST_CC) $(UNIT_FLAGS) -c $< -o $@
$(B)/unit/of/tools/export_perfetto.o: $(PERFETTO)
$(B)/unit/of/tools/html_page.o: $(wildcard tools/page/*)
$(patsubst %.c,$(B)/unit/of/%.o,$(wildcard tools/lab_*.c) tools/observatory_web.c tools/web.c): $(LAB_PAGES)
$(B)/unit/of/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(HOST_CC) $(UNIT_FLAGS) -MMD -MP -c $< -o $@
$(B)/unit/tools.a: $(UNIT_TOOLS)
	$(call say,AR  )
	$(Q)rm -f $@ && ar rcs $@ $^

.SECONDEXPANSION:
$(B)/unit/%: tests/unit/%.c $$(call sources_of,$$*) $(wildcard abi/*.h lib/*.h vmx/*.h ept/*.h hv/*.h tools/*.h tests/unit/*.h)
	@mkdir -p $(@D)
	$(call say,TEST)
	$(Q)$(HOST_CC) $(UNIT_FLAGS) -MM -MP -MT $@ -MF $@.d $<
	$(Q)$(HOST_CC) $(UNIT_FLAGS) $< $(call sources_of,$*) -lcmocka $(TOOLS_LIBRARIES) -o $@

# Fuzzers need clang and its libFuzzer; " * Sources: " and " * Flags: " in the head comment are as above.
FUZZERS     := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CC     ?= clang
FUZZ_FLAGS  := -std=c17 -D_GNU_SOURCE -O2 -g -I. -I$(B)/made -Wall -Wextra -Wno-unused-function -Werror \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
fuzz_head    = $(shell sed -n 's/^ \* $(2): //p' tests/fuzz/$(1).c)
fuzz_words   = $(call fuzz_head,$(1),Sources)
fuzz_sources = $(sort $(filter-out tools/main.c,$(wildcard $(filter-out tools,$(call fuzz_words,$(1)))))) \
	$(if $(filter tools,$(call fuzz_words,$(1))),$(B)/fuzz/tools.a)
# What reads all of tools/ has Perfetto's format in it.
$(B)/fuzz/seeds: $(PERFETTO)
fuzz_perfetto = $(and $(filter $(PERFETTO),$^),$(PERFETTO))
# What they look for in a trace are no magic numbers: counting comparisons costs more than it finds.
FUZZ_TOOLS := $(patsubst $(B)/unit/%,$(B)/fuzz/%,$(UNIT_TOOLS))
$(B)/fuzz/of/tools/perfetto.pb-c.o: $(PERFETTO)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -c $< -o $@
$(B)/fuzz/of/tools/export_perfetto.o: $(PERFETTO)
$(B)/fuzz/of/tools/html_page.o: $(wildcard tools/page/*)
$(patsubst %.c,$(B)/fuzz/of/%.o,$(wildcard tools/lab_*.c) tools/observatory_web.c tools/web.c): $(LAB_PAGES)
$(B)/fuzz/of/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fno-sanitize-coverage=trace-cmp -MMD -MP -c $< -o $@
$(B)/fuzz/tools.a: $(FUZZ_TOOLS)
	$(call say,AR  )
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $$(call fuzz_sources,fuzz_$$*) hv/trace.c tests/fuzz/uncounted \
		$(wildcard abi/*.h lib/*.h vmx/*.h ept/*.h hv/*.h tools/*.h tests/*/*.h)
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) $(call fuzz_head,fuzz_$*,Flags) $< $(call fuzz_sources,fuzz_$*) $(fuzz_perfetto) $(TOOLS_LIBRARIES) -o $@
$(B)/fuzz/seeds: tests/fuzz/seeds.c $$(call fuzz_sources,seeds) tests/fuzz/exits_input.h
	@mkdir -p $(@D)
	$(call say,CC  )
	$(Q)$(HOST_CC) $(filter-out -MMD -MP,$(TOOLS_FLAGS)) $(call fuzz_sources,seeds) $< $(fuzz_perfetto) $(TOOLS_LIBRARIES) -o $@
fuzzers: $(FUZZERS) $(B)/fuzz/seeds

# The VM-entry checker as the host runs it.
$(B)/bench-check: tests/bench/check.c tests/unit/fake_entry.h vmx/features.c vmx/fields.c lib/items.c $(wildcard vmx/check*.[ch])
	$(call say,CC  )
	$(Q)$(HOST_CC) $(TOOLS_FLAGS) -Wno-unused-function $(filter %.c,$^) -lcmocka -o $@

# A trace as large as one wants.
$(B)/bench-trace: tests/bench/trace.c tests/unit/trace_builder.c $(patsubst %,tools/%.c,metadata info names tracedir error) $(wildcard abi/*.h)
	$(call say,CC  )
	$(Q)$(HOST_CC) $(filter-out -MMD -MP,$(TOOLS_FLAGS)) $(filter %.c,$^) -o $@

$(B)/bench-measure: tests/bench/measure.c
	$(call say,CC  )
	$(Q)$(HOST_CC) $(filter-out -MMD -MP,$(TOOLS_FLAGS)) $< -o $@

unit: $(UNIT_TESTS)
	tests/run unit
fuzz: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) all fuzzers
	tests/fuzz/run
# What takes the compiler longest comes first: the fuzzers.
test: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) $(shell tests/fuzz/can && echo fuzzers) all $(UNIT_TESTS)
	@$(MAKE) --no-print-directory -s -j$(JOBS) DEBUG=1 images
	tests/run
run: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	$(B)/ringscope run --trace $(B)/trace -- tour
shell: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	$(B)/ringscope shell --trace $(B)/trace
# One lab: make lab LAB=popek-goldberg. Without LAB they are listed.
lab: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	$(B)/ringscope lab $(if $(LAB),run $(LAB),list)
bench: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) all $(B)/bench-check $(B)/bench-trace $(B)/bench-measure
	tests/bench/run
# Every feature hidden that can be, every processor model of Bochs.
matrix: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	tests/matrix

seeded: setup
	@$(MAKE) --no-print-directory -s -j$(JOBS) all $(UNIT_TESTS)
	tests/fidelity/run

docs: all
	$(B)/ringscope explain --exits > docs/exits.md
	BUILD=$(abspath $(B)) tests/docs.sh docs/vm-entry.md > $(B)/vm-entry.md
	mv $(B)/vm-entry.md docs/vm-entry.md
	BUILD=$(abspath $(B)) tests/docs.sh docs/reading-a-trace.md > $(B)/reading-a-trace.md
	mv $(B)/reading-a-trace.md docs/reading-a-trace.md
	BUILD=$(abspath $(B)) tests/docs.sh docs/labs/README.md > $(B)/labs.md
	mv $(B)/labs.md docs/labs/README.md
	tests/fidelity/page > docs/fidelity.md
	$(B)/ringscope completion man > docs/ringscope.1

# The command, its boot image beside it (the command looks there), a link to it where commands are.
PREFIX ?= /usr/local
HOME_OF = $(PREFIX)/lib/ringscope
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(HOME_OF) $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(B)/ringscope $(DESTDIR)$(HOME_OF)/ringscope
	install -m 644 $(B)/ringscope.iso $(DESTDIR)$(HOME_OF)/ringscope.iso
	ln -sfn $(HOME_OF)/ringscope $(DESTDIR)$(PREFIX)/bin/ringscope
	$(B)/ringscope completion man > $(DESTDIR)$(PREFIX)/share/man/man1/ringscope.1
	$(B)/ringscope completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/ringscope

# Installs what Debian or Ubuntu lacks; elsewhere names the packages. Says what it does, asks nothing.
setup:
	@tools/setup.sh

clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

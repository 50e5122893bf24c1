#!/usr/bin/env bash
# Debian's BusyBox, unmodified: its shell and tools print in ring 3 what they print on the host.
# shellcheck disable=SC2016 # the scripts are for the other shell
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Scripts, each for a shell of its own in a directory of its own. (What a program says on its standard error
# comes by the same serial line as its output.)
scripts=()
same() {
	scripts+=("$1" "$2")
}
EACH='exec 2>/dev/null; here=$PWD; while [ $# -gt 0 ]; do mkdir "$here/$1"; cd "$here/$1"; echo "== $1"; sh -c "$2"
	echo "== status $?"; shift 2; done'

# The host's shell runs them, with the initramfs' own files to read, and then ring 3, in one boot: the same words.
run_scripts() {
	rm -rf host
	mkdir host
	(cd host && env -i PATH=/none HOME=/root "$BUILD/busybox" sh -c "$EACH" sh "${scripts[@]}") >expected
	boot same -- sh -c "cd /tmp; $EACH" sh "${scripts[@]}"
	expect_status 0
	[ "$(grep -c '^== status [0-9]' expected)" -eq $((${#scripts[@]} / 2)) ] || problem "the host's shell ran other scripts"
	diff expected same.out || problem 'ring 3 prints other words than the host'
}

boot hi -- sh -c 'echo hi; ls -l / | cat; cat /etc/hostname | wc; for i in 1 2 3; do echo $i & done; wait'
expect_status 0
expect_printed '^hi$'
expect_printed '^drwxr-xr-x .* bin$'
expect_printed '^drwxrwxrwt .* tmp$'
expect_printed '^ +1 +1 +10$'
for i in 1 2 3; do expect_printed "^$i$"; done
expect_whole

# What strace makes of it: names, pipes, the exits beneath a call, lines that are broken and go on.
ask strace strace hi
expect_status 0
expect_printed '^\[pid +1\] [0-9,]+ write\(1</dev/console>, "hi\\n", 3\) = 3 <[0-9,]+ .*ring -1 in [0-9]+ exits>$'
expect_printed '^    EXIT IO_INSTRUCTION .*\(COM1\)'
expect_printed ' execve\("/proc/self/exe", \["cat", "/etc/hostname"\], 0x[0-9a-f]+\) = 0 <'
expect_printed ' openat\(AT_FDCWD</>, "/etc/hostname", O_RDONLY\) = 3</etc/hostname> <'
expect_printed ' pipe2?\(\[3<pipe:\[1\]>, 4<pipe:\[1\]>\]'
expect_printed ' dup2\(4<pipe:\[1\]>, 1</dev/console>\) = 1<pipe:\[1\]> <'
expect_printed ' wait4\(-1, <unfinished \.\.\.>$'
expect_printed '<\.\.\. wait4 resumed>\[\{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 0\}\], 0, NULL\) = [0-9]+ <.* asleep>$'
expect_printed '\+\+\+ exited with 0 \+\+\+$'
ask strace-table strace -c hi
expect_status 0
expect_printed '^100\.00 .* total$'

same pipeline 'seq 1 2000 | grep 7 | sort -rn | head -n 5 | tr 0-9 a-j | sed s/b/B/'
same sums 'seq 1 3000 | awk "{ s += \$1; t = t + \$1 * \$1 } END { print NR, s, t }"'
same checks 'seq 1 5000 | md5sum; yes ring | head -n 3000 | sha256sum; seq 9 | od -c | tail -n 3'
same files 'mkdir -p a/b/c && echo one >a/1 && cp a/1 a/b/2 && echo two >>a/b/2 && ln -s ../1 a/b/3 &&
	mv a/b/2 a/b/c/4 && find a | sort && cat a/b/c/4 a/b/3 && rm -r a/b && ls a | cat && rmdir a; echo $?'
same archive 'mkdir d && seq 1000 >d/x && tar -cf t.tar d && gzip t.tar && rm -r d && gunzip t.tar.gz &&
	tar -xf t.tar && wc d/x && tar -tf t.tar'
same jobs 'for i in 1 2 3; do (sleep 0.$i; echo $i) & done; wait; sleep 60 & kill $!; wait $!; echo $?'
same traps 'trap "echo usr1" USR1; kill -USR1 $$; trap "echo bye" EXIT; (exit 3); echo $?; set -- a b; shift; echo $1'
same text 'printf "b 2\na 1\nc 3\n" >t; sort t | cut -d" " -f2 | paste -s -d, -; tail -n 1 t; sort -k2nr t | head -n 1;
	sed -n "2,3p" t; grep -vc a t; wc -c <t; cmp t t && echo same; diff t /dev/null | wc -l'
same shell 'x=5; while [ $x -gt 0 ]; do x=$((x - 1)); done; f() { echo "$# $1"; return 4; }; f "a b" c; echo $?; cat <<X
here $x
X
echo $(echo $(echo nested)); case abc in a*) echo star ;; esac'
same status 'false; echo $?; nonsense; echo $?; sh -c "kill -SEGV \$\$"; echo $?; exit 9'
same xargs 'seq 20 | xargs -n 6 echo; seq 3 | while read -r n; do echo "<$n>"; done; echo a | tee b | cat - b'

run_scripts

boot process -- sh -c 'ps; id; uname -n; cat /proc/self/status; env; pwd; readlink /proc/self/exe'
expect_status 0
expect_printed '^ +1 .* sh '
expect_printed '^uid=0\(root\) gid=0\(root\)'
expect_printed '^ringscope$'
expect_printed '^Name:[[:space:]]+cat$'
expect_printed '^/bin/busybox$'

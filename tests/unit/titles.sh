#!/usr/bin/env bash
# Manuals are cited by the titles of their sections: numbers of chapters and sections change with editions.
cd "$(dirname "$0")/../.." || exit 2

if grep -rInE '([Cc]hapter|[Ss]ection|[Ff]igure|[Tt]able|[Vv]ol(ume|\.)?) +[0-9]+[A-D]?[-.][0-9]+|([Cc]hapter|[Ss]ection) +[0-9]+\b|§ *[0-9]' \
	abi ept guest hv lib user vmx tools tests docs ./*.md Makefile \
	--exclude-dir=expected --exclude=titles.sh --exclude=table; then
	echo 'cite that by its title'
	exit 1
fi

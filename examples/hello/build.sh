#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh [FOLDER]: builds hello.c for both systems. Default: bin. The files that are committed were made with clang 14.0.6 and
# lld 14.0.6 (Debian 12's `clang` and `lld`); the same versions give the same bytes.
set -eu
cd "$(dirname "$0")"
out=${1:-bin}
for system in x86_64-linux aarch64-linux; do
  "${CC:-clang}" --target="${system%-linux}-unknown-linux-gnu" -std=c11 -Os -Wall -Wextra -Werror \
    -ffreestanding -fno-builtin -fno-stack-protector -fno-asynchronous-unwind-tables -fno-ident -fno-pic \
    -nostdlib -static -fuse-ld=lld \
    -Wl,--build-id=none -Wl,--strip-all -Wl,-z,noexecstack -Wl,-z,norelro -Wl,-z,max-page-size=65536 \
    -o "$out/$system" hello.c
done

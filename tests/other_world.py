"""A process that meets another world than its tests do: a clock that is set, a disk that refuses or hangs, no names."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

COMPILER = shutil.which("cc")
WHY_NOT = "another world for a process needs a C compiler"
# What is to be had for the clock, libfaketime, breaks how Python sleeps; a disk whose files are written is not made
# read-only by hand as it is by a fault of its own.
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int there(const char *name, char *said, size_t size) {
    char path[512];
    const char *folder = getenv("OTHER_WORLD");
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t got = syscall(SYS_read, file, said, size - 1);
    said[got < 0 ? 0 : got] = 0;
    syscall(SYS_close, file);
    return 1;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    char said[32];
    int done = syscall(SYS_clock_gettime, which, now);
    if (which == CLOCK_REALTIME && there("ahead", said, sizeof said)) now->tv_sec += atol(said);
    return done;
}

static int refused(int file) {
    char said[512], link[64], path[512];
    if (!there("readonly", said, sizeof said) || !*said) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t got = readlink(link, path, sizeof path - 1);
    if (got < 0) return 0;
    path[got] = 0;
    return strncmp(path, said, strlen(said)) == 0;
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    struct timespec moment = { 0, 100000000 };
    char said[8];
    while (there("hung", said, sizeof said)) nanosleep(&moment, NULL);
    if (refused(file)) { errno = EROFS; return -1; }
    return syscall(SYS_pwrite64, file, bytes, size, at);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) { return pwrite64(file, bytes, size, at); }

int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    char said[8];
    if (!real) real = dlsym(RTLD_NEXT, "getaddrinfo");
    int ours = name && strlen(name) > 5 && !strcmp(name + strlen(name) - 5, ".test");
    if (ours && there("nameless", said, sizeof said)) return EAI_AGAIN;
    return real(ours ? "127.0.0.1" : name, port, hints, found);
}
"""


class World:
    """What a process meets that is started with its environment; it may be changed while that process runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        source, self.library = folder / "world.c", folder / "world.so"
        source.write_text(SOURCE, "utf-8")
        subprocess.run([str(COMPILER), "-shared", "-fPIC", "-O1", "-o", self.library, source, "-ldl"], check=True)
        self.environ = {"LD_PRELOAD": str(self.library), "OTHER_WORLD": str(folder)}

    def set_clock(self, ahead: timedelta) -> None:
        """Its clock is ahead by that from now on."""
        self._say("ahead", f"{ahead.total_seconds():.0f}")

    def make_readonly(self, path: Path, *, yes: bool) -> None:
        """What it writes into files there is refused, or no longer."""
        self._say("readonly", str(path) if yes else "")

    def take_names(self, *, yes: bool) -> None:
        """Names of hosts that end in .test are those of this machine, or nobody's."""
        if yes:
            self._say("nameless", "")
        else:
            (self.folder / "nameless").unlink()

    def hang_disk(self, *, yes: bool) -> None:
        """What it writes to files hangs until that is taken back."""
        if yes:
            self._say("hung", "")
        else:
            (self.folder / "hung").unlink()

    def _say(self, name: str, words: str) -> None:
        said = self.folder / "said"
        said.write_text(words, "utf-8")
        said.replace(self.folder / name)

/* Strikes a process at its n-th change of the files below a folder. benchmarks/faults.py builds it and preloads it.

   FAULTS_UNDER    the folder
   FAULTS_COUNTER  a file of 8 bytes: changes so far, of all processes that share it
   FAULTS_AT       n, counted from 1; 0 or none: only count
   FAULTS_KIND     kill      SIGKILL before the change
                   half      half of what was to be written, then SIGKILL
                   ENOSPC    from then on nothing more fits
                   EIO       this one fails, the next do not
                   EROFS     from then on nothing can be changed
   FAULTS_JOURNAL  a file to which each change is noted with its data, so that a power cut can be played afterwards */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum need { ROOM, CHANGE, SYNC };
enum kind { NONE, KILL, HALF, FULL, BROKEN, READ_ONLY };

static const char *under;
static size_t under_length;
static volatile int64_t *counter;
static int64_t at;
static enum kind kind;
static int journal = -1;

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("FAULTS_UNDER"), *file = getenv("FAULTS_COUNTER"), *what = getenv("FAULTS_KIND");
    if (!folder || !file) return;
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *counter)) _exit(120);
    void *shared = mmap(0, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (shared == MAP_FAILED) _exit(120);
    if (getenv("FAULTS_AT")) at = atoll(getenv("FAULTS_AT"));
    if (what) {
        const char *names[] = {"", "kill", "half", "ENOSPC", "EIO", "EROFS"};
        for (int i = 1; i < 6; i++) if (!strcmp(what, names[i])) kind = i;
        if (kind == NONE) _exit(121);
    }
    if (getenv("FAULTS_JOURNAL")) journal = open(getenv("FAULTS_JOURNAL"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    under_length = strlen(folder);
    counter = shared;
    under = folder;  /* last: nothing before is counted */
}

static int is_below(const char *path) {
    return under && path && !strncmp(path, under, under_length) && (path[under_length] == '/' || !path[under_length]);
}

/* The path of an open file, where it is below the folder and not removed. */
static int place(int fd, char path[4096]) {
    char link[64];
    if (!under) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length <= 0) return 0;
    path[length] = 0;
    if (length > 10 && !strcmp(path + length - 10, " (deleted)")) return 0;
    return is_below(path);
}

/* Appends: change, number of the file, offset, lengths of path and data; path; data. In one call, so that it is whole. */
static void note(char what, int fd, int64_t offset, const char *path, const void *data, size_t length) {
    if (journal < 0) return;
    REAL(writev);
    struct stat status;
    struct { int64_t what, file, offset, path, data; } head = {what, 0, offset, (int64_t)strlen(path), (int64_t)length};
    if ((fd >= 0 ? fstat(fd, &status) : lstat(path, &status)) == 0) head.file = (int64_t)status.st_ino;
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, strlen(path)}, {(void *)data, length}};
    if (real(journal, parts, 3) < 0) _exit(122);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Counts a change; nonzero, with errno set, where it must fail. `half` does half of it. */
#define STRIKE(need, half) do { \
        int64_t number = __sync_add_and_fetch(counter, 1); \
        if (!at || number < at) break; \
        if (number == at && kind == HALF) { half; } \
        if (number == at && (kind == KILL || kind == HALF)) die(); \
        if (number == at && kind == BROKEN) { errno = EIO; return -1; } \
        if (kind == FULL && need == ROOM) { errno = ENOSPC; return -1; } \
        if (kind == READ_ONLY && need != SYNC) { errno = EROFS; return -1; } \
    } while (0)

static int64_t position(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return lseek(fd, 0, flags >= 0 && flags & O_APPEND ? SEEK_END : SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t length) {
    REAL(write);
    char path[4096];
    if (place(fd, path)) {
        STRIKE(ROOM, (void)!real(fd, data, length / 2));
        note('w', fd, position(fd), path, data, length);
    }
    return real(fd, data, length);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    REAL(pwrite64);
    char path[4096];
    if (place(fd, path)) {
        STRIKE(ROOM, (void)!real(fd, data, length / 2, offset));
        note('w', fd, offset, path, data, length);
    }
    return real(fd, data, length, offset);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    char path[4096];
    if (place(fd, path)) {
        STRIKE(ROOM, (void)!real(fd, parts, count / 2));
        int64_t offset = position(fd);
        for (int i = 0; i < count; offset += (int64_t)parts[i++].iov_len)
            note('w', fd, offset, path, parts[i].iov_base, parts[i].iov_len);
    }
    return real(fd, parts, count);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) {
    REAL(sendfile64);
    char path[4096];
    if (!place(to, path)) return real(to, from, offset, length);
    STRIKE(ROOM, (void)!real(to, from, offset, length / 2));
    int64_t begin = offset ? *offset : lseek(from, 0, SEEK_CUR), there = position(to);
    ssize_t sent = real(to, from, offset, length);
    if (journal >= 0 && sent > 0) {
        char *data = malloc((size_t)sent);
        if (!data || pread(from, data, (size_t)sent, begin) != sent) _exit(122);
        note('w', to, there, path, data, (size_t)sent);
        free(data);
    }
    return sent;
}

ssize_t sendfile(int to, int from, off_t *offset, size_t length) { return sendfile64(to, from, offset, length); }

/* Python copies by this one from 3.14 on; where it is refused, callers read and write. */
ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t length, unsigned flags) {
    REAL(copy_file_range);
    char path[4096];
    if (place(to, path)) { errno = EXDEV; return -1; }
    return real(from, in, to, out, length, flags);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    char path[4096];
    if (place(fd, path)) {
        STRIKE(ROOM, );
        note('t', fd, length, path, "", 0);
    }
    return real(fd, length);
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

#define SYNC_BY(name) \
    int name(int fd) { \
        REAL(name); \
        char path[4096]; \
        int mine = place(fd, path); \
        if (mine) STRIKE(SYNC, ); \
        int done = real(fd); \
        if (mine && !done) note('s', fd, 0, path, "", 0); \
        return done; \
    }
SYNC_BY(fsync)
SYNC_BY(fdatasync)

/* Opening changes something where it makes a file or empties one. */
static int opens(const char *path, int flags) {
    struct stat status;
    if (!is_below(path) || !(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE) return 0;
    int is_there = stat(path, &status) == 0;
    return is_there ? (flags & O_TRUNC) && status.st_size > 0 : (flags & O_CREAT) != 0;
}

static void note_open(int fd, const char *path, int flags, int changes) {
    if (fd >= 0 && changes) note(flags & O_TRUNC && !(flags & O_EXCL) ? 'o' : 'c', fd, 0, path, "", 0);
}

#define OPEN(name, parameters, arguments) \
    int name parameters { \
        REAL(name); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        int changes = opens(path, flags); \
        if (changes) STRIKE(ROOM, ); \
        int fd = real arguments; \
        note_open(fd, path, flags, changes); \
        return fd; \
    }
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

int rename(const char *from, const char *to) {
    REAL(rename);
    int mine = is_below(from) || is_below(to);
    if (mine) STRIKE(CHANGE, );
    if (mine) note('r', -1, 0, from, to, strlen(to));
    return real(from, to);
}

int link(const char *from, const char *to) {
    REAL(link);
    if (is_below(to)) STRIKE(ROOM, );
    if (is_below(to)) note('l', -1, 0, from, to, strlen(to));
    return real(from, to);
}

int unlink(const char *path) {
    REAL(unlink);
    if (is_below(path)) STRIKE(CHANGE, );
    if (is_below(path)) note('u', -1, 0, path, "", 0);
    return real(path);
}

/* What is removed by folder and name, as whole trees are. */
int unlinkat(int folder, const char *name, int flags) {
    REAL(unlinkat);
    char path[8192];
    if (folder == AT_FDCWD || name[0] == '/') snprintf(path, sizeof path, "%s", name);
    else if (place(folder, path)) snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
    else path[0] = 0;
    if (is_below(path)) STRIKE(CHANGE, );
    if (is_below(path)) note(flags & AT_REMOVEDIR ? 'd' : 'u', -1, 0, path, "", 0);
    return real(folder, name, flags);
}

int rmdir(const char *path) {
    REAL(rmdir);
    if (is_below(path)) STRIKE(CHANGE, );
    if (is_below(path)) note('d', -1, 0, path, "", 0);
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    if (is_below(path)) STRIKE(ROOM, );
    int done = real(path, mode);
    if (!done && is_below(path)) note('m', -1, 0, path, "", 0);
    return done;
}

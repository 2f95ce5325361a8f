/* Makes the file operations of a process fail below one folder: for the tests of disks that fill up.

   fault_arm(folder, mode, at): from operation number at on (0: only count), as counted by
   fault_count(), which knows those that create or change a file.
   Modes: 'f' the disk is full (the first write comes half-way), 'r' the folder is read-only,
   'g' the drive is gone (reads and looks fail, too), 'k' the process is killed (a write half-way).
   Linux with glibc; loaded with LD_PRELOAD. Writes through a memory map are not seen. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static char folder[PATH_MAX];
static char mode;
static long at, count;

void fault_arm(const char *where, char how, long first) {
  strncpy(folder, where, sizeof folder - 1);
  mode = how;
  at = first;
  count = 0;
}

long fault_count(void) { return count; }

static int inside(const char *path) {
  size_t n = strlen(folder);
  return n && path && !strncmp(path, folder, n) && (path[n] == '/' || !path[n]);
}

static int fd_inside(int fd) {
  char link[64], path[PATH_MAX];
  if (!*folder) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = REAL(readlink)(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return inside(path);
}

static int at_inside(int dir, const char *path) {
  return path && (path[0] == '/' ? inside(path) : dir != AT_FDCWD && fd_inside(dir));
}

static int reason(void) { return mode == 'f' ? ENOSPC : mode == 'r' ? EROFS : ESTALE; }

/* 0: go on, 1: fail, 2: do half of it (a write) */
static int changes(int relevant, int can_be_half) {
  if (!relevant) return 0;
  long number = ++count;
  if (!at || number < at) return 0;
  if (number == at && can_be_half && (mode == 'f' || mode == 'k')) return 2;
  if (mode == 'k') raise(SIGKILL);
  errno = reason();
  return 1;
}

static int gone(int relevant) {
  if (!relevant || mode != 'g' || !at || count < at) return 0;
  errno = ESTALE;
  return 1;
}

static int for_writing(int flags) { return (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT; }

#define OPEN(name)                                                                               \
  int name(const char *path, int flags, ...) {                                                   \
    va_list list;                                                                                \
    va_start(list, flags);                                                                       \
    mode_t bits = va_arg(list, mode_t);                                                          \
    va_end(list);                                                                                \
    if (gone(inside(path)) || changes(inside(path) && for_writing(flags), 0)) return -1;         \
    return REAL(name)(path, flags, bits);                                                        \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                             \
  int name(int dir, const char *path, int flags, ...) {                                          \
    va_list list;                                                                                \
    va_start(list, flags);                                                                       \
    mode_t bits = va_arg(list, mode_t);                                                          \
    va_end(list);                                                                                \
    int here = at_inside(dir, path);                                                             \
    if (gone(here) || changes(here && for_writing(flags), 0)) return -1;                         \
    return REAL(name)(dir, path, flags, bits);                                                   \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                              \
  FILE *name(const char *path, const char *how) {                                                \
    if (gone(inside(path)) || changes(inside(path) && (*how != 'r' || strchr(how, '+')), 0))     \
      return NULL;                                                                               \
    return REAL(name)(path, how);                                                                \
  }
FOPEN(fopen)
FOPEN(fopen64)

static ssize_t half(ssize_t done) {
  if (mode == 'k') raise(SIGKILL);
  return done;
}

ssize_t write(int fd, const void *data, size_t n) {
  int verdict = changes(fd_inside(fd), n > 1);
  if (verdict == 1) return -1;
  return verdict ? half(REAL(write)(fd, data, n / 2)) : REAL(write)(fd, data, n);
}

#define PWRITE(name)                                                                             \
  ssize_t name(int fd, const void *data, size_t n, __typeof__(off64_t) place) {                  \
    int verdict = changes(fd_inside(fd), n > 1);                                                 \
    if (verdict == 1) return -1;                                                                 \
    return verdict ? half(REAL(name)(fd, data, n / 2, place)) : REAL(name)(fd, data, n, place);  \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t writev(int fd, const struct iovec *parts, int n) {
  return changes(fd_inside(fd), 0) ? -1 : REAL(writev)(fd, parts, n);
}

size_t fwrite(const void *data, size_t size, size_t n, FILE *file) {
  int verdict = changes(fd_inside(fileno(file)), n > 1);
  if (verdict == 1) return 0;
  if (!verdict) return REAL(fwrite)(data, size, n, file);
  size_t done = REAL(fwrite)(data, size, n / 2, file);
  fflush(file);
  errno = reason();
  return half(done);
}

ssize_t sendfile64(int to, int from, off64_t *place, size_t n) {
  typedef ssize_t (*call)(int, int, off64_t *, size_t);
  return changes(fd_inside(to), 0) ? -1
                                   : ((call)dlsym(RTLD_NEXT, "sendfile64"))(to, from, place, n);
}

ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t n, unsigned flags) {
  return changes(fd_inside(to), 0) ? -1 : REAL(copy_file_range)(from, a, to, b, n, flags);
}

int rename(const char *from, const char *to) {
  return changes(inside(to), 0) ? -1 : REAL(rename)(from, to);
}

int renameat(int a, const char *from, int b, const char *to) {
  return changes(at_inside(b, to), 0) ? -1 : REAL(renameat)(a, from, b, to);
}

int link(const char *from, const char *to) {
  return changes(inside(to), 0) ? -1 : REAL(link)(from, to);
}

int mkdir(const char *path, mode_t bits) {
  return changes(inside(path), 0) ? -1 : REAL(mkdir)(path, bits);
}

int mkdirat(int dir, const char *path, mode_t bits) {
  return changes(at_inside(dir, path), 0) ? -1 : REAL(mkdirat)(dir, path, bits);
}

#define TRUNCATE(name)                                                                           \
  int name(int fd, __typeof__(off64_t) size) {                                                   \
    return changes(fd_inside(fd), 0) ? -1 : REAL(name)(fd, size);                                \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int fsync(int fd) { return changes(fd_inside(fd), 0) ? -1 : REAL(fsync)(fd); }

/* Deleting goes on a full disk; on one that is read-only or gone it fails. */
static int keeps(int relevant) {
  if (!relevant || !at || count < at || (mode != 'r' && mode != 'g')) return 0;
  errno = reason();
  return 1;
}

int unlink(const char *path) { return keeps(inside(path)) ? -1 : REAL(unlink)(path); }

int unlinkat(int dir, const char *path, int flags) {
  return keeps(at_inside(dir, path)) ? -1 : REAL(unlinkat)(dir, path, flags);
}

int rmdir(const char *path) { return keeps(inside(path)) ? -1 : REAL(rmdir)(path); }

/* Reading, on a drive that is gone. */
ssize_t read(int fd, void *data, size_t n) {
  return mode == 'g' && gone(fd_inside(fd)) ? -1 : REAL(read)(fd, data, n);
}

size_t fread(void *data, size_t size, size_t n, FILE *file) {
  if (mode == 'g' && gone(fd_inside(fileno(file)))) return 0;
  return REAL(fread)(data, size, n, file);
}

#define STAT(name, kind)                                                                         \
  int name(const char *path, struct kind *found) {                                               \
    return gone(inside(path)) ? -1 : REAL(name)(path, found);                                    \
  }
STAT(stat, stat)
STAT(stat64, stat64)
STAT(lstat, stat)
STAT(lstat64, stat64)

#define STAT_AT(name, kind)                                                                      \
  int name(int dir, const char *path, struct kind *found, int flags) {                           \
    return gone(at_inside(dir, path)) ? -1 : REAL(name)(dir, path, found, flags);                \
  }
STAT_AT(fstatat, stat)
STAT_AT(fstatat64, stat64)

DIR *opendir(const char *path) { return gone(inside(path)) ? NULL : REAL(opendir)(path); }

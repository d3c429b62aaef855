/*
 * Between a process and the system: lets the n-th call that changes a folder fail, once or from
 * then on. FAIL_FOLDER names the folder, FAIL_CALL the number, FAIL_REST is set for the rest,
 * FAIL_COUNT names the file that is told how many calls there were.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long calls;

static int fails(void) {
  const char *at = getenv("FAIL_CALL");
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (!at) return 0;
  if (getenv("FAIL_REST") ? number < atol(at) : number != atol(at)) return 0;
  errno = EIO;
  return 1;
}

static int is_inside(const char *path) {
  const char *folder = getenv("FAIL_FOLDER");
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_inside_fd(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_inside(path);
}

#define NEXT(type, name) ((type)dlsym(RTLD_NEXT, name))

#define BY_FD(result, name, parameters, types, arguments)                       \
  result name parameters {                                                     \
    if (is_inside_fd(fd) && fails()) return -1;                                \
    return NEXT(result(*) types, #name) arguments;                             \
  }

#define BY_PATH(name, parameters, types, arguments)                             \
  int name parameters {                                                        \
    if (is_inside(path) && fails()) return -1;                                 \
    return NEXT(int(*) types, #name) arguments;                                \
  }

BY_FD(ssize_t, pwrite64, (int fd, const void *bytes, size_t length, off64_t at),
      (int, const void *, size_t, off64_t), (fd, bytes, length, at))
BY_FD(ssize_t, pwrite, (int fd, const void *bytes, size_t length, off_t at),
      (int, const void *, size_t, off_t), (fd, bytes, length, at))
BY_FD(ssize_t, write, (int fd, const void *bytes, size_t length),
      (int, const void *, size_t), (fd, bytes, length))
BY_FD(int, fdatasync, (int fd), (int), (fd))
BY_FD(int, fsync, (int fd), (int), (fd))
BY_FD(int, ftruncate, (int fd, off_t length), (int, off_t), (fd, length))
BY_FD(int, ftruncate64, (int fd, off64_t length), (int, off64_t), (fd, length))
BY_PATH(rename, (const char *path, const char *to), (const char *, const char *), (path, to))
BY_PATH(unlink, (const char *path), (const char *), (path))
BY_PATH(rmdir, (const char *path), (const char *), (path))

#define OPEN(name)                                                              \
  int name(const char *path, int flags, ...) {                                 \
    va_list rest;                                                              \
    va_start(rest, flags);                                                     \
    mode_t mode = va_arg(rest, mode_t);                                        \
    va_end(rest);                                                              \
    if (is_inside(path) && fails()) return -1;                                 \
    return NEXT(int (*)(const char *, int, ...), #name)(path, flags, mode);    \
  }
OPEN(open)
OPEN(open64)

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("FAIL_COUNT");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%ld\n", (long)atomic_load(&calls));
  fclose(file);
}

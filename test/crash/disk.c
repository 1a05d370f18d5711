/*
 * A disk that may lose power: what is written to files under $DISK_FOLDER reaches the copies under
 * $DISK_DURABLE only when it is synced. Preloaded into the service by test/crash.
 *
 * $DISK_FAULT names a file; while it exists, its first letter says what syncing does:
 *   e  fails with EIO
 *   l  lies: says that all went well, and keeps nothing
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct range { off_t from, to; };
struct file { char name[256]; struct range *dirty; int count, room; };

static struct file files[64];
static int file_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The file behind fd, if it lies in the folder; NULL otherwise. */
static struct file *file_of(int fd) {
  char link[64], path[PATH_MAX];
  const char *folder = getenv("DISK_FOLDER");
  if (!folder) return NULL;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return NULL;
  path[length] = 0;
  size_t prefix = strlen(folder);
  if (strncmp(path, folder, prefix) != 0 || path[prefix] != '/') return NULL;
  const char *name = path + prefix + 1;
  if (strlen(name) >= sizeof files[0].name || strchr(name, '/')) return NULL;
  for (int i = 0; i < file_count; i++)
    if (strcmp(files[i].name, name) == 0) return &files[i];
  if (file_count == 64) abort();
  strcpy(files[file_count].name, name);
  return &files[file_count++];
}

static void soil(int fd, off_t from, off_t to) {
  pthread_mutex_lock(&lock);
  struct file *file = file_of(fd);
  if (file) {
    if (file->count == file->room) {
      file->room = file->room ? file->room * 2 : 64;
      file->dirty = realloc(file->dirty, file->room * sizeof *file->dirty);
    }
    file->dirty[file->count++] = (struct range){from, to};
  }
  pthread_mutex_unlock(&lock);
}

static char fault(void) {
  const char *name = getenv("DISK_FAULT");
  char letter = 0;
  int fd = name ? open(name, O_RDONLY) : -1;
  if (fd < 0) return 0;
  if (read(fd, &letter, 1) != 1) letter = 0;
  close(fd);
  return letter;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) {
  static ssize_t (*real)(int, const void *, size_t, off_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  ssize_t written = real(fd, data, size, at);
  if (written > 0) soil(fd, at, at + written);
  return written;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }

ssize_t write(int fd, const void *data, size_t size) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = dlsym(RTLD_NEXT, "write");
  ssize_t written = real(fd, data, size);
  if (written > 0) {
    off_t end = lseek(fd, 0, SEEK_CUR);
    if (end >= written) soil(fd, end - written, end);
  }
  return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = dlsym(RTLD_NEXT, "writev");
  ssize_t written = real(fd, parts, count);
  if (written > 0) {
    off_t end = lseek(fd, 0, SEEK_CUR);
    if (end >= written) soil(fd, end - written, end);
  }
  return written;
}

static int synced(int fd, const char *call) {
  int (*real)(int) = dlsym(RTLD_NEXT, call);
  pthread_mutex_lock(&lock);
  struct file *file = file_of(fd);
  pthread_mutex_unlock(&lock);
  if (!file) return real(fd);
  char trouble = fault();
  if (trouble == 'e') { errno = EIO; return -1; }
  if (trouble == 'l') return 0;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", getenv("DISK_DURABLE"), file->name);
  pthread_mutex_lock(&lock);
  int durable = open(path, O_RDWR | O_CREAT, 0600);
  /* The descriptor that was given may be for writing only. */
  char again[64];
  snprintf(again, sizeof again, "/proc/self/fd/%d", fd);
  int source = open(again, O_RDONLY);
  struct stat now;
  if (durable < 0 || source < 0 || fstat(fd, &now) < 0 || ftruncate(durable, now.st_size) < 0) abort();
  char buffer[65536];
  for (int i = 0; i < file->count; i++)
    for (off_t at = file->dirty[i].from; at < file->dirty[i].to && at < now.st_size;) {
      off_t left = file->dirty[i].to - at;
      ssize_t got = pread(source, buffer, left < (off_t)sizeof buffer ? left : (off_t)sizeof buffer, at);
      if (got <= 0) break;
      static ssize_t (*put)(int, const void *, size_t, off_t);
      if (!put) put = dlsym(RTLD_NEXT, "pwrite64");
      if (put(durable, buffer, got, at) != got) abort();
      at += got;
    }
  file->count = 0;
  close(durable);
  close(source);
  pthread_mutex_unlock(&lock);
  return 0;
}

/* Taken for durable at once: SQLite syncs the folder after it has removed a file. */
int unlink(const char *path) {
  static int (*real)(const char *);
  if (!real) real = dlsym(RTLD_NEXT, "unlink");
  const char *folder = getenv("DISK_FOLDER"), *name = strrchr(path, '/');
  if (folder && name && strncmp(path, folder, strlen(folder)) == 0) {
    char durable[PATH_MAX];
    snprintf(durable, sizeof durable, "%s%s", getenv("DISK_DURABLE"), name);
    real(durable);
    pthread_mutex_lock(&lock);
    for (int i = 0; i < file_count; i++)
      if (strcmp(files[i].name, name + 1) == 0) files[i].count = 0;
    pthread_mutex_unlock(&lock);
  }
  return real(path);
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

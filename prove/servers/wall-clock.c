/*
 * Preloaded into Redis: moves its wall clock by the seconds that the file HOLDFAST_WALL_CLOCK holds, an int64.
 * Redis and Valkey read that clock by gettimeofday and time, and their monotonic clock by other ways. Allocates
 * nothing: their allocator asks for the time while it starts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *moved_by;

__attribute__((constructor)) static void open_offset(void) {
  const char *path = getenv("HOLDFAST_WALL_CLOCK");
  const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof *moved_by, PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) moved_by = page;
  close(file);
}

static time_t moved(time_t seconds) { return seconds + (moved_by ? *moved_by : 0); }

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec real;
  if (clock_gettime(CLOCK_REALTIME, &real) != 0) return -1;
  now->tv_sec = moved(real.tv_sec);
  now->tv_usec = real.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec real;
  if (clock_gettime(CLOCK_REALTIME, &real) != 0) return -1;
  const time_t seconds = moved(real.tv_sec);
  if (now) *now = seconds;
  return seconds;
}

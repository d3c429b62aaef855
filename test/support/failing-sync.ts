/**
 * Makes `fdatasync` and `fsync` fail in a process of its own, as a dying disk does: a few lines of
 * C between Node and the system, which look for a file before each call. It takes a C compiler.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int fails(void) {
  const char *path = getenv("FAIL_SYNC_WHILE");
  return path && access(path, F_OK) == 0;
}
static int call(const char *name, int descriptor) {
  if (fails()) { errno = getenv("FAIL_SYNC_ENOSPC") ? ENOSPC : EIO; return -1; }
  int (*original)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return original(descriptor);
}
int fdatasync(int descriptor) { return call("fdatasync", descriptor); }
int fsync(int descriptor) { return call("fsync", descriptor); }
`

export interface FailingSync {
  /** For the process. */
  readonly env: Readonly<Record<string, string>>
  /** From now on, all syncs fail. */
  begin(): void
  remove(): void
}

/** Returns why it cannot be done here; `false` where it can. */
export function noFailingSync(): string | false {
  if (process.platform !== 'linux') return 'needs Linux'
  return spawnSync('cc', ['--version']).status === 0 ? false : 'needs a C compiler (cc)'
}

export function failingSync(error: 'EIO' | 'ENOSPC'): FailingSync {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-do-failing-sync-'))
  const library = join(folder, 'failing-sync.so')
  const trigger = join(folder, 'now')
  writeFileSync(join(folder, 'failing-sync.c'), source)
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, join(folder, 'failing-sync.c'), '-ldl'])
  const kind: Record<string, string> = error === 'ENOSPC' ? { FAIL_SYNC_ENOSPC: '1' } : {}
  return {
    env: { LD_PRELOAD: library, FAIL_SYNC_WHILE: trigger, ...kind },
    begin: () => writeFileSync(trigger, ''),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

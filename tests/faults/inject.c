/* Injects one fault into a running process, at one of its writes, syncs and renames.
 *
 *     inject PID FOLDER NTH FAULT
 *
 * Counts the calls of all threads of PID that write to, sync or rename a file under FOLDER, and does FAULT to
 * the NTH of them (from 1; 0: to none):
 *
 *     eio-before    it fails with EIO and is not done
 *     eio-after     it is done and then fails with EIO
 *     enospc        it fails with ENOSPC and is not done
 *     kill-before   the process is killed (SIGKILL) instead of it
 *     kill-after    the process is killed right after it
 *     torn          of a write the first half is done, then the process is killed
 *
 * Prints `attached` once every thread is watched, then a line `N CALL PATH` for each counted call, with the
 * fault behind it if it was done. Ends when PID does, or when its standard input is closed: the process then
 * goes on unwatched. Linux on x86-64.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "registers are read and written as on x86-64"
#endif

enum fault { NONE, EIO_BEFORE, EIO_AFTER, NO_SPACE, KILL_BEFORE, KILL_AFTER, TORN };
static const char *const FAULTS[] = {"none",        "eio-before", "eio-after", "enospc",
                                     "kill-before", "kill-after", "torn"};

enum { MOST = 1024 };
static struct thread {
    pid_t id;
    int failing; /* errno that its call returns in the end, or 0 */
    int killing; /* whether the process is killed when its call returns */
} threads[MOST];
static int count_threads;

static pid_t process;
static const char *folder;
static long nth, counted;
static enum fault fault;

static void die(const char *what) {
    perror(what);
    exit(2);
}

static struct thread *thread_of(pid_t id) {
    for (int n = 0; n < count_threads; n++)
        if (threads[n].id == id)
            return &threads[n];
    if (count_threads == MOST) {
        fprintf(stderr, "too many threads\n");
        exit(2);
    }
    threads[count_threads] = (struct thread){.id = id};
    return &threads[count_threads++];
}

static void forget(pid_t id) {
    for (int n = 0; n < count_threads; n++)
        if (threads[n].id == id)
            threads[n] = threads[--count_threads];
}

/* Watches every thread, also those that begin meanwhile. */
static void attach(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", process);
    for (int found = 1; found;) {
        found = 0;
        DIR *tasks = opendir(path);
        if (!tasks)
            die("the process");
        for (struct dirent *entry; (entry = readdir(tasks));) {
            pid_t id = atoi(entry->d_name);
            if (id <= 0)
                continue;
            int known = 0;
            for (int n = 0; n < count_threads; n++)
                known |= threads[n].id == id;
            if (known)
                continue;
            if (ptrace(PTRACE_SEIZE, id, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE) != 0) {
                if (errno == ESRCH || errno == EPERM) {
                    /* Gone, or watched already since its parent is. */
                    if (errno == EPERM && count_threads == 0)
                        die("ptrace");
                    continue;
                }
                die("ptrace");
            }
            thread_of(id);
            if (ptrace(PTRACE_INTERRUPT, id, 0, 0) != 0 && errno != ESRCH)
                die("interrupt");
            found = 1;
        }
        closedir(tasks);
    }
}

static int under_folder(const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The path of an open file, or nothing. */
static int file_of(pid_t id, long fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%ld", id, fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return 1;
}

/* A path in the memory of the process, or nothing. */
static int text_of(pid_t id, unsigned long at, char *path) {
    for (size_t length = 0; length < PATH_MAX - 1; length++) {
        struct iovec here = {path + length, 1}, there = {(void *)(at + length), 1};
        if (process_vm_readv(id, &here, 1, &there, 1, 0) != 1)
            return 0;
        if (!path[length])
            return 1;
    }
    return 0;
}

/* Whether a call is counted; its name and file. */
static const char *counts(pid_t id, const struct user_regs_struct *regs, char *path) {
    const char *name = NULL;
    switch (regs->orig_rax) {
    case SYS_write: name = "write"; break;
    case SYS_pwrite64: name = "pwrite64"; break;
    case SYS_writev: name = "writev"; break;
    case SYS_fsync: name = "fsync"; break;
    case SYS_fdatasync: name = "fdatasync"; break;
    case SYS_sync_file_range: name = "sync_file_range"; break;
    case SYS_ftruncate: name = "ftruncate"; break;
    case SYS_rename:
        return text_of(id, regs->rsi, path) && under_folder(path) ? "rename" : NULL;
    case SYS_renameat:
    case SYS_renameat2:
        return text_of(id, regs->r10, path) && under_folder(path) ? "rename" : NULL;
    default: return NULL;
    }
    return file_of(id, (long)regs->rdi, path) && under_folder(path) ? name : NULL;
}

static void set(pid_t id, struct user_regs_struct *regs) {
    if (ptrace(PTRACE_SETREGS, id, 0, regs) != 0 && errno != ESRCH)
        die("registers");
}

static void skip(struct thread *thread, struct user_regs_struct *regs, int error) {
    regs->orig_rax = (unsigned long)-1;
    set(thread->id, regs);
    thread->failing = error;
}

static void entered(struct thread *thread) {
    struct user_regs_struct regs;
    char path[PATH_MAX];
    if (ptrace(PTRACE_GETREGS, thread->id, 0, &regs) != 0)
        return;
    const char *name = counts(thread->id, &regs, path);
    if (!name)
        return;
    counted++;
    int now = counted == nth;
    printf("%ld %s %s%s%s\n", counted, name, path + strlen(folder), now ? " " : "", now ? FAULTS[fault] : "");
    fflush(stdout);
    if (!now)
        return;
    switch (fault) {
    case NONE: break;
    case EIO_BEFORE: skip(thread, &regs, EIO); break;
    case NO_SPACE: skip(thread, &regs, ENOSPC); break;
    case EIO_AFTER: thread->failing = EIO; break;
    case KILL_BEFORE: kill(process, SIGKILL); break;
    case TORN:
        if (strstr(name, "write")) {
            regs.rdx /= 2;
            set(thread->id, &regs);
        }
        thread->killing = 1;
        break;
    case KILL_AFTER: thread->killing = 1; break;
    }
}

static void left(struct thread *thread) {
    if (thread->killing)
        kill(process, SIGKILL);
    if (thread->failing) {
        struct user_regs_struct regs;
        if (ptrace(PTRACE_GETREGS, thread->id, 0, &regs) == 0) {
            regs.rax = (unsigned long)-(long)thread->failing;
            set(thread->id, &regs);
        }
        thread->failing = 0;
    }
}

/* Lets every thread go on unwatched. A thread can only be let go while it stands still. */
static void detach(void) {
    for (int n = 0; n < count_threads; n++)
        ptrace(PTRACE_INTERRUPT, threads[n].id, 0, 0);
    while (count_threads > 0) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL);
        if (id < 0)
            return;
        if (WIFSTOPPED(status)) {
            int event = status >> 16;
            int signal = event || WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
            struct thread *thread = thread_of(id);
            left(thread);
            ptrace(PTRACE_DETACH, id, 0, signal);
        }
        forget(id);
    }
}

static void on_stop(pid_t id, int status) {
    int event = status >> 16, signal = WSTOPSIG(status), deliver = 0;
    struct thread *thread = thread_of(id);
    if (signal == (SIGTRAP | 0x80)) {
        struct __ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof info, &info) > 0) {
            if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
                entered(thread);
            else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
                left(thread);
        }
    } else if (!event) {
        deliver = signal;
    }
    ptrace(PTRACE_SYSCALL, id, 0, deliver);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: inject PID FOLDER NTH FAULT\n");
        return 2;
    }
    process = atoi(argv[1]);
    folder = argv[2];
    nth = atol(argv[3]);
    fault = NONE;
    for (int n = 0; n <= TORN; n++)
        if (strcmp(argv[4], FAULTS[n]) == 0)
            fault = (enum fault)n;
    attach();
    printf("attached\n");
    fflush(stdout);
    struct pollfd input = {.fd = 0, .events = POLLIN};
    for (;;) {
        int status;
        pid_t id = waitpid(-1, &status, __WALL | WNOHANG);
        if (id < 0)
            return 0;
        if (id == 0) {
            /* Nothing to do: a closed input ends the watch. */
            if (poll(&input, 1, 1) > 0 && (input.revents & (POLLHUP | POLLIN)))
                break;
            continue;
        }
        if (WIFSTOPPED(status))
            on_stop(id, status);
        else
            forget(id);
    }
    detach();
    return 0;
}

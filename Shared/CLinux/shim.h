#pragma once
// What Glibc's module map leaves out: readiness, wake-ups, thread names, and the two settings every process of ours wants.
//
// What several C modules declare belongs, to Swift, to the one that is loaded first. That is to be this one: the others
// whose headers speak of sockets import it before anything else, and a file that imports Glibc beside any of them imports
// CLinux too.
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>

// Declared by hand: with _GNU_SOURCE the system headers would differ from those that the Glibc module was made of.
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int posix_spawn_file_actions_addclosefrom_np(void *actions, int from);

/// Has a process that is about to be spawned lose every descriptor from this one on.
static inline void namaskah_spawn_close_from(void *actions, int from) {
    posix_spawn_file_actions_addclosefrom_np(actions, from);
}

/// Names the calling thread (at most 15 bytes are kept).
static inline void namaskah_name_thread(const char *name) {
    char kept[16];
    int i = 0;
    for (; i < 15 && name[i]; i++) kept[i] = name[i];
    kept[i] = 0;
    pthread_setname_np(pthread_self(), kept);
}

/// A write to a socket whose peer has gone must be an error of that write, not the end of the process.
static inline void namaskah_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

static inline int namaskah_errno(void) { return errno; }

/// Sets the data of an epoll event, whose union Swift cannot name.
static inline int namaskah_epoll_ctl(int epoll, int op, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event;
    event.events = events;
    event.data.u64 = data;
    return epoll_ctl(epoll, op, fd, &event);
}
static inline uint64_t namaskah_epoll_data(const struct epoll_event *event) { return event->data.u64; }
static inline uint32_t namaskah_epoll_events(const struct epoll_event *event) { return event->events; }

// Signals become bytes of a pipe: write(2) is the only thing that a handler of ours does. The pipe is one per Swift file
// that uses these functions, so one file alone does (Runtime/OSThread.swift).
static int namaskah_signal_pipe[2] = {-1, -1};
static inline void namaskah_signal_pipe_open(void) {
    if (namaskah_signal_pipe[0] < 0 && pipe(namaskah_signal_pipe) != 0) abort();
}
static inline void namaskah_signal_pipe_put(int number) {
    int kept = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t written = write(namaskah_signal_pipe[1], &byte, 1);
    (void)written;
    errno = kept;
}
static inline void namaskah_signal_pipe_watch(int number) {
    struct sigaction action = {0};
    action.sa_handler = namaskah_signal_pipe_put;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, 0);
}
static inline int namaskah_signal_pipe_read(void) {
    unsigned char byte;
    for (;;) {
        ssize_t count = read(namaskah_signal_pipe[0], &byte, 1);
        if (count == 1) return byte;
        if (count < 0 && errno == EINTR) continue;
        return -1;
    }
}

# Sourced: starts, finds and ends one process by its name. The number in pids/<name>.pid is the process itself, never
# a wrapper, so that `kill -9 $(cat .local/pids/billing.pid)` kills billing.
# shellcheck shell=bash disable=SC2154

# When the process began, in clock ticks since boot; nothing when it is gone or only waits to be reaped. Together with
# its number this names a process for good: a number alone may by now be somebody else's.
process_birth() {
    local stat state fields
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    read -r -a fields <<<"${stat##*) }"
    state=${fields[0]}
    [[ $state == Z || $state == X ]] || printf '%s' "${fields[19]}"
}

# The number of the running process of that name, or nothing.
process_pid() {
    local pid
    pid=$(cat "$stack_dir/pids/$1.pid" 2>/dev/null) || return 0
    [[ -n $pid && $(process_birth "$pid") == "$(cat "$stack_dir/pids/$1.birth" 2>/dev/null)" ]] || return 0
    [[ -z $(process_birth "$pid") ]] || printf '%s' "$pid"
}

# process_spawn <name> <command…>: in a session of its own, so that Ctrl-C at the terminal is not for it, and with no
# descriptor of ours, so that nobody waits for a pipe or a lock that it would hold for its whole life.
process_spawn() {
    local name=$1 log=$stack_dir/logs/$1.log pid
    shift
    (
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            [[ $fd -le 2 ]] || eval "exec $fd>&-"
        done
        cd /
        exec setsid -- "$@" </dev/null >>"$log" 2>&1
    ) &
    pid=$!
    printf '%s\n' "$pid" >"$stack_dir/pids/$name.pid"
    process_birth "$pid" >"$stack_dir/pids/$name.birth"
}

# process_end <name> <signal> <seconds>: asks, waits, and then insists.
process_end() {
    local name=$1 signal=$2 seconds=$3 pid tries
    pid=$(process_pid "$name")
    if [[ -n $pid ]]; then
        kill "-$signal" "$pid" 2>/dev/null || true
        for ((tries = 0; tries < seconds * 20; tries++)); do
            [[ -n $(process_pid "$name") ]] || break
            sleep 0.05
        done
        if [[ -n $(process_pid "$name") ]]; then
            say "$name did not end within $seconds s of SIG$signal; it is killed"
            kill -KILL "$pid" 2>/dev/null || true
            while [[ -n $(process_pid "$name") ]]; do sleep 0.05; done
        fi
    fi
    rm -f "$stack_dir/pids/$name.pid" "$stack_dir/pids/$name.birth"
}

# process_await <name> <seconds> <command…>: until the command succeeds; fails as soon as the process has died.
process_await() {
    local name=$1 seconds=$2 until
    shift 2
    until=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        if [[ -z $(process_pid "$name") ]]; then
            say "$name ended while starting; the end of $stack_dir/logs/$name.log:"
            tail -n 15 "$stack_dir/logs/$name.log" >&2 || true
            return 1
        fi
        ((SECONDS < until)) || {
            say "$name is running, but was not ready within $seconds s: $stack_dir/logs/$name.log"
            return 1
        }
        sleep 0.1
    done
}

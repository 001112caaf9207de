# Sourced: the three servers of a stack. Each has data, ports and secrets of its own under the stack's directory and
# knows nothing of a server that the machine may run already.
# shellcheck shell=bash disable=SC2154

# --- Postgres -------------------------------------------------------------------------------------------------------

postgres_bin() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    [[ -n $newest ]] || die "Postgres is not installed: run deploy/local/setup"
    printf '%s' "$newest"
}

# Makes the data directory and answers where it really is. Where the user of Postgres cannot reach the stack's
# directory (a checkout below /root, say) it lives in /var/tmp, linked from the stack.
postgres_data() {
    local link=$stack_dir/postgres away
    if [[ ! -e $link ]]; then
        if as_postgres test -x "$stack_dir"; then
            mkdir -m 700 "$link"
        else
            away=/var/tmp/namaskah-$(printf '%s' "$stack_dir" | sha256sum | cut -c 1-12)
            rm -f "$link"
            mkdir -m 700 "$away" || die "$away is in the way: it is not this stack's; remove it"
            ln -s "$away" "$link"
        fi
        [[ $(id -u) != 0 ]] || chown postgres: "$link/"
    fi
    readlink -f "$link"
}

postgres_start() {
    local data bin tries
    data=$(postgres_data)
    bin=$(postgres_bin)
    if ! as_postgres test -s "$data/PG_VERSION"; then
        say "making an empty Postgres in $data"
        # The password goes through a pipe that the user of Postgres has opened itself, and never into a file.
        # shellcheck disable=SC2016
        secret_of POSTGRES_PASSWORD | as_postgres bash -c '"$0" "$@" --pwfile=<(cat)' "$bin/initdb" -D "$data" \
            -U postgres -E UTF8 --locale=C.UTF-8 --auth=scram-sha-256 --data-checksums --no-instructions \
            >"$stack_dir/logs/initdb.log" 2>&1 || { cat "$stack_dir/logs/initdb.log" >&2; die "initdb failed"; }
    fi
    { cat "$root/deploy/postgres/postgresql.conf"
        printf '%s\n' "${NAMASKAH_POSTGRES_SETTINGS:-}"
        printf "listen_addresses = '127.0.0.1'\nport = %s\nunix_socket_directories = ''\n" "$(port_of postgres)"
    } | as_postgres tee "$data/postgresql.conf" >/dev/null
    # After SIGKILL it and its children need a moment to go; until then the data directory counts as in use.
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        : >"$stack_dir/logs/postgres.log"
        process_spawn postgres "${postgres_prefix[@]}" "$bin/postgres" -D "$data"
        process_await postgres 60 "$bin/pg_isready" -q -h 127.0.0.1 -p "$(port_of postgres)" 2>/dev/null && return
        grep -qE 'still in use|already exists' "$stack_dir/logs/postgres.log" || break
        sleep "0.$tries"
    done
    tail -n 15 "$stack_dir/logs/postgres.log" >&2
    return 1
}
# SIGINT ends sessions and writes a checkpoint; SIGTERM would wait for the clients to leave.
postgres_stop() { process_end postgres INT 30; }

# --- Redis ----------------------------------------------------------------------------------------------------------

# Limits and caches only: nothing in it is worth keeping over a restart.
redis_start() {
    (umask 077; printf '%s\n' 'bind 127.0.0.1' "port $(port_of redis)" "requirepass $(secret_of REDIS_PASSWORD)" \
        'save ""' 'appendonly no' 'maxmemory 128mb' 'maxmemory-policy allkeys-lru' 'daemonize no' \
        >"$stack_dir/redis.conf")
    process_spawn redis redis-server "$stack_dir/redis.conf"
    process_await redis 30 redis_answers
}
redis_answers() { REDISCLI_AUTH=$(secret_of REDIS_PASSWORD) redis-cli -h 127.0.0.1 -p "$(port_of redis)" ping; }
redis_stop() { process_end redis TERM 10; }

# --- RabbitMQ -------------------------------------------------------------------------------------------------------

# The port mapper is a process of the stack like any other: started by Erlang itself it would outlive the broker.
epmd_start() {
    [[ -z $(process_pid epmd) ]] || return 0
    process_spawn epmd epmd -address 127.0.0.1 -port "$(port_of epmd)"
    process_await epmd 10 epmd -port "$(port_of epmd)" -names
}

rabbitmq_start() {
    local home=$stack_dir/rabbitmq
    mkdir -p "$home"
    chmod 700 "$home"
    epmd_start
    (umask 077
        { cat "$root/deploy/rabbitmq/rabbitmq.conf"
            printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$(port_of rabbitmq)" 'management.tcp.ip = 127.0.0.1' \
                "management.tcp.port = $(port_of rabbitmq_management)" \
                'default_user = admin' "default_pass = $(secret_of RABBITMQ_PASSWORD)"
        } >"$home/rabbitmq.conf"
        printf '[rabbitmq_management].\n' >"$home/enabled_plugins"
        [[ -f $home/.erlang.cookie ]] || { secret_of ERLANG_COOKIE >"$home/.erlang.cookie"; chmod 400 "$home/.erlang.cookie"; })
    # Two schedulers that sleep when idle: by default Erlang spins, which costs a small machine a core. Allowing
    # input makes the start script replace itself by the broker, so that the noted process is the broker.
    process_spawn rabbitmq env -i PATH="$PATH" LANG=C.UTF-8 HOME="$home" \
        ERL_EPMD_PORT="$(port_of epmd)" ERL_EPMD_ADDRESS=127.0.0.1 \
        RABBITMQ_NODENAME=namaskah@localhost RABBITMQ_DIST_PORT="$(port_of rabbitmq_cluster)" \
        RABBITMQ_CONF_ENV_FILE="$home/none" RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
        RABBITMQ_ADVANCED_CONFIG_FILE="$home/none" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" \
        RABBITMQ_MNESIA_BASE="$home/data" RABBITMQ_GENERATED_CONFIG_DIR="$home/generated" \
        RABBITMQ_LOG_BASE="$home/log" RABBITMQ_LOGS=- RABBITMQ_PID_FILE="$home/pid" RABBITMQ_ALLOW_INPUT=1 \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}" \
        /usr/lib/rabbitmq/bin/rabbitmq-server
    process_await rabbitmq 120 rabbitmq_answers
}
rabbitmq_answers() {
    curl -fsS -m 5 -K - "http://127.0.0.1:$(port_of rabbitmq_management)/api/health/checks/local-alarms" \
        <<<"user = \"admin:$(secret_of RABBITMQ_PASSWORD)\""
}
rabbitmq_stop() {
    process_end rabbitmq TERM 60
    process_end epmd TERM 5
}

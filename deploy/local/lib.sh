# Sourced by the scripts of the local stack: where things are, what is written down, and the words they speak with.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# One directory is one stack; another value is another stack beside it, with ports, data and secrets of its own.
stack_dir=${NAMASKAH_LOCAL:-$root/.local}
case $stack_dir in /*) ;; *) stack_dir=$root/$stack_dir ;; esac
export NAMASKAH_LOCAL=$stack_dir

say() { printf '== %s\n' "$*" >&2; }
die() { printf '!! %s\n' "$*" >&2; exit 1; }

# The services are the files of deploy/services; no other script lists them.
services() { (cd "$root/deploy/services" && ls); }
servers() { printf '%s\n' postgres redis rabbitmq; }
is_service() { [[ -f $root/deploy/services/$1 ]]; }
# service_field <service> <field>: what the service's file says of it.
service_field() {
    # shellcheck disable=SC1090,SC2034
    (port="" port_setting="" needs="" publishes="" listens="" settings="" development=""; . "$root/deploy/services/$1"; printf '%s' "${!2}")
}
services_needing() {
    local name
    for name in $(services); do
        [[ " $(service_field "$name" needs) " != *" $1 "* ]] || printf '%s\n' "$name"
    done
}
upper() { tr 'a-z-' 'A-Z_' <<<"$1"; }

# noted <file> <KEY>: the value written down for the key, or nothing.
noted() { [[ ! -f $stack_dir/$1 ]] || sed -n "s/^$2=//p" "$stack_dir/$1" | tail -n 1; }
# note <file> <KEY> <value>: writes it down, for the owner's eyes alone.
note() {
    local file=$stack_dir/$1
    (umask 077; touch "$file"; sed "/^$2=/d" "$file" >"$file.new"; printf '%s=%s\n' "$2" "$3" >>"$file.new")
    mv "$file.new" "$file"
}
port_of() { noted ports "$(upper "$1")_PORT"; }
secret_of() { noted secrets "$1"; }

# Postgres refuses to run as root; then, and only then, it runs as Debian's user of that name.
postgres_prefix=(env)
[[ $(id -u) != 0 ]] || postgres_prefix=(setpriv --reuid=postgres --regid=postgres --init-groups -- env HOME=/var/tmp)
as_postgres() { "${postgres_prefix[@]}" "$@"; }

mkdir -p "$stack_dir"/{pids,logs,services,bin}
# Others may pass through, for the user of Postgres must reach its data; what is secret in here is closed by itself.
chmod 711 "$stack_dir"
chmod 700 "$stack_dir/services"

#!/usr/bin/env bash
# Sets up the broker through its management API: the shared topology of definitions.json, and for each service a user
# that can touch its own queues and the exchanges that its file in deploy/services names, no others. May run again.
# Reads AMQP_MANAGEMENT_URL (with user and password) and one X_AMQP_PASSWORD for each service x.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
vhost=namaskah
scheme=${AMQP_MANAGEMENT_URL%%://*}
rest=${AMQP_MANAGEMENT_URL#*://}

# api <method> <path>: the body comes from standard input; the password never shows in the list of processes.
api() {
    local answer
    answer=$(curl -sS -m 30 -X "$1" -K <(printf 'user = "%s"\n' "${rest%@*}") -H 'Content-Type: application/json' \
        --data-binary @- -w '\n%{http_code}' "$scheme://${rest##*@}/api/$2")
    [[ ${answer##*$'\n'} == 2* ]] || { printf '!! the broker refused %s %s: %s\n' "$1" "$2" "$answer" >&2; return 1; }
}
# any_of <prefix> <word…>: an expression that matches prefix followed by one of the words.
any_of() { local prefix=$1; shift; local IFS='|'; printf '%s(%s)' "$prefix" "$*"; }

# Where the broker starts beside us.
for ((tries = 0; tries < 120; tries++)); do
    ! api GET overview </dev/null 2>/dev/null || break
    sleep 1
done
api PUT "vhosts/$vhost" <<<'{}'
api POST "definitions/$vhost" <"$here/definitions.json"

for file in "$here"/../services/*; do
    service=${file##*/}
    needs="" publishes="" listens=""
    # shellcheck disable=SC1090
    . "$file"
    [[ " $needs " == *" rabbitmq "* ]] || continue
    password=${service^^}_AMQP_PASSWORD

    # A full queue refuses, so that the sender keeps the message; one that comes back a thousand times is parked under
    # the name of the service, for a person to look at. At-least-once holds only together with reject-publish.
    api PUT "policies/$vhost/$service-work" <<<'{"pattern": "^'"$service"'\\.(commands|events|ordered)$", "apply-to": "queues",
        "definition": {"delivery-limit": 1000, "overflow": "reject-publish", "max-length-bytes": 1073741824,
        "dead-letter-exchange": "namaskah.park", "dead-letter-strategy": "at-least-once",
        "dead-letter-routing-key": "'"$service"'"}}'

    own="$service\\\\..*|park\\\\.$service"
    # shellcheck disable=SC2086
    write=$(any_of 'namaskah\\.' $publishes 'retry\\..*' redeliver park)
    # shellcheck disable=SC2086
    read=$(any_of 'namaskah\\.' $listens redeliver park)
    api PUT "users/$service" <<<'{"password": "'"${!password}"'", "tags": ""}'
    api PUT "permissions/$vhost/$service" <<<'{"configure": "^('"$own"')$", "write": "^('"$own|$write"')$",
        "read": "^('"$own|$read"')$"}'
done

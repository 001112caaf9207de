"""Very many rows like those that one order has, written by the database itself."""
import concurrent.futures
import time

from harness import query

# Ids ascend like those of a live system, and their last ten bits, by which orders are shared out, are any.
NUMBERS = """
CREATE UNLOGGED TABLE bench.numbers AS SELECT n,
    (prefix || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || substr(md5(n || 'o'), 1, 15))::uuid AS id,
    (prefix || '7' || lpad(to_hex(n % 4096), 3, '0') || '9' || substr(md5(n || 'h'), 1, 15))::uuid AS hold_id,
    (3000000000 + n)::text AS reference
FROM (SELECT n, lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 3600000 + n / 1000), 12, '0') AS prefix
    FROM generate_series(1, {count}) n) AS made ORDER BY n;
CREATE INDEX ON bench.numbers (n);
ANALYZE bench.numbers;
"""


def another(column):
    """An id for each of several rows of one order, made at the same time."""
    return f"(substr(m.id::text, 1, 19) || '9' || substr(md5(m.id::text || o.{column}::text), 1, 15))::uuid"


def remember(tables, condition):
    """Keeps the rows of one order as they are now: `tables` names them, with the column that holds its id."""
    query("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench")
    for table, column in tables.items():
        query(f"CREATE TABLE bench.{flat(table)} AS SELECT * FROM {table} WHERE {column} = {condition}")


def fill(count, tables):
    """Writes every row that was remembered so many times. `tables` has for each the columns that differ, as
    expressions of `m`, the order that is made, and `o`, the row that is repeated. Answers how long it took."""
    begun = time.monotonic()
    # So much at once would have the server write every page twice.
    query("ALTER SYSTEM SET max_wal_size = '16GB'")
    query("ALTER SYSTEM SET autovacuum = off")
    query("SELECT pg_reload_conf()")
    query(NUMBERS.format(count=count))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda item: copy(*item), tables.items()):
            pass
        for _ in pool.map(lambda table: query(f"VACUUM (ANALYZE) {table}", limit=180), tables):
            pass
    for setting in ("max_wal_size", "autovacuum"):
        query(f"ALTER SYSTEM RESET {setting}")
    query("SELECT pg_reload_conf()")
    query("CHECKPOINT")
    return time.monotonic() - begun


def copy(table, differing):
    schema, _, name = table.partition(".")
    columns = query(f"""SELECT attname FROM pg_attribute WHERE attrelid = '{schema}.{name}'::regclass AND attnum > 0
        AND NOT attisdropped AND attidentity = '' ORDER BY attnum""").split()
    unknown = set(differing) - set(columns)
    if unknown:
        raise SystemExit(f"{table} has no column {', '.join(sorted(unknown))}")
    values = ", ".join(differing.get(column, f"o.{column}") for column in columns)
    # Keys are true by the way they are made, so nobody looks each of them up. One order after the other, as they would
    # have come: a join from side to side would write all first rows, then all second ones.
    query(f"""SET session_replication_role = replica; SET synchronous_commit = off; SET jit = off;
        INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM bench.numbers m
        CROSS JOIN LATERAL (SELECT * FROM bench.{flat(table)} WHERE m.n > 0 OFFSET 0) o""", limit=240)


def flat(table):
    return table.replace(".", "_")

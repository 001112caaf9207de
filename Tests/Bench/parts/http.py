"""The HTTP server alone, beside nginx."""
import urllib.request

from harness import environment, line, nginx, note, requests_per_second, wrk


def measure():
    url = environment["NAMASKAH_URL"] + "/healthz"
    body = urllib.request.urlopen(url, timeout=5).read().decode()
    peer, ours = 0, 0
    with nginx(f"location / {{ default_type application/json; return 200 '{body}'; }}") as there:
        assert urllib.request.urlopen(there + "/healthz", timeout=2).read().decode() == body
        for _ in range(2):
            peer = max(peer, requests_per_second(wrk(there + "/healthz", seconds=4, connections=32)))
            ours = max(ours, requests_per_second(wrk(url, seconds=4, connections=32)))
    note("nginx return 200", peer, "1/s")
    note("gateway /healthz", ours, "1/s")
    line("http: without database, of nginx", ours / peer, "×", 0.5, True)

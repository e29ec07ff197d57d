"""What the page suite counts, of a page that is as heavy as the test makes it."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evals.suites import page
from tests.browser import find_browser, open_browser

pytestmark = pytest.mark.browser
STYLE = "p { color: teal }\n" * 500


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def end_headers(self) -> None:
        if self.path.startswith("/style"):
            self.send_header("Cache-Control", "max-age=600, immutable")
        super().end_headers()


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[list[str]]:
    """Two of them, with the same files."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield [f"http://127.0.0.1:{server.server_address[1]}" for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


def test_bytes_kinds_hosts_and_what_the_cache_gives(
    hosts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_browser()
    monkeypatch.setattr(page, "SETTLED", 0.5)
    monkeypatch.setattr(page, "TABS", (2,))
    (tmp_path / "style.css").write_text(STYLE)
    (tmp_path / "script.js").write_text("fetch('/nowhere')")
    (tmp_path / "index.html").write_text(
        f"<link rel=icon href=data:,><link rel=stylesheet href=/style.css><script src={hosts[1]}/script.js></script>"
        "<button id=start-practice>Start</button>"
    )
    with open_browser() as browser:
        first, again = page._visits(browser, hosts[0])
        times = page._times(browser, hosts[0])
    found = {name: figure.value for name, figure in page._weighed("first", first, hosts[0]).items()}
    assert found["first: requests over the wire"] == 4
    assert found["first: requests to another host"] == 1
    assert found["first: requests that failed"] == 1
    assert found["first: stylesheet requests"] == 1
    assert len(STYLE) / 1000 < found["first: stylesheet kB"] < len(STYLE) / 1000 + 0.5
    assert sum(v for k, v in found.items() if k.endswith(" kB")) == pytest.approx(found["first: kB over the wire"])
    assert "first: stylesheet kB" not in page._weighed("first", again, hosts[0])  # the browser had kept it
    assert any("style.css (" in note for note in page._listed(first, hosts[0]))
    assert 0 < times["warm, one tab: to the button, s"].low < 10
    assert times["warm, 2 tabs at once: to the last one's button, s"].n == 2

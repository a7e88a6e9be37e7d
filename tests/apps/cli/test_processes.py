"""True processes: exit codes, clean output, and a server that announces itself and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import penchant

SOURCE = Path(penchant.__file__).parents[1]
COMMAND = [sys.executable, "-c", "from penchant.apps.cli import main; main()"]
# A test run in the background has Ctrl-C switched off, which its children inherit.
HEARING_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
SERVE = [sys.executable, "-c", HEARING_CTRL_C + COMMAND[2], "serve", "--port", "0", "--json"]
PATIENCE_S = 60
ANNOUNCED_WITHIN_S = 20


def environment(database: str, **more: str) -> dict[str, str]:
    """The machine's, without its Penchant settings and without unbuffered output."""
    unwanted = ("PENCHANT_", "COLUMNS", "PYTHONUNBUFFERED", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH", "")]))
    return kept | {"PENCHANT_DATABASE_URL": database, "PYTHONPATH": path} | more


def run(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `penchant` to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(database),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )


class Server:
    """A `penchant serve` of its own; what it prints is gathered while it runs."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self.process = process
        self._errors = errors
        self.printed: list[str] = []
        self._announced = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def errors(self) -> str:
        """What stands on standard error so far."""
        return self._errors.read_text(encoding="utf-8")

    def announcement(self) -> Any:
        """The document that says where the server is."""
        assert self._announced.wait(ANNOUNCED_WITHIN_S), f"nothing announced; stderr: {self.errors}"
        return json.loads("".join(self.printed))

    def stop(self, how: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            if line.startswith("}"):
                self._announced.set()


@contextmanager
def serving(database: str, errors: Path, **more: str) -> Iterator[Server]:
    """A server on a free port, reaped whatever happens."""
    with (
        errors.open("w", encoding="utf-8") as stderr,
        subprocess.Popen(
            SERVE,
            env=environment(database, **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        try:
            yield Server(process, errors)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(PATIENCE_S)


def ask(address: str, method: str = "GET", body: Any = None) -> Any:
    """The JSON that an address answers with."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 (our own server)
        address, data, {"content-type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 (our own)
        return json.load(answer)


def test_serve(tmp_path: Path) -> None:
    """On an empty database it serves the catalogue, keeps what it is told, and stops on Ctrl-C."""
    database = f"sqlite:///{tmp_path / 'served.sqlite'}"
    with serving(database, tmp_path / "errors", PYTHONUNBUFFERED="1") as server:
        told = server.announcement()
        address = told["address"]
        assert address.startswith("http://127.0.0.1:")
        assert told["items"] == told["loaded"] == 476
        assert ask(f"{address}/readyz")["items"] == 476
        assert ask(f"{address}/livez") == {"status": "alive"}
        found = ask(f"{address}/recommend?title=medical+drama&top_n=3")
        assert len(found["recommendations"]) == 3
        rating = {"drama_title": "Hospital Playlist", "rating": 9.5}
        receipt = ask(f"{address}/profile/mina/rate", "POST", rating)
        assert ask(f"{address}/recommend?title=drama&user_id=mina")["personalization"]["applied"]
        assert server.stop(signal.SIGINT) == 0
        assert "Traceback" not in server.errors
        json.loads("".join(server.printed))
    exported = run(database, "export", "mina")
    assert json.loads(exported.stdout)["events"][0]["event_id"] == receipt["event_id"]


def test_serve_announces_itself_through_a_pipe(tmp_path: Path) -> None:
    """A script that reads the output learns the address while the server runs, then ends it."""
    with serving(f"sqlite:///{tmp_path / 'served.sqlite'}", tmp_path / "errors") as server:
        address = server.announcement()["address"]
        assert ask(f"{address}/livez") == {"status": "alive"}
        assert server.stop(signal.SIGTERM) in {0, -signal.SIGTERM}
        assert "Traceback" not in server.errors


def test_port_in_use(tmp_path: Path) -> None:
    """A port that somebody has is exit 2, with what to do, before any database is made."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = run(f"sqlite:///{tmp_path / 'unused.sqlite'}", "serve", "--port", port)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert port in ran.stderr
    assert "--port" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "unused.sqlite").exists()


def test_exit_codes(tmp_path: Path) -> None:
    """A shell sees 0, 1, 2 and 3."""
    database = f"sqlite:///{tmp_path / 'codes.sqlite'}"
    done = run(database, "search", "medical drama", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["recommendations"]
    not_found = run(database, "rate", "mina", "Hospital Playlits", "9")
    assert (not_found.returncode, not_found.stdout) == (3, "")
    assert "hospital-playlist-2020" in not_found.stderr
    assert run(database, "rate", "mina", "Signal", "99").returncode == 2
    (tmp_path / "broken.sqlite").write_bytes(b"no database at all " * 99)
    failed = run(f"sqlite:///{tmp_path / 'broken.sqlite'}", "search", "drama")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr


def test_alone(tmp_path: Path) -> None:
    """`penchant` alone makes no database and is done."""
    ran = run(f"sqlite:///{tmp_path / 'none.sqlite'}")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "penchant demo" in ran.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_closed_pipe(tmp_path: Path) -> None:
    """`penchant export ... | head -1` ends without a traceback."""
    database = f"sqlite:///{tmp_path / 'pipe.sqlite'}"
    with subprocess.Popen(
        [*COMMAND, "search", "drama", "-n", "200", "--json"],
        env=environment(database),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()
        process.wait(PATIENCE_S)
    assert "Traceback" not in complaints
    assert "Exception ignored" not in complaints

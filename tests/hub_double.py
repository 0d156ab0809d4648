"""A Hub for one Space on this machine: the endpoints that an upload uses, as strict as the real one where it matters.

It decides file by file from the .gitattributes that it has, refuses binaries that come as text, keeps what comes by
LFS by its SHA-256, and lets nobody in without the token. It takes the chunks of hf-xet too, without looking into them:
the commit then brings the SHA-256 that hf-xet has worked out.

Sources: what huggingface_hub 2.4 sends (``_commit_api.py``, ``lfs.py``, ``utils/_xet.py``); the Git LFS batch API.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from tests.space.contents import LARGEST_REGULAR, by_lfs

TOKEN = "hf_" + "x1" * 17
WHERE = "someone/cuewright"


@dataclass
class Hub:
    """What the Space holds, and what came how."""

    created: dict[str, object] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)
    pointers: dict[str, tuple[str, int]] = field(default_factory=dict)
    """SHA-256 and size of what came through LFS or Xet, by path."""
    objects: dict[str, bytes] = field(default_factory=dict)
    """What LFS brought, by SHA-256."""
    chunked: int = 0
    """Bytes that Xet brought."""
    calls: list[str] = field(default_factory=list)
    address: str = ""
    takes_all_as_text: bool = False

    @property
    def attributes(self) -> str:
        return self.texts.get(".gitattributes", b"").decode()

    def mode(self, name: str, size: int) -> str:
        if self.takes_all_as_text:
            return "regular"
        return "lfs" if by_lfs(self.attributes, Path(name)) or size > LARGEST_REGULAR else "regular"

    def commit(self, rows: list[dict[str, dict[str, object]]]) -> str | None:
        """Take a commit; what is wrong with it, if anything."""
        for row in rows:
            value = row["value"]
            if row["key"] == "file":
                data = base64.b64decode(str(value["content"]))
                if b"\0" in data or len(data) > LARGEST_REGULAR:
                    return f"Your push was rejected because it contains binary files: {value['path']}"
                self.texts[str(value["path"])] = data
            elif row["key"] == "lfsFile":
                oid, size = str(value["oid"]), int(str(value["size"]))
                if not self.chunked and len(self.objects.get(oid, b"")) != size:
                    return f"LFS pointer to an object that is not there: {value['path']}"
                self.pointers[str(value["path"])] = oid, size
            elif row["key"] == "deletedFile":
                self.texts.pop(str(value["path"]), None)
                self.pointers.pop(str(value["path"]), None)
        return None

    def tree(self) -> list[dict[str, object]]:
        plain = [
            {"type": "file", "path": name, "size": len(data), "oid": "0" * 40} for name, data in self.texts.items()
        ]
        return plain + [
            {
                "type": "file",
                "path": name,
                "size": size,
                "oid": "0" * 40,
                "lfs": {"oid": oid, "size": size, "pointerSize": 130},
            }
            for name, (oid, size) in self.pointers.items()
        ]


@contextmanager
def hub(**settings: bool) -> Iterator[Hub]:
    """A Hub that answers at an address of its own."""
    state = Hub(**settings)

    class Handler(_Handler):
        hub = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self._begin()
        if "/xet-write-token/" in path:
            expires = int(time.time()) + 3600
            told = {"accessToken": "xet", "exp": expires, "casUrl": self.hub.address + "/cas"}
            heads = {
                "X-Xet-Cas-Url": told["casUrl"],
                "X-Xet-Access-Token": "xet",
                "X-Xet-Token-Expiration": str(expires),
            }
            self._answer(told, heads=heads)
        elif path.startswith(f"/api/spaces/{WHERE}/tree/main"):
            self._answer(self.hub.tree())
        elif path.startswith("/cas/"):
            self._answer({}, 404)
        else:
            self._answer({"id": WHERE, "sha": "0" * 40, "private": True})

    def do_PUT(self) -> None:
        path = self._begin(open_to_all=True)
        data = self._body()
        assert hashlib.sha256(data).hexdigest() == path.rsplit("/", 1)[1], "an object that is not what its name says"
        self.hub.objects[path.rsplit("/", 1)[1]] = data
        self._answer({})

    def do_POST(self) -> None:
        path = self._begin(open_to_all=self.path.startswith("/cas/"))
        body = self._body()
        if path.startswith("/cas/"):
            if "/xorb-grants/" in path:
                self._answer({}, 404)
                return
            self.hub.chunked += len(body)
            self._answer({"was_inserted": True} if "/xorbs/" in path else {"type": "result", "result": 1})
            return
        rows = [json.loads(line) for line in body.splitlines()] if path.endswith("/commit/main") else []
        given = json.loads(body) if not rows else {}
        if path == "/api/repos/create":
            self.hub.created = given
            self._answer({"url": f"{self.hub.address}/spaces/{WHERE}"})
        elif path == "/api/validate-yaml":
            yaml.safe_load(given["content"].split("---")[1])
            self._answer({"errors": [], "warnings": []})
        elif path == f"/api/spaces/{WHERE}/preupload/main":
            files = [
                {
                    "path": each["path"],
                    "uploadMode": self.hub.mode(each["path"], each["size"]),
                    "shouldIgnore": False,
                }
                for each in given["files"]
            ]
            self._answer({"files": files})
        elif path == f"/spaces/{WHERE}.git/info/lfs/objects/batch":
            upload = {"upload": {"href": f"{self.hub.address}/lfs/"}}
            objects = [
                each | {"actions": {"upload": {"href": upload["upload"]["href"] + each["oid"]}}}
                for each in given["objects"]
            ]
            self._answer({"transfer": "basic", "objects": objects})
        elif path == f"/api/spaces/{WHERE}/commit/main":
            wrong = self.hub.commit([row for row in rows if row["key"] != "header"])
            address = f"{self.hub.address}/spaces/{WHERE}/commit/{'0' * 40}"
            done = {"success": True, "commitOid": "0" * 40, "commitUrl": address}
            self._answer({"error": wrong} if wrong else done, 400 if wrong else 200)
        else:
            self._answer({"error": f"no such endpoint: {path}"}, 404)

    def _begin(self, *, open_to_all: bool = False) -> str:
        path = urlsplit(self.path).path
        self.hub.calls.append(f"{self.command} {path}")
        allowed = open_to_all or path.startswith("/cas/") or self.headers.get("Authorization") == f"Bearer {TOKEN}"
        return path if allowed else "/nobody"

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().strip(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, value: object, status: int = 200, heads: dict[str, object] | None = None) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        for name, text in (heads or {}).items():
            self.send_header(name, str(text))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

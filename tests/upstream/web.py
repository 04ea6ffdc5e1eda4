"""A small HTTP/1.1 and WebSocket server on asyncio, written by hand so that it can misbehave at every byte."""
import asyncio
import base64
import hashlib
import json
import random
import re
import socket
import struct
import time
import urllib.parse

MAX_HEAD = 65536
REASONS = {101: "Switching Protocols", 200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
           422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        path, _, self.query = target.partition("?")
        self.path = urllib.parse.unquote(path)

    def values(self):
        """The query as a dictionary, the last value of each name."""
        return dict(urllib.parse.parse_qsl(self.query, keep_blank_values=True))

    def bearer(self):
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else None


class Answer:
    def __init__(self, status=200, body=b"", content_type="application/json", headers=None):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body, separators=(",", ":"))
        self.status, self.content_type, self.headers = status, content_type, dict(headers or {})
        self.body = body.encode() if isinstance(body, str) else body

    def head(self, length=None, keep=True):
        lines = ["HTTP/1.1 %d %s" % (self.status, REASONS.get(self.status, "Unknown")),
                 "Content-Type: " + self.content_type, "Content-Length: %d" % (len(self.body) if length is None else length),
                 "Connection: " + ("keep-alive" if keep else "close")]
        lines += ["%s: %s" % (k, v) for k, v in self.headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Fault:
    """One way to misbehave: kind, how many times (None: until cleared), and which paths."""

    def __init__(self, kind, times=None, match="", **params):
        self.kind, self.times, self.match, self.params = kind, times, match, params

    def get(self, name, otherwise):
        return self.params.get(name, otherwise)


class Faults:
    def __init__(self):
        self.waiting = {}

    def add(self, family, fault):
        self.waiting.setdefault(family, []).append(fault)

    def clear(self, family=None):
        for name in [family] if family else list(self.waiting):
            self.waiting.pop(name, None)

    def take(self, family, target):
        for fault in self.waiting.get(family, []):
            if fault.times == 0 or not re.search(fault.match, target):
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None


def reset(writer):
    """Ends the connection with a TCP reset."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_request(reader):
    """None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return None
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3:
        return None
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length") or 0)
    body = await reader.readexactly(length) if length else b""
    return Request(parts[0], parts[1], headers, body)


def status_answer(fault):
    code = fault.get("code", 500)
    headers = {}
    if fault.get("retry_after", None) is not None:
        headers["Retry-After"] = str(fault.get("retry_after", 1))
    body = fault.get("body", None)
    if body is None:
        body = "<h1>An error occurred</h1><pre>traceback</pre>" if code >= 500 else {"detail": REASONS.get(code, "error")}
    return Answer(code, body, "text/html" if isinstance(body, str) else "application/json", headers)


async def misbehave(fault, answer, writer, rng):
    """Sends the answer as the fault wants it. True: the connection may be used again."""
    kind, body = fault.kind, answer.body
    if kind == "slow":
        await asyncio.sleep(fault.get("delay_s", 1.0))
        writer.write(answer.head() + body)
        return True
    if kind == "drip":
        writer.write(answer.head())
        for i in range(0, len(body), max(1, len(body) // 20)):
            writer.write(body[i:i + max(1, len(body) // 20)])
            await asyncio.sleep(fault.get("delay_s", 1.0) / 20)
        return True
    if kind == "silent":
        await asyncio.sleep(fault.get("hold_s", 3600))
        return False
    if kind == "status":
        answer = status_answer(fault)
        writer.write(answer.head() + answer.body)
        return True
    if kind == "garbage":
        junk = Answer(200, rng.randbytes(fault.get("bytes", 300)), answer.content_type)
        writer.write(junk.head() + junk.body)
        return True
    if kind == "html":
        page = Answer(200, "<!doctype html><title>Sign in to the network</title>", "text/html")
        writer.write(page.head() + page.body)
        return True
    if kind == "cut_json":  # sound HTTP, but the document breaks off
        half = Answer(answer.status, body[:len(body) // 2], answer.content_type)
        writer.write(half.head() + half.body)
        return True
    if kind == "truncated":
        writer.write(answer.head(keep=False) + body[:len(body) // 2])
        return False
    if kind == "wrong_length":
        writer.write(answer.head(length=max(0, len(body) + fault.get("by", -3)), keep=False) + body)
        return False
    if kind == "reset":
        writer.write(answer.head() + body[:len(body) // 2])
        await asyncio.sleep(0.02)
        reset(writer)
        return False
    if kind == "bad_status_line":
        writer.write(b"\x00\x01NOT HTTP AT ALL\r\n\r\n")
        return False
    if kind == "huge":
        writer.write(answer.head(length=fault.get("bytes", 1 << 28)))
        for _ in range(fault.get("bytes", 1 << 28) >> 16):
            writer.write(b" " * 65536)
            await writer.drain()
        return False
    if kind == "redirect":
        moved = Answer(fault.get("code", 302), b"", headers={"Location": fault.get("to", "http://192.0.2.1/")})
        writer.write(moved.head())
        return True
    raise ValueError("no such fault: " + kind)


class Log:
    """What clients did: GET /control/log."""

    def __init__(self):
        self.start = time.monotonic()
        self.entries = []

    def add(self, **entry):
        entry["t_s"] = round(time.monotonic() - self.start, 4)
        self.entries.append(entry)


class WebSocket:
    """The server's end of one WebSocket."""

    GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    MAX_UNSENT = 64 << 20

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.open = True

    @staticmethod
    def wanted(request):
        return request.headers.get("upgrade", "").lower() == "websocket" and "sec-websocket-key" in request.headers

    def accept(self, request, headers=(), wrong=False):
        key = request.headers["sec-websocket-key"].encode() + (b"wrong" if wrong else b"")
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Accept: " + base64.b64encode(hashlib.sha1(key + self.GUID).digest()).decode(), *headers]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    @staticmethod
    def frame(payload, opcode=1, final=True):
        head = bytes([opcode | (0x80 if final else 0)])
        n = len(payload)
        if n < 126:
            head += bytes([n])
        elif n < 65536:
            head += b"\x7e" + struct.pack(">H", n)
        else:
            head += b"\x7f" + struct.pack(">Q", n)
        return head + payload

    def send(self, text, pieces=1):
        """pieces: the message goes in so many fragments."""
        if not self.open:
            return
        data = text.encode() if isinstance(text, str) else text
        step = max(1, -(-len(data) // pieces))
        parts = [data[i:i + step] for i in range(0, len(data), step)] or [b""]
        for i, part in enumerate(parts):
            self.writer.write(self.frame(part, 0 if i else 1, i == len(parts) - 1))
        if self.writer.transport.get_write_buffer_size() > self.MAX_UNSENT:
            self.reset()

    def send_raw(self, data):
        if self.open:
            self.writer.write(data)

    async def read(self):
        """(opcode, payload) of one frame; None at the end."""
        try:
            a, b = await self.reader.readexactly(2)
            n = b & 0x7F
            if n == 126:
                n = struct.unpack(">H", await self.reader.readexactly(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", await self.reader.readexactly(8))[0]
            mask = await self.reader.readexactly(4) if b & 0x80 else b"\0\0\0\0"
            data = await self.reader.readexactly(min(n, 1 << 24))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return a & 0x0F, bytes(c ^ mask[i & 3] for i, c in enumerate(data))

    def close(self, code=1000, reason=b""):
        if self.open:
            self.open = False
            self.writer.write(self.frame(struct.pack(">H", code) + reason, 8))
            self.writer.close()

    def drop(self):
        """The end without a word: FIN."""
        if self.open:
            self.open = False
            self.writer.close()

    def reset(self):
        if self.open:
            self.open = False
            reset(self.writer)

    def reset_in_frame(self):
        """The beginning of a frame, then a reset."""
        if self.open:
            self.writer.write(self.frame(b'{"type":1,"target":"feed","arguments":["TimingData",' + b" " * 500)[:60])
            self.reset()


class WebServer:
    """Routes by the beginning of the path. A route is (prefix, family, function): await function(request) -> Answer, or for a
    WebSocket await function(request, reader, writer) -> None."""

    def __init__(self, seed=1):
        self.routes, self.sockets = [], []
        self.faults, self.log = Faults(), Log()
        self.rng = random.Random(seed)
        self.servers = []
        self.tasks = set()

    def route(self, prefix, family, function):
        self.routes.append((prefix, family, function))
        self.routes.sort(key=lambda r: -len(r[0]))

    def route_socket(self, path, family, function):
        self.sockets.append((path, family, function))

    async def listen(self, port=0, tls=None):
        """One more port on which everything is served; its number."""
        server = await asyncio.start_server(self._client, "127.0.0.1", port, ssl=tls, limit=MAX_HEAD)
        self.servers.append(server)
        return server.sockets[0].getsockname()[1]

    async def close(self):
        for server in self.servers:
            server.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _client(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            while await self._one(reader, writer):
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, TimeoutError):
            pass
        finally:
            self.tasks.discard(task)
            writer.close()

    def _find(self, table, path):
        return next(((family, function) for prefix, family, function in table if path.startswith(prefix)), (None, None))

    async def _one(self, reader, writer):
        request = await read_request(reader)
        if request is None:
            return False
        is_socket = WebSocket.wanted(request)
        family, function = self._find(self.sockets if is_socket else self.routes, request.path)
        fault = self.faults.take(family, request.target)
        entry = {"method": request.method, "target": request.target, "family": family, "fault": fault.kind if fault else None,
                 "token": request.bearer() is not None, "cookie": request.headers.get("cookie", ""),
                 "user_agent": request.headers.get("user-agent", "")}
        if family == "control":
            answer = await function(request)
            writer.write(answer.head() + answer.body)
            return True
        if function is None:
            answer = Answer(404, {"detail": "Not Found"})
        elif is_socket and (fault is None or fault.kind in ("slow", "wrong_accept")):
            if fault is not None and fault.kind == "slow":
                await asyncio.sleep(fault.get("delay_s", 1.0))
            self.log.add(status=101, **entry)
            await function(request, reader, writer, fault)
            return False
        else:
            answer = Answer(502) if is_socket else await function(request)
        if fault is None:
            self.log.add(status=answer.status, **entry)
            writer.write(answer.head() + (b"" if request.method == "HEAD" else answer.body))
            return True
        self.log.add(status=fault.get("code", 0) if fault.kind == "status" else answer.status, **entry)
        again = await misbehave(fault, answer, writer, self.rng)
        if again or writer.transport.is_closing():
            return again
        await writer.drain()
        return False

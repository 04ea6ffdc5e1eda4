"""The live-timing hub: SignalR Core over WebSocket, with every way of failing that clients have met."""
import asyncio
import json
import random
import secrets
import time
import urllib.parse

import feed
import merge
from web import Answer, WebSocket

END = "\x1e"


class Connection:
    def __init__(self, ws, trusted):
        self.ws, self.trusted = ws, trusted
        self.topics = set()
        self.opened, self.subscribed = time.monotonic(), None
        self.pinged = self.opened
        self.mute = False
        self.sent = 0


class Hub:
    """Negotiates, sends snapshots, and plays the programme to all subscribers."""

    def __init__(self, web, clock, programme, token=None, seed=1):
        self.web, self.clock, self.programme = web, clock, programme
        self.token = token               # what is accepted; None = any
        self.rng = random.Random(seed)
        self.ids = {}                    # connection token -> in use
        self.connections = []
        self.state, self.session, self.at = merge.State(), None, 0
        self.pending = []                # messages of the programme that are not yet out
        self.published = []              # (utc_ms, topic, data) since the beginning, the initial states too
        self.changed = asyncio.Event()
        self.lifetime_s = None           # the "two-hour cut"
        self.skew_ms, self.duplicate, self.reorder, self.fragments = 0, 0.0, 0.0, 1
        self.handshake_error = self.subscribe_error = None
        self.held = None
        self.heartbeats, self.ping_s = True, 10.0
        self.counts = {"negotiated": 0, "subscribed": 0, "cuts": 0, "sent": 0, "pings": 0}
        web.route("/signalrcore/negotiate", "negotiate", self.negotiate)
        web.route_socket("/signalrcore", "socket", self.serve)
        self.load(programme)

    def load(self, programme):
        self.programme = programme
        self.pending = [(t, s, topic, data) for s in programme.sessions for t, topic, data in s.messages]
        self.pending.sort(key=lambda m: m[0])
        self.at = 0
        first = programme.sessions[0]
        while self.at < len(self.pending) and self.pending[self.at][0] <= first.begin_ms:
            self._publish(self.pending[self.at])
            self.at += 1
        self.changed.set()

    def extend(self, session):
        """The session takes the place of what is still to come."""
        del self.pending[self.at:]
        self.pending += [(t, session, topic, data) for t, topic, data in session.messages]
        self.changed.set()

    # ---- negotiation

    def _refuses(self, request):
        bearer = request.bearer()
        return bearer is not None and self.token is not None and bearer != self.token

    async def negotiate(self, request):
        if request.method == "OPTIONS":
            return Answer(200, b"", headers={"Set-Cookie": "AWSALBCORS=node%d; Path=/; Secure" % self.rng.randrange(10)})
        if request.method != "POST":
            return Answer(405, {"error": "method"})
        if self._refuses(request):
            return Answer(401, b"")
        self.counts["negotiated"] += 1
        name = secrets.token_urlsafe(16) + "+/="
        self.ids[name] = False
        transports = [{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]},
                      {"transport": "ServerSentEvents", "transferFormats": ["Text"]}]
        answer = {"negotiateVersion": 1, "connectionId": secrets.token_urlsafe(16), "connectionToken": name,
                  "availableTransports": transports}
        if request.values().get("negotiateVersion", "0") == "0":
            answer.update(negotiateVersion=0, connectionId=name)
            del answer["connectionToken"]
        return Answer(200, answer)

    # ---- one connection

    async def serve(self, request, reader, writer, fault):
        name = urllib.parse.parse_qs(request.query).get("id", [""])[0]
        refusal = 401 if self._refuses(request) else 404 if name not in self.ids else 409 if self.ids[name] else 0
        if refusal:
            answer = Answer(refusal, b"")
            writer.write(answer.head(keep=False))
            return
        self.ids[name] = True
        ws = WebSocket(reader, writer)
        ws.accept(request, wrong=fault is not None and fault.kind == "wrong_accept")
        connection = Connection(ws, request.bearer() is not None)
        self.connections.append(connection)
        pings = asyncio.create_task(self._keep(connection))
        try:
            await self._converse(connection)
        finally:
            pings.cancel()
            ws.drop()
            self.connections.remove(connection)
            del self.ids[name]

    async def _keep(self, connection):
        while connection.ws.open:
            await asyncio.sleep(0.05)
            now = time.monotonic()
            if self.lifetime_s is not None and now - connection.opened > self.lifetime_s:
                self.cut(connection, "frame")
            elif not connection.mute and connection.subscribed is not None and now - connection.pinged > self.ping_s:
                connection.pinged = now
                self.counts["pings"] += 1
                connection.ws.send('{"type":6}' + END)

    async def _converse(self, connection):
        ws, text, shaken = connection.ws, "", False
        while ws.open:
            frame = await ws.read()
            if frame is None:
                return
            opcode, data = frame
            if opcode == 8:
                return ws.close()
            if opcode == 9:
                ws.send_raw(WebSocket.frame(data, 10))
            if opcode not in (0, 1, 2):
                continue
            text += data.decode(errors="replace")
            *records, text = text.split(END)
            for record in records:
                try:
                    message = json.loads(record)
                except ValueError:
                    return ws.close(1003, b"not JSON")
                if not shaken:
                    shaken = self._shake(ws, message)
                    if not shaken:
                        return ws.close()
                elif message.get("type") == 1 and message.get("target") == "Subscribe":
                    self._subscribe(connection, message)

    def _shake(self, ws, message):
        if self.handshake_error or message.get("protocol") != "json" or message.get("version") != 1:
            ws.send(json.dumps({"error": self.handshake_error or "The protocol is not supported."}) + END)
            return False
        ws.send("{}" + END)
        return True

    def _subscribe(self, connection, message):
        answer = {"type": 3, "invocationId": message.get("invocationId")}
        names = message["arguments"][0]
        if self.subscribe_error:
            answer["error"] = self.subscribe_error
            connection.ws.send(json.dumps(answer) + END)
            return
        connection.topics = {n for n in names if connection.trusted or n not in feed.TOKEN}
        answer["result"] = self.state.snapshot(sorted(connection.topics))
        connection.subscribed = time.monotonic()
        self.counts["subscribed"] += 1
        self.web.log.add(family="hub", event="subscribed", published=len(self.published), topics=sorted(connection.topics),
                         connections=len(self.connections))
        if not connection.mute:
            connection.ws.send(json.dumps(answer, separators=(",", ":")) + END, self.fragments)

    # ---- the feed

    def stamp(self, utc_ms):
        return feed.utc(utc_ms + self.skew_ms)

    def record(self, utc_ms, topic, data):
        return json.dumps({"type": 1, "target": "feed", "arguments": [topic, data, self.stamp(utc_ms)]}, separators=(",", ":")) + END

    def _publish(self, message):
        utc_ms, session, topic, data = message
        if session is not self.session:
            self.state, self.session = merge.State(), session
        self.state.apply(topic, data)
        self.published.append((utc_ms, topic, data))

    def _due(self):
        now, batch = self.clock.now_ms(), []
        while self.at < len(self.pending) and self.pending[self.at][0] <= now:
            message = self.pending[self.at]
            self.at += 1
            self._publish(message)
            batch.append((message[0], message[2], message[3]))
        return batch

    async def play(self):
        """Sends what is due, for ever."""
        while True:
            batch = self._due()
            if batch:
                self.broadcast(batch)
            wait = self.clock.seconds_until(self.pending[self.at][0]) if self.at < len(self.pending) else None
            self.changed.clear()
            try:
                # Not finer than a few milliseconds: several messages then go in one frame, as they do on the real wire.
                await asyncio.wait_for(self.changed.wait(), None if wait is None else max(wait, 0.004))
            except asyncio.TimeoutError:
                pass

    def _mangle(self, batch):
        """Messages doubled; some held back until after the next one of another topic."""
        out = []
        for message in batch:
            held, self.held = self.held, None
            if held is not None and held[1] == message[1]:
                out.append(held)
                held = None
            if held is None and self.rng.random() < self.reorder:
                self.held = message
                continue
            out += [message] * (2 if self.rng.random() < self.duplicate else 1)
            out += [held] if held is not None else []
        if self.at >= len(self.pending) and self.held is not None:
            out.append(self.held)
            self.held = None
        return out

    def broadcast(self, batch):
        if not self.heartbeats:
            batch = [m for m in batch if m[1] != "Heartbeat"]
        if self.duplicate or self.reorder or self.held:
            batch = self._mangle(batch)
        records = [(topic, self.record(t, topic, data)) for t, topic, data in batch]
        for connection in list(self.connections):
            if connection.subscribed is None or connection.mute:
                continue
            mine = [text for topic, text in records if topic in connection.topics]
            for i in range(0, len(mine), 8):
                connection.ws.send("".join(mine[i:i + 8]), self.fragments)
            connection.sent += len(mine)
            self.counts["sent"] += len(mine)

    # ---- trouble

    HOWS = ("frame", "drop", "close", "away")

    def cut(self, connection, how="frame"):
        ws = connection.ws
        if how == "any":
            how = self.rng.choice(self.HOWS)
        self.counts["cuts"] += 1
        self.web.log.add(family="hub", event="cut", how=how, connections=len(self.connections))
        if how == "frame":
            ws.reset_in_frame()
        elif how == "drop":
            ws.drop()
        elif how == "close":
            ws.send('{"type":7,"error":"Connection closed with an error.","allowReconnect":true}' + END)
            ws.close()
        elif how == "away":
            ws.close(1001, b"going away")
        elif how == "reset":
            ws.reset()
        else:
            raise ValueError("no such cut: " + how)

    async def cut_often(self, times, keep, gap_s, settled_s, how, seed):
        """Cuts a random connection `times` times, but only while `keep` more of them are sound: subscribed for settled_s."""
        rng = random.Random(seed)
        for _ in range(times):
            await asyncio.sleep(rng.uniform(*gap_s))
            while True:
                now = time.monotonic()
                sound = [c for c in self.connections if c.subscribed is not None and c.ws.open and now - c.subscribed > settled_s]
                if len(sound) > keep:
                    break
                await asyncio.sleep(0.01)
            self.cut(rng.choice(sound), how)

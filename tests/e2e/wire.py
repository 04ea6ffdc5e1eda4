"""A wire between the browser and the daemon that can be cut: everything that goes through it is passed on as it is."""
import selectors
import socket
import threading


class Wire:
    """Serves on `port`, leads to `to`. cut(): every connection breaks and nobody gets through; mend(): new ones do again."""

    def __init__(self, to):
        self.to = to
        self.pairs = []
        self.whole = True
        self.lock = threading.Lock()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            with self.lock:
                try:
                    far = socket.create_connection(("127.0.0.1", self.to)) if self.whole else None
                except OSError:
                    far = None
                if far is None:
                    near.close()
                    continue
                self.pairs.append((near, far))
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near, far):
        try:
            with selectors.DefaultSelector() as waiting:
                waiting.register(near, selectors.EVENT_READ, far)
                waiting.register(far, selectors.EVENT_READ, near)
                while True:
                    for key, _ in waiting.select():
                        data = key.fileobj.recv(1 << 16)
                        if not data:
                            return
                        key.data.sendall(data)
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.pairs = [pair for pair in self.pairs if pair[0] is not near]
            for end in (near, far):
                end.close()

    def cut(self):
        with self.lock:
            self.whole = False
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # it was gone already

    def mend(self):
        with self.lock:
            self.whole = True

    def close(self):
        self.server.close()
        self.cut()

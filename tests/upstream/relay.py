"""Stands between a client and a server on loopback and passes bytes on: late, not at all, or up to the middle of a frame."""
import socket
import struct
import threading
import time

CHUNK = 16384


class Relay:
    """delay_s: how much later everything arrives; silent: nothing arrives any more, and nobody is told."""

    def __init__(self, port):
        self.target = port
        self.delay_s, self.silent, self.cut_next = 0.0, False, False
        self.cuts, self.stopped = 0, False
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.stopped = True
        for s in [self.listener, *self.sockets]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def cut_in_frame(self):
        """The next bytes from the server end in their middle, with a reset."""
        self.cut_next = True

    def _accept(self):
        while not self.stopped:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                continue
            far.settimeout(None)
            self.sockets += [near, far]
            threading.Thread(target=self._pass_on, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(far, near, True), daemon=True).start()

    def _pass_on(self, source, sink, from_server):
        try:
            while True:
                data = source.recv(CHUNK)
                if not data:
                    break
                time.sleep(self.delay_s)
                if self.silent:
                    continue
                if self.cut_next and from_server and len(data) > 20:
                    self.cut_next = False
                    sink.sendall(data[:len(data) // 2])
                    time.sleep(0.05)
                    sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.cuts += 1
                    break
                sink.sendall(data)
        except OSError:
            pass
        for s in (source, sink):
            s.close()

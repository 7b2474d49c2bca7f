"""A small HTTP/2 client on the `h2` library: one connection, as many streams as one likes, nothing hidden."""

import collections
import json
import socket
import time

import h2.config
import h2.connection
import h2.events

Answer = collections.namedtuple("Answer", "status headers body trailers reset")


class Client:
    """Reads until a condition holds; what came for other streams meanwhile is kept."""

    def __init__(self, port, timeout=20, acknowledge=True, initial_settings=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.timeout = timeout
        # Whether the client gives its windows back by itself.
        self.acknowledge = acknowledge
        config = h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        if initial_settings:
            self.h2.update_settings(initial_settings)
        self.heads, self.bodies = {}, collections.defaultdict(bytes)
        self.trailers, self.resets, self.ended = {}, {}, set()
        self.order = []
        self.goaways = []
        self.is_closed = False
        self.flush()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.socket.sendall(data)

    def send(self, method, path, body=None, headers=(), end=True):
        """Begins a request; returns its stream."""
        stream = self.h2.get_next_available_stream_id()
        fields = [(":method", method), (":scheme", "http"), (":authority", "test"), (":path", path), *headers]
        self.h2.send_headers(stream, fields, end_stream=body is None and end)
        self.flush()
        if body is not None:
            self.send_body(stream, body, end)
        return stream

    def send_body(self, stream, body, end=True):
        """As the server's windows allow."""
        view = memoryview(body)
        while view:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(view))
            if room == 0:
                assert stream not in self.resets and not self.is_closed, self.resets
                self.read_once()
                continue
            self.h2.send_data(stream, bytes(view[:room]), end_stream=end and room == len(view))
            view = view[room:]
            self.flush()
        if end and not len(body):
            self.h2.end_stream(stream)
            self.flush()

    def read_once(self):
        data = self.socket.recv(1 << 20)
        if not data:
            self.is_closed = True
            return
        for event in self.h2.receive_data(data):
            self.take(event)
        self.flush()

    def take(self, event):
        if isinstance(event, (h2.events.ResponseReceived,)):
            self.heads[event.stream_id] = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            if self.acknowledge and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            self.trailers[event.stream_id] = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended.add(event.stream_id)
            self.order.append(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.resets[event.stream_id] = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaways.append((event.last_stream_id, event.error_code))

    def read_until(self, condition):
        deadline = time.monotonic() + self.timeout
        while not condition():
            assert time.monotonic() < deadline, "nothing came in time"
            if self.is_closed:
                break
            self.read_once()

    def answer(self, stream):
        self.read_until(lambda: stream in self.ended or stream in self.resets)
        head = self.heads.get(stream, {})
        return Answer(int(head.get(":status", 0)), head, self.bodies[stream], self.trailers.get(stream, {}),
                      self.resets.get(stream))

    def get(self, path, **more):
        return self.answer(self.send("GET", path, **more))

    def post(self, path, body, headers=()):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.answer(self.send("POST", path, body, headers))

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

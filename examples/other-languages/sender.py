#!/usr/bin/env python3
"""An event from Python without a library: sender.py CONTEXT NAME. The format is told in upto/WIRE.md.

You should see an event of a tenth of a second: upto show CONTEXT
"""
import os, socket, struct, sys, time, urllib.parse

def text(value):
    data = value.encode()
    return b"\xda" + struct.pack(">H", len(data)) + data

def message(context, name, kind, event):
    pairs = [("context", text(context)), ("name", text(name)), ("type", bytes([kind])),
             ("time", b"\xd3" + struct.pack(">q", time.time_ns())), ("id", b"\xcf" + struct.pack(">Q", event))]
    return bytes([0x80 + len(pairs)]) + b"".join(text(key) + value for key, value in pairs)

server = urllib.parse.urlsplit("//" + (os.environ.get("UPTO_SERVER") or "127.0.0.1"))  # host, host:port, [::1]:port
family, *_, address = socket.getaddrinfo(server.hostname, server.port or 8123, type=socket.SOCK_DGRAM)[0]
context, name, event = sys.argv[1], sys.argv[2], os.getpid()
sender = socket.socket(family, socket.SOCK_DGRAM)
sender.sendto(message(context, name, 0, event), address)
time.sleep(0.1)  # the work
sender.sendto(message(context, name, 1, event), address)

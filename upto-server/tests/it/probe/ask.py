"""Asks a server for probes, with the published files and Google's own gRPC: ask.py PROTO_FOLDER HOST:PORT CLUSTER."""

import json
import sys
import tempfile

import grpc
from grpc_tools import protoc

folder, address, cluster = sys.argv[1:]
generated = tempfile.mkdtemp()
files = ["dbmon.proto", "upto/v1/probes.proto"]
options = [f"--proto_path={folder}", f"--python_out={generated}", f"--grpc_python_out={generated}"]
assert protoc.main(["protoc", *options, *files]) == 0
sys.path.insert(0, generated)

import dbmon_pb2
import dbmon_pb2_grpc
from upto.v1 import probes_pb2, probes_pb2_grpc

channel = grpc.insecure_channel(address)
probes = probes_pb2_grpc.ProbesStub(channel)
pulled = probes.Pull(probes_pb2.PullRequest(cluster=cluster, limit=2), timeout=10)
watched = []
for reply in probes.Watch(probes_pb2.WatchRequest(), timeout=10):
    watched.extend(probe.number for probe in reply.probes)
    if len(watched) >= 3:
        break
command = probes.Command(probes_pb2.CommandRequest(cluster=cluster, command="health"), timeout=10)

dbmon = dbmon_pb2_grpc.HealCheckStub(channel)
taken = dbmon.Pull(dbmon_pb2.PullRequest(clusterId=cluster, nbProbes=2), timeout=10)
try:
    dbmon.Pull(dbmon_pb2.PullRequest(clusterId="nobody"), timeout=10)
    refused = None
except grpc.RpcError as error:
    refused = [error.code().name, error.details()]

print(json.dumps({
    "pulled": [probe.number for probe in pulled.probes],
    "figure": pulled.probes[1].figures["count"],
    "state": probes_pb2.State.Name(pulled.probes[0].state),
    "watched": watched[:3],
    "health": json.loads(command.output)["state"],
    "taken": [[probe.clusterID, probe.status, json.loads(probe.data)] for probe in taken.probes],
    "refused": refused,
}))

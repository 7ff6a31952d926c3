"""Sends a trace by an official exporter: send.py http|grpc ENDPOINT."""

import sys

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

protocol, endpoint = sys.argv[1:]
if protocol == "http":
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=endpoint + "/v1/traces", compression=Compression.Gzip)
else:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=True)

provider = TracerProvider(resource=Resource({"service.name": "shop", "host.name": "web-1", "region": "north"}))
provider.add_span_processor(SimpleSpanProcessor(exporter))
tracer = provider.get_tracer("lib", "1.2")
with tracer.start_as_current_span("checkout v1.2", kind=SpanKind.SERVER) as checkout:
    checkout.set_attribute("items", 3)
    checkout.set_attribute("tags", ["a", "b"])
    checkout.add_event("paid", {"euros": 1.5})
    link = [Link(checkout.get_span_context())]
    with tracer.start_as_current_span("pay", links=link) as pay:
        pay.set_status(Status(StatusCode.ERROR, "no money"))
provider.shutdown()

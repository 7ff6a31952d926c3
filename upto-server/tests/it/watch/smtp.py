"""A mail server for tests: tells its port, then each mail that it got as a line of JSON.

smtp.py PORT [tls|starttls CERTIFICATE KEY]: with TLS from the beginning or from STARTTLS on, for who logs in as me with
the password secret.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": mail["subject"],
            "id": mail["message-id"],
            "text": mail.get_content(),
            "login": session.auth_data.login.decode() if session.authenticated else None,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
        }
        print(json.dumps(told), flush=True)
        return "250 OK"


def lets_in(server, session, envelope, mechanism, told):
    is_known = (told.login, told.password) == (b"me", b"secret")
    return AuthResult(success=is_known, handled=False, auth_data=told)


def settings(mode, certificate, key):
    """Of the listener, and of the protocol."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    login = {"authenticator": lets_in, "auth_required": True}
    if mode == "tls":
        # It knows only of the TLS that it began itself.
        return {"ssl": context}, {"auth_require_tls": False, **login}
    return {}, {"tls_context": context, "require_starttls": True, **login}


async def main():
    logging.disable()
    warnings.simplefilter("ignore")
    listener, protocol = settings(*sys.argv[2:]) if sys.argv[2:] else ({}, {})
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), **protocol), "127.0.0.1", int(sys.argv[1]), **listener)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())

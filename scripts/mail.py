"""A strict mail server for tests: takes mails, reads them with Python's own parser, and prints each as a line of JSON.

Recipients choose what happens: `busy…` is told to come back once, `refused…` never has a mailbox, of `lost…` the first mail is
taken and its answer lost. Who does not sign in as ann / secret-ann gets nowhere. The first line says where it listens.
"""
import asyncio, collections, email, json, signal, sys
from email import policy

from aiosmtpd.smtp import SMTP, AuthResult

STRICT = policy.default.clone(raise_on_defect=True)


class Handler:
    tries = collections.Counter()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tries[address] += 1
        if address.startswith("refused"):
            return "550 5.1.1 there is no such mailbox"
        if address.startswith("busy") and self.tries[address] == 1:
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=STRICT)
        part = lambda kind: mail.get_body((kind,)).get_content()
        files = {file.get_filename(): file.get_content() for file in mail.iter_attachments()}
        seen = {"from": mail["from"], "to": mail["to"], "reply_to": mail["reply-to"], "subject": mail["subject"], "date": mail["date"],
                "message_id": mail["message-id"], "text": part("plain"), "html": part("html"), "files": files,
                "envelope": [envelope.mail_from, *envelope.rcpt_tos]}
        print(json.dumps(seen), flush=True)
        to = envelope.rcpt_tos[0]
        if to.startswith("lost") and self.tries[to] == 1:
            server.transport.abort()
        return "250 2.0.0 taken"


def known(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"ann", b"secret-ann"))


async def main(port):
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(Handler(), hostname="localhost", authenticator=known, auth_required=True, auth_require_tls=False)
    server = await loop.create_server(make, "127.0.0.1", port)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    # It ends with whoever started it, however that ends.
    await loop.run_in_executor(None, sys.stdin.read)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))

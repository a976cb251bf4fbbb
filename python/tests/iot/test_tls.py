"""TLS between nodes: certificates as files and texts, both sides checked, every mistake told."""

import os
import pathlib
import subprocess
import sys

import pytest

import exdb
from exdb import IoT, SSLOptions, SSLVerifyMode
from exdb._capi import lib

A, O = exdb.ArgumentException, exdb.OperationalError  # noqa: E741
FILES = pathlib.Path(__file__).parents[3] / "tests" / "tls"
PEER = SSLVerifyMode.VerifyPeer
BOTH = SSLVerifyMode.VerifyPeer | SSLVerifyMode.VerifyFailIfNoPeerCert
HERE = "127.0.0.1:0"


def own(name, **more):
    """Parameters with a certificate of the tests."""
    return {"certificate_file": FILES / f"{name}.pem", "private_key_file": FILES / f"{name}.key", **more}


@pytest.fixture(autouse=True)
def trusted():
    """The authority of the tests is trusted by the process."""
    exdb.ssl_init()
    exdb.ssl_load_verify_locations(FILES / "ca.pem")
    yield
    lib.mco_ssl_cleanup()


@pytest.fixture
def listening(make):
    """A server that listens with these parameters, and its address."""

    def listen(ssl_params, **options):
        server = make("server", ssl_params=ssl_params, **options)
        return server, server.listen()

    return listen


def travels(server, device, key=7):
    device.add("Sensor", key)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
    assert (key, key / 2) in server.rows("Sensor", "id", "value")


def test_both_sides_are_checked(make, listening):
    server, address = listening(own("server", verify_mode=BOTH))
    device = make("device 1000", ssl_params=own("client", verify_mode=PEER))
    device.repl.connect(address, None)
    travels(server, device)
    assert exdb.get_net_capabilities() & 1


def test_between_processes(listening):
    server, address = listening(own("server", verify_mode=BOTH))
    program = f"""
import exdb
exdb.init_runtime(iot=True)
exdb.ssl_init()
exdb.ssl_load_verify_locations({os.fsencode(FILES)!r} + b"/ca.pem")
text = "declare database node; declare auto_oid[100]; iot device 1000; uptable class Sensor {{ unsigned<4> id; double value; tree<id> idx; }};"
with exdb.open_database("device", exdb.load_dictionary(text)) as db, db.connect() as con:
    con.startTransaction()
    con.new("Sensor").id = 7
    con.commit()
    with exdb.IoTReplicator(con) as repl:
        repl.connect({address!r}, None, ssl_params=dict(certificate_file={str(FILES / "client.pem")!r}, private_key_file={str(FILES / "client.key")!r}, verify_mode=1))
        repl.sync(exdb.IoT.SERVER_AGENT_ID, exdb.IoT.SYNC_PUSH | exdb.IoT.SYNC_WAIT)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert server.rows("Sensor", "id") == [(7,)]


@pytest.mark.parametrize("form", [str, os.fsencode, pathlib.Path])
def test_files_and_texts_in_every_form(make, listening, form):
    server, address = listening({name: form(value) for name, value in own("server").items()}, compression_level=1)
    read = pathlib.Path.read_bytes if form is os.fsencode else pathlib.Path.read_text
    device = make("device 1000")
    device.repl.connect(address, None, ssl_params={"certificate": read(FILES / "client.pem"), "private_key": read(FILES / "client.key"), "verify_mode": PEER})
    travels(server, device)


def test_tls_beside_plain(make):
    server = make("server", ssl_params=own("server"))
    secure, plain = f"127.0.0.1:{server.comm.listen(HERE)}", f"127.0.0.2:{server.comm.listen('127.0.0.2:0', ssl_params=False)}"
    for agent, address, params in ((1000, secure, {}), (1001, plain, None), (1002, plain, False)):
        device = make(f"device {agent}")
        device.repl.connect(address, None, ssl_params=params)
        travels(server, device, agent)
    always = make("device 1003", ssl_params={"verify_mode": PEER, "options": SSLOptions.NO_TLSV1_2})
    always.repl.connect(secure, None, sock_domain=exdb.SockDomain.InetV4Domain)
    travels(server, always)
    for address, params, says in ((plain, {}, "is the peer a plain one"), (secure, False, "the peer speaks TLS")):
        device = make("device 1004", agent_id=1004)
        with pytest.raises(O, match=says):
            device.repl.connect(address, 5000, ssl_params=params)
    travels(server, always, 8)


def test_a_connector_in_the_background(make, listening):
    server, address = listening(own("server", verify_mode=BOTH))
    device = make("device 1000")
    device.comm.connect(address, ssl_params=own("client", verify_mode=PEER))
    device.record.wait_for("on_connect")
    travels(server, device)
    failed = make("device 1001")
    failed.comm.on_destroy = failed.record.on("refused", look=lambda connection: connection.error)
    failed.comm.connect(address, interval=10, ssl_params=own("stranger"))
    failed.record.wait_for("refused")
    told = next(event[1] for event in failed.record.events if event[0] == "refused")
    assert told["last_error"] == lib.MCO_E_NW_HANDSHAKE and "refused our certificate" in told["errmsg"]


@pytest.mark.parametrize(
    "at_server, at_device, says",
    [
        (own("expired"), {"verify_mode": PEER}, "expired"),
        (own("early"), {"verify_mode": PEER}, "not valid yet"),
        (own("stranger"), {"verify_mode": PEER}, "CA"),
        (own("elsewhere"), {"verify_mode": PEER}, "another name"),
        (own("client"), {"verify_mode": PEER}, "another purpose|another name"),
        (own("deep"), {"verify_mode": PEER, "verify_depth": 0}, "verify_depth"),
        (own("server"), {"verify_mode": PEER, "max_cert_list": 10}, "max_cert_list"),
        (own("server", verify_mode=BOTH), {"verify_mode": PEER}, "wants a certificate from us"),
        (own("server", verify_mode=BOTH), own("stranger"), "refused our certificate"),
        (own("server", options=SSLOptions.NO_TLSV1_2), {"cipher_list": "ECDHE-ECDSA-AES128-GCM-SHA256"}, None),
        (own("server", verify_mode=PEER), {}, None),
        (own("expired"), {}, None),
    ],
)
def test_who_is_refused(make, listening, at_server, at_device, says):
    server, address = listening(at_server)
    device = make("device 1000")
    if says is None:
        device.repl.connect(address, None, ssl_params=at_device)
        return travels(server, device)
    with pytest.raises(O, match=says) as refused:
        device.repl.connect(address, None, ssl_params=at_device)
    assert refused.value.code == lib.MCO_E_NW_HANDSHAKE
    assert not server.comm.connections()


PEM = (FILES / "server.pem").read_text()
WRONG = [
    ({}, "listening needs a certificate and its private_key"),
    ({"certificate_file": "absent.pem"}, "absent.pem"),
    ({"certificate": PEM}, "private_key"),
    ({"certificate": PEM, "private_key": PEM}, "no private key"),
    ({"certificate": "nothing"}, "no certificate"),
    (own("server", private_key_file=FILES / "client.key"), "client.key.*not the one of the certificate"),
    (own("server", verify_mode=8), "verify_mode 8"),
    (own("server", cipher_list="NONE-OF-THEM"), "cipher_list"),
]


@pytest.mark.parametrize("params, says", WRONG)
def test_what_is_wrong_with_parameters(params, says):
    with exdb.IoTCommunicator() as comm, pytest.raises(O, match=f"(?s){says}") as wrong:
        comm.listen(HERE, ssl_params=params)
    assert wrong.value.code == lib.MCO_E_NW_INVALID_PARAMETER
    if params:
        with pytest.raises(O, match=f"(?s){says}"):
            exdb.IoTCommunicator(ssl_params=params)


@pytest.mark.parametrize(
    "params, says",
    [
        ("x", "a dict"),
        (True, "a dict"),
        ({"cert": "x"}, "no member 'cert'; it has certificate, certificate_file"),
        ({"certificate": 5}, "certificate of ssl_params is a str"),
        ({"certificate_file": 5}, "certificate_file of ssl_params is a path"),
        ({"certificate_file": "a\0b"}, "NUL"),
        ({"verify_mode": "x"}, "verify_mode"),
        ({"verify_depth": -1}, "verify_depth"),
        ({"options": 2**31}, "options"),
    ],
)
def test_what_are_no_parameters(make, params, says):
    device = make("device 1000")
    for call in (lambda: exdb.IoTCommunicator(ssl_params=params), lambda: device.comm.listen(HERE, ssl_params=params)):
        with pytest.raises(A, match=says):
            call()
    for connect in (device.repl.connect, device.comm.connect):
        with pytest.raises(A, match=says):
            connect("127.0.0.1:1", ssl_params=params)


def test_authorities(make, listening, tmp_path):
    for given in ((None,), (None, None)):
        with pytest.raises(exdb.ProgrammingError, match="ca_file"):
            exdb.ssl_load_verify_locations(*given)
    (tmp_path / "text").write_text("nothing")
    for given in ((tmp_path / "absent",), (tmp_path / "text",), (None, tmp_path), (None, tmp_path / "absent")):
        with pytest.raises(O, match=os.path.basename(str(given[-1]))):
            exdb.ssl_load_verify_locations(*given)
    for given in ((5,), (None, 5)):
        with pytest.raises(A, match="path"):
            exdb.ssl_load_verify_locations(*given)
    lib.mco_ssl_cleanup()
    server, address = listening(own("server"))
    device = make("device 1000", ssl_params={"verify_mode": PEER})
    with pytest.raises(O, match="no CA is loaded.*ssl_load_verify_locations"):
        device.repl.connect(address, None)
    (tmp_path / "ca.pem").write_bytes((FILES / "ca.pem").read_bytes())
    exdb.ssl_load_verify_locations(None, ca_path=str(tmp_path))
    device.repl.connect(address, None)
    travels(server, device)

"""Every mistake gives the documented exception, and a message that says what to do."""

import copy
import os
import pickle

import pytest

import exdb
from exdb import IoT

A, I, O, P, N = exdb.ArgumentException, exdb.InvalidOperationException, exdb.OperationalError, exdb.ProgrammingError, exdb.NotSupportedError  # noqa: E741

COMMUNICATOR = [
    ({"on_connect": 5}, A, "on_connect is a function"),
    ({"on_ack": "print"}, A, "two arguments"),
    ({"on_recieve": print, "on_receive": print}, A, "the same callback"),
    ({"n_callback_threads": -1}, A, "0 to 65535"),
    ({"n_callback_threads": "4"}, A, "n_callback_threads"),
    ({"sock_domain": 9}, A, "SockDomain"),
    ({"send_timeout": -1}, A, "milliseconds"),
    ({"recv_timeout": "soon"}, A, "milliseconds"),
    ({"listen_queue_size": -1}, A, "listen_queue_size"),
    ({"wakeup_port": 70_000}, A, "wakeup_port"),
    ({"compression_level": 10}, A, "compression_level .* -1 to 9"),
    ({"compression_level": None}, A, "compression_level .* -1 to 9"),
    ({"ssl_params": "x"}, A, "dict"),
    ({"ssl_params": {"cert": "x"}}, A, "certificate_file"),
    ({"ssl_params": {"certificate": 5}}, A, "certificate"),
    ({"ssl_params": {"verify_mode": "x"}}, A, "verify_mode"),
]


@pytest.mark.parametrize("options, kind, says", COMMUNICATOR)
def test_making_a_communicator(options, kind, says):
    with pytest.raises(kind, match=says):
        exdb.IoTCommunicator(**options)


def test_a_certificate_that_is_not_there_is_named():
    with pytest.raises(O, match="x.pem"):
        exdb.IoTCommunicator(ssl_params={"certificate_file": "x.pem", "verify_mode": exdb.SSLVerifyMode.VerifyPeer})


def test_an_unknown_keyword_is_a_type_error():
    with pytest.raises(TypeError):
        exdb.IoTCommunicator(on_conect=print)


@pytest.mark.parametrize("name", ["on_connect", "on_recieve", "on_receive", "on_ack", "on_disconnect", "on_destroy"])
def test_assigning_what_is_no_function(name):
    with exdb.IoTCommunicator() as comm, pytest.raises(A, match="function"):
        setattr(comm, name, 5)


def test_a_misspelt_attribute():
    with exdb.IoTCommunicator() as comm, pytest.raises(AttributeError):
        comm.on_conect = print


def test_nothing_can_be_copied(pair):
    for each in (pair[1].comm, pair[1].repl, pair[1].repl.connections()[0]):
        for make in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="neither be copied nor pickled"):
                make(each)
    pair[1].repl.sync(1, IoT.SYNC_PULL | IoT.SYNC_WAIT)


def test_a_callback_for_a_stopped_communicator():
    with exdb.IoTCommunicator() as comm:
        comm.stop()
        comm.on_ack, comm.on_connect = print, repr
        assert (comm.on_ack, comm.on_connect) == (print, repr)


CALLS = [
    (lambda node: node.comm.listen(15000), A, "'15000'"),
    (lambda node: node.comm.listen("nowhere"), O, None),
    (lambda node: node.comm.listen("127.0.0.1:0", sock_domain="inet"), A, "SockDomain"),
    (lambda node: node.comm.listen("127.0.0.1:0", ssl_params={}), O, "needs a certificate"),
    (lambda node: node.comm.listen("127.0.0.1:0", sock_domain=exdb.SockDomain.SDPDomain), N, "SDP"),
    (lambda node: node.repl.connect("127.0.0.1:1", ssl_params={"verify_mode": exdb.SSLVerifyMode.VerifyPeer}), O, "no CA is loaded"),
    (lambda node: (node.comm.listen("127.0.0.1:0"), node.comm.listen("127.0.0.1:0")), O, None),
    (lambda node: node.comm.connect("127.0.0.1:0"), O, None),
    (lambda node: node.comm.connect("127.0.0.1:1", n_attempts=-1), A, "n_attempts"),
    (lambda node: node.comm.connect("127.0.0.1:1", interval=-1), A, "interval"),
    (lambda node: [node.comm.connect("127.0.0.1:1") for _ in range(2)], P, None),
    (lambda node: node.comm.find("1"), A, "agent id"),
    (lambda node: node.comm.stop_listen(None), A, "str"),
    (lambda node: node.repl.connect(None), A, "str"),
    (lambda node: node.repl.connect("127.0.0.1:1", -5), A, "timeout"),
    (lambda node: node.repl.connect("127.0.0.1:x"), O, None),
    (lambda node: node.repl.connect("127.0.0.1:1"), O, None),
    (lambda node: node.repl.sync("server", IoT.SYNC_PUSH), A, "agent id"),
    (lambda node: node.repl.sync(-1, IoT.SYNC_PUSH), A, "agent id"),
    (lambda node: node.repl.sync(2**64, IoT.SYNC_PUSH), A, "agent id"),
    (lambda node: node.repl.sync(1, "push"), A, "flags"),
    (lambda node: node.repl.sync(1, 0), P, "SYNC_PUSH"),
    (lambda node: node.repl.sync(1, 0x100 | IoT.SYNC_PUSH), P, "SYNC_PUSH"),
    (lambda node: node.repl.sync(1, IoT.SYNC_PUSH | IoT.SYNC_NONBLOCK | IoT.SYNC_WAIT), P, "SYNC_NONBLOCK"),
    (lambda node: node.repl.sync(IoT.ALL_AGENTS, IoT.SYNC_PUSH | IoT.SYNC_WAIT), P, "one agent"),
    (lambda node: node.repl.sync(1, IoT.SYNC_PUSH), O, "Connect first"),
    (lambda node: node.repl.sync(IoT.THIS_AGENT_ID, IoT.SYNC_PUSH), O, "1203"),
    (lambda node: node.repl.sync(1000, IoT.SYNC_PUSH), O, "1203"),
    (lambda node: node.repl.clear(IoT.INVALID_AGENT_ID), O, "1203"),
    (lambda node: node.repl.clear("x"), A, "agent id"),
    (lambda node: node.repl.clear_class(1, "Sensors"), A, "Sensor"),
    (lambda node: node.repl.clear_class(1, 99), P, None),
    (lambda node: node.repl.enum_agents(None), A, "function"),
    (lambda node: node.repl.quarantine_retry(-1, 0), A, "db_id"),
    (lambda node: node.repl.forget_agent(5), O, "1204"),
    (lambda node: node.repl.auto_sync(period=-1), A, "period"),
    (lambda node: setattr(node.repl, "level", 7), P, "router"),
    (lambda node: setattr(node.repl, "level", "7"), A, "level"),
    (lambda node: setattr(node.repl, "agent_id", 7), AttributeError, None),
    (lambda node: exdb.IoTReplicator(node.con), P, "one replicator"),
    (lambda node: exdb.IoTReplicator(node.con, node.comm), P, None),
    (lambda node: exdb.IoTReplicator("con"), A, "Database.connect"),
    (lambda node: exdb.IoTReplicator(node.con, "comm"), A, "IoTCommunicator"),
    (lambda node: exdb.IoTReplicator(node.con, conn_pool_size=-1), A, "conn_pool_size"),
    (lambda node: exdb.IoTReplicator(node.con, wait_timeout="x"), A, "wait_timeout"),
    (lambda node: node.con.set_bound("Sensor", policy="DROP"), A, "DROP_OLDEST"),
    (lambda node: node.con.set_bound("Sensor", max_rows=-1), A, "max_rows"),
    (lambda node: node.con.set_priority("Sensor", 9), A, "0 to 7"),
    (lambda node: node.con.row_identity("x"), exdb.InvalidTypeException, "object"),
]


@pytest.mark.parametrize("call, kind, says", CALLS)
def test_calls(make, call, kind, says):
    with pytest.raises(kind, match=says):
        call(make("device 1000"))


def test_a_second_replicator_on_one_communicator(make):
    first = make("device 1000")
    with exdb.open_database("second", exdb.load_dictionary(SECOND)) as database, database.connect() as con:
        with pytest.raises(P, match="another communicator") as refused:
            exdb.IoTReplicator(con, first.comm)
        assert refused.value.code == 1210


SECOND = "declare database second; iot device 7; uptable class Sensor { unsigned<4> id; list; };"


def test_a_schema_without_iot_statement():
    text = "declare database plain; class Sensor { unsigned<4> id; list; };"
    with exdb.open_database("plain", exdb.load_dictionary(text)) as database, database.connect() as con:
        before = len(os.listdir("/proc/self/task"))
        with pytest.raises(P, match="'iot' statement") as refused:
            exdb.IoTReplicator(con)
        assert refused.value.code == 1212
        assert len(os.listdir("/proc/self/task")) <= before  # a communicator of its own has gone, although the exception lives
        with pytest.raises(P):
            exdb.IoTReplicator(con, exdb.IoTCommunicator())


def test_who_does_not_fit_is_refused(make):
    first, second = make("device 1000"), make("device 1001", agent_id=1001)
    with pytest.raises(O) as refused:
        first.repl.connect(second.listen())
    assert refused.value.code == 1212
    server, same = make("server"), make("device 1000")
    first.repl.connect(server.listen(), None)
    with pytest.raises(O) as refused:
        same.repl.connect(server.address)
    assert refused.value.code == 1203


def test_nobody_listens(make):
    with pytest.raises(O) as refused:
        make("device 1000").repl.connect("127.0.0.1:1", 2000)
    assert refused.value.code == 309 and "127.0.0.1:1" in str(refused.value) and __file__ in str(refused.value)


IN_TRANSACTION = [
    lambda node: node.repl.sync(1, IoT.SYNC_PUSH),
    lambda node: node.repl.clear(1),
    lambda node: node.repl.clear_class(1, "Sensor"),
    lambda node: node.repl.quarantine(),
    lambda node: node.repl.quarantine_drop(),
    lambda node: node.repl.status(),
    lambda node: node.repl.stop(),
    lambda node: node.repl.destroy(),
    lambda node: node.comm.stop(),
    lambda node: node.comm.destroy(),
]


@pytest.mark.parametrize("number", range(len(IN_TRANSACTION)))
def test_inside_an_open_transaction(pair, number):
    node = pair[1]
    node.con.startTransaction()
    with pytest.raises(P, match="commit") as refused:
        IN_TRANSACTION[number](node)
    assert refused.value.code == 47 or refused.value.code > 0
    node.con.rollback()
    node.repl.sync(1, IoT.SYNC_PULL | IoT.SYNC_WAIT)


def test_after_destroy(make):
    node = make("device 1000")
    node.repl.destroy()
    node.comm.destroy()
    for name, arguments in (
        ("sync", (1, 1)),
        ("clear", (1,)),
        ("clear_class", (1, "Sensor")),
        ("connect", ("127.0.0.1:1",)),
        ("enum_agents", (print,)),
        ("connections", ()),
        ("status", ()),
        ("status_text", ()),
        ("gaps", ()),
        ("quarantine", ()),
        ("quarantine_retry", ()),
        ("forget_agent", (5,)),
        ("auto_sync", ()),
        ("__enter__", ()),
        ("__iter__", ()),
    ):
        with pytest.raises(I, match="IoTReplicator is destroyed"):
            getattr(node.repl, name)(*arguments)
    for name in ("agent_id", "level", "db_id"):
        with pytest.raises(I, match="IoTReplicator is destroyed"):
            getattr(node.repl, name)
    for name, arguments in (
        ("listen", ("127.0.0.1:0",)),
        ("connect", ("127.0.0.1:1",)),
        ("stop_listen", ("127.0.0.1:0",)),
        ("stop_connect", ("127.0.0.1:1",)),
        ("listen_port", ("127.0.0.1:0",)),
        ("connections", ()),
        ("find", (1,)),
        ("process_connections", ()),
        ("__enter__", ()),
    ):
        with pytest.raises(I, match="IoTCommunicator is destroyed"):
            getattr(node.comm, name)(*arguments)
    assert node.comm.is_stopped and node.repl.comm is node.comm
    with pytest.raises(I):
        exdb.IoTReplicator(node.con, node.comm)
    node.comm.on_connect = print
    for _ in range(2):
        node.repl.stop(), node.repl.destroy(), node.comm.stop(), node.comm.destroy()


def test_after_stop(make):
    node = make("device 1000")
    node.repl.stop()
    for call in (lambda: node.repl.sync(1, 1), lambda: node.repl.connect("127.0.0.1:1"), lambda: node.repl.status()):
        with pytest.raises(O) as refused:
            call()
        assert refused.value.code == 1214
    node.comm.stop()
    with pytest.raises(O):
        node.comm.listen("127.0.0.1:0")


def test_a_closed_connection(make):
    node = make("device 1000")
    con = node.database.connect()
    con.close()
    with pytest.raises(I, match="closed"):
        exdb.IoTReplicator(con)

"""Callbacks: when they are called, with what, and what their results do."""

import sys
import threading

import pytest

import exdb
from exdb import IoT

PUSH = IoT.SYNC_PUSH | IoT.SYNC_WAIT
PULL = IoT.SYNC_PULL | IoT.SYNC_WAIT


@pytest.fixture
def unraisable(monkeypatch):
    """Exceptions that nobody could catch."""
    seen = []
    changed = threading.Condition()

    def hook(what):
        with changed:
            seen.append((what.exc_type, str(what.exc_value), what.object))
            changed.notify_all()

    monkeypatch.setattr(sys, "unraisablehook", hook)

    def wait():
        with changed:
            assert changed.wait_for(lambda: seen, 60)
        return seen

    return wait


def test_all_five_in_order(pair):
    server, device = pair
    device.add("Sensor", 1)
    server.add("Config", 1)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, PULL)
    device.record.wait_for("on_ack")
    server.record.wait_for("on_ack")
    device.repl.connections()[0].disconnect()
    for node in pair:
        node.record.wait_for("on_destroy")
        names = node.record.names()
        assert names[0] == "on_connect" and names[-2:] == ["on_disconnect", "on_destroy"]
        assert sorted(names[1:-2]) == ["on_ack", "on_recieve"]


def test_an_acknowledgment_is_a_dict(pair):
    _, device = pair
    device.add("Sensor", 1)
    device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    device.record.wait_for("on_ack")
    (ack,) = (event[1] for event in device.record.events if event[0] == "on_ack")
    assert list(ack) == [
        "sender_agent_id",
        "receiver_agent_id",
        "timestamp",
        "error_code",
        "error_str",
        "sender_db_id",
        "seq",
        "timestamp_cmn",
        "flags",
    ]
    assert (ack["sender_agent_id"], ack["receiver_agent_id"], ack["error_code"]) == (1000, 1, 0)
    assert ack["timestamp"] > 0 and ack["sender_db_id"] == device.repl.db_id and ack["flags"] == PUSH
    assert ack["error_str"] == "success"


def test_an_acknowledgment_tells_what_the_receiver_could_not_apply(make, narrow):
    server, device = make("server", classes=narrow), make("device 1000")
    device.repl.connect(server.listen(), None)
    device.add("Sensor", 7, 70_000)
    with pytest.raises(exdb.DataError):
        device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    device.record.wait_for("on_ack")
    (ack,) = (event[1] for event in device.record.events if event[0] == "on_ack")
    assert ack["error_code"] != 0 and ack["error_str"] != "success"


@pytest.mark.parametrize("given", ["keyword", "alias", "attribute", "alias attribute", "late"])
def test_a_callback_may_be_given_in_several_ways(make, record, given):
    nothing = dict.fromkeys(("on_connect", "on_recieve", "on_ack", "on_disconnect", "on_destroy"))
    told = record.on("told")
    options = {"keyword": {"on_recieve": told}, "alias": {"on_recieve": None, "on_receive": told}}.get(given, {})
    server = make("server", **{**nothing, **options})
    device = make("device 1000")
    if given == "attribute":
        server.comm.on_recieve = told
    if given == "alias attribute":
        server.comm.on_receive = told
    device.repl.connect(server.listen(), None)
    if given == "late":
        server.comm.on_recieve = told
    assert server.comm.on_recieve is told and server.comm.on_receive is told and server.comm.on_connect is None
    device.add("Sensor", 1)
    device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    record.wait_for("told")


def test_positions_are_the_documented_ones(record):
    functions = [record.on(str(number)) for number in range(5)]
    with exdb.IoTCommunicator(*functions) as comm:
        assert [comm.on_connect, comm.on_recieve, comm.on_ack, comm.on_disconnect, comm.on_destroy] == functions


def test_what_is_assigned_holds_from_the_next_event(pair, record):
    server, device = pair
    server.comm.on_recieve = record.on("first")
    device.add("Sensor", 1)
    device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    record.wait_for("first")
    server.comm.on_recieve = record.on("second")
    device.add("Sensor", 2)
    device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    record.wait_for("second")
    server.comm.on_recieve = None
    server.comm.on_ack = record.on("ack")
    device.add("Sensor", 3)
    device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    server.add("Config", 3)
    device.repl.sync(IoT.SERVER_AGENT_ID, PULL)
    record.wait_for("ack")
    assert record.names() == ["first", "second", "ack"]


@pytest.mark.parametrize("callback", ["on_connect", "on_recieve"])
def test_fail_disconnects_the_peer(make, record, callback):
    server = make("server", record=record, **{callback: record.on(callback, IoT.CALLBACK_FAIL)})
    server.comm.on_disconnect = record.on("on_disconnect", look=lambda connection: connection.error["stop_reason"])
    device = make("device 1000")
    device.repl.connect(server.listen(), None)
    device.add("Sensor", 1)
    try:
        device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH)
    except exdb.OperationalError:
        assert callback == "on_connect"
    record.wait_for("on_destroy")
    assert ("on_disconnect", "CALLBACK_FAILED") in record.events
    device.record.wait_for("on_disconnect")


@pytest.mark.parametrize("result", [None, IoT.CALLBACK_OK, IoT.CALLBACK_STOP])
def test_other_results_do_not_disconnect(make, record, result):
    server, device = make("server", on_connect=record.on("told", result)), make("device 1000")
    device.repl.connect(server.listen(), None)
    record.wait_for("told")
    device.add("Sensor", 1)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)
    assert "on_disconnect" not in server.record.names()


def test_an_exception_is_reported_and_counts_as_ok(make, unraisable):
    def faulty(connection):
        raise KeyError("a faulty print")

    server, device = make("server", on_connect=faulty), make("device 1000")
    device.repl.connect(server.listen(), None)
    assert unraisable() == [(KeyError, "'a faulty print'", faulty)]
    device.add("Sensor", 1)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)


@pytest.mark.parametrize("result", [True, False, 4, -1, "no", 1.0])
def test_other_values_are_reported_and_count_as_ok(make, unraisable, result):
    server, device = make("server", on_connect=lambda connection: result), make("device 1000")
    device.repl.connect(server.listen(), None)
    ((kind, text, _),) = unraisable()
    assert kind is exdb.ArgumentException and repr(result) in text and "CALLBACK_OK" in text
    device.add("Sensor", 1)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)


def test_the_hook_of_the_interpreter_prints_the_callback(make, capfd, record):
    def faulty(connection):
        record.on("called")(connection)
        raise ValueError("seen on stderr")

    server, device = make("server", on_connect=faulty), make("device 1000")
    original, sys.unraisablehook = sys.unraisablehook, sys.__unraisablehook__
    try:
        device.repl.connect(server.listen(), None)
        record.wait_for("called")
        server.comm.stop()
    finally:
        sys.unraisablehook = original
    printed = capfd.readouterr().err
    assert "faulty" in printed and "ValueError: seen on stderr" in printed and "Traceback" in printed


def test_a_hook_that_fails_does_not_stop_replication(make, monkeypatch, record):
    def hook(what):
        record.on("hook")(None)
        raise ValueError("the hook, too")

    monkeypatch.setattr(sys, "unraisablehook", hook)
    server, device = make("server", on_connect=lambda connection: 1 / 0), make("device 1000")
    device.repl.connect(server.listen(), None)
    record.wait_for("hook")
    device.add("Sensor", 1)
    assert device.repl.sync(IoT.SERVER_AGENT_ID, PUSH)


def test_a_callback_may_work_on_the_database_and_sync(make, record):
    """A server that sends what it has as soon as a device comes, from the callback."""

    def greet(connection):
        with server.database.connect() as con:
            con.startTransaction()
            made = con.new("Config")
            made.param, made.agent_id = 5, connection.agent_id
            con.commit()
        server.repl.sync(connection.agent_id, PUSH)
        record.on("greeted")(connection)

    server, device = make("server", on_connect=greet), make("device 1000")
    device.repl.connect(server.listen(), None)
    record.wait_for("greeted")
    assert device.rows("Config", "param") == [(5,)]

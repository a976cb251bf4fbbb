"""IoTConnection: what it shows, and how long it lasts."""

import gc
import socket

import pytest

import exdb
from exdb import IoT


def closed_port():
    """An address where nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"


def test_what_it_shows(pair):
    server, device = pair
    (up,), (down,) = device.repl.connections(), server.repl.connections()
    assert (up.agent_id, down.agent_id) == (IoT.SERVER_AGENT_ID, 1000)
    assert (up.address, down.address) == (server.address, "127.0.0.1:0")
    assert up.comm is device.comm and down.comm is server.comm
    assert list(up.stat) == ["address", "port", "sent_bytes", "recv_bytes"]
    assert up.stat["address"] == "127.0.0.1" and up.stat["port"] == int(server.address.split(":")[1])
    assert up.stat["sent_bytes"] > 0 and up.stat["recv_bytes"] > 0
    assert up.compression == {"sent_ratio": 100, "recv_ratio": 100}
    assert up.error == {"stop_reason": "NONE", "last_error": 0, "last_errno": 0, "errmsg": ""}
    assert "agent 1 " in repr(up) and server.address in repr(up)


@pytest.mark.parametrize("options, domain", [({"compression_level": -1}, None), ({"compression_level": 9}, exdb.SockDomain.InetDomain)])
def test_compression_sends_fewer_bytes(make, options, domain):
    server = make("server")
    server.listen()
    sent = []
    for agent, more in ((1000, {}), (1001, options)):
        device = make(f"device {agent}", **more)
        device.add("Sensor", *(10**6 + n * 7919 % 50 for n in range(2000)))
        device.repl.connect(server.address, None, domain)
        device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
        (connection,) = device.repl.connections()
        sent.append((connection.stat["sent_bytes"], connection.compression))
    (plain, usual), (fewer, ratios) = sent
    assert usual == {"sent_ratio": 100, "recv_ratio": 100}
    assert fewer < plain / 2 and ratios["sent_ratio"] < 50 and ratios["recv_ratio"] == 100


def test_it_may_be_kept_and_keeps_the_connection(pair):
    server, device = pair
    kept = device.repl.connections()[0]
    kept.disconnect()
    server.record.wait_for("on_destroy")
    device.record.wait_for("on_disconnect")
    assert kept.error["stop_reason"] == "USER_REQUEST"
    assert "on_destroy" not in device.record.names()
    kept.release()
    device.record.wait_for("on_destroy")
    kept.release()
    for what in ("agent_id", "address", "stat", "compression", "error"):
        with pytest.raises(exdb.InvalidOperationException, match="released"):
            getattr(kept, what)
    with pytest.raises(exdb.InvalidOperationException, match="released"):
        kept.disconnect()
    assert "released" in repr(kept)


@pytest.mark.parametrize("how", ["del", "with"])
def test_the_end_of_the_object_gives_it_back(pair, how):
    _, device = pair
    kept = device.comm.find(IoT.SERVER_AGENT_ID)
    kept.disconnect()
    device.record.wait_for("on_disconnect")
    assert "on_destroy" not in device.record.names()
    if how == "with":
        with kept:
            pass
    del kept
    gc.collect()
    device.record.wait_for("on_destroy")


def test_what_a_callback_keeps_lives_on(make):
    kept = []
    server, device = make("server", on_connect=kept.append), make("device 1000")
    device.repl.connect(server.listen(), None)
    device.add("Sensor", 1)
    device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
    device.repl.stop()
    server.record.wait_for("on_disconnect")
    assert kept[0].agent_id == 1000 and kept[0].error["stop_reason"] == "NETWORK_ERROR"
    assert "on_destroy" not in server.record.names()
    kept.clear()
    server.record.wait_for("on_destroy")


def test_what_on_destroy_gets_stays_readable(make):
    gone = []
    server, device = make("server"), make("device 1000")
    server.comm.on_destroy = lambda connection: (gone.append(connection), server.record.on("gone")(connection))[1]
    device.repl.connect(server.listen(), None)
    server.record.wait_for("on_connect")
    device.repl.destroy()
    server.record.wait_for("gone")
    server.close()
    (connection,) = gone
    assert connection.agent_id == 1000 and connection.address == "127.0.0.1:0" and connection.stat["recv_bytes"] > 0
    assert connection.error["stop_reason"] == "NETWORK_ERROR" and connection.error["errmsg"]
    connection.disconnect()


def test_a_failed_attempt_is_seen_in_on_destroy(make, record):
    device = make("device 1000", record=record)
    device.comm.on_destroy = record.on("on_destroy", look=lambda connection: (connection.agent_id, connection.address, connection.error))
    address = closed_port()
    with pytest.raises(exdb.OperationalError) as refused:
        device.repl.connect(address, None)
    record.wait_for("on_destroy")
    agent, at, error = record.events[0][1]
    assert (agent, at) == (IoT.INVALID_AGENT_ID, address)
    assert error["stop_reason"] == "NETWORK_ERROR" and error["last_error"] == refused.value.code and error["last_errno"] == 111
    assert record.names() == ["on_destroy"]


def test_objects_of_one_connection_are_equal(pair):
    server, device = pair
    first, second = device.comm.find(1), device.repl.connections()[0]
    assert first == second and hash(first) == hash(second) and len({first, second}) == 1
    assert first != server.comm.find(1000) and first != 1


def test_it_cannot_be_made(pair):
    assert not hasattr(exdb, "IoTConnection")
    with pytest.raises(TypeError, match="callbacks"):
        type(pair[0].repl.connections()[0])()


def test_after_the_communicator(pair):
    server, device = pair
    kept = device.comm.find(1)
    device.repl.destroy()
    device.comm.destroy()
    with pytest.raises(exdb.InvalidOperationException, match="communicator of this connection is destroyed"):
        kept.stat  # noqa: B018
    kept.release()


def test_enumerations(make):
    server = make("server")
    address = server.listen()
    for number in (1000, 1001, 1002):
        make("device 1000", agent_id=number).repl.connect(address, None)
    server.record.wait_for("on_connect", 3)
    seen = []
    server.repl.enum_agents(lambda repl, connection: seen.append((repl, connection.agent_id)))
    assert sorted(seen, key=lambda each: each[1]) == [(server.repl, 1000), (server.repl, 1001), (server.repl, 1002)]
    assert {each.agent_id for each in server.repl} == {each.agent_id for each in server.comm} == {1000, 1001, 1002}
    assert server.comm.find(1001).agent_id == 1001 and server.comm.find(7) is None
    for answer, count in ((False, 1), (0, 3), (True, 3)):
        calls = []
        server.repl.enum_agents(lambda repl, connection, answer=answer, calls=calls: (calls.append(connection), answer)[1])
        assert len(calls) == count, answer


def test_what_an_enumerator_raises_comes_out(pair):
    calls = []

    def broken(repl, connection):
        calls.append(connection)
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        pair[0].repl.enum_agents(broken)
    assert len(calls) == 1


def test_a_connection_whose_communicator_is_destroyed(make):
    server, device = make("server"), make("device 1000")
    device.repl.connect(server.listen(), None)
    (connection,) = device.repl.connections()
    device.repl.destroy(), device.comm.destroy()
    assert repr(connection) == "<IoTConnection, its communicator is destroyed>"
    connection.release()
    assert repr(connection) == "<IoTConnection, released>"

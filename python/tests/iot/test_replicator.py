"""The replicator: what its calls do and give."""

import threading

import pytest

import exdb
from exdb import IoT

SERVER = IoT.SERVER_AGENT_ID
PUSH = IoT.SYNC_PUSH | IoT.SYNC_WAIT
PULL = IoT.SYNC_PULL | IoT.SYNC_WAIT
BOTH = IoT.SYNC_BOTH | IoT.SYNC_WAIT


def test_sync_tells_whether_something_moved(pair):
    server, device = pair
    assert device.repl.sync(SERVER, BOTH) is False
    device.add("Sensor", 1, 2)
    server.add("Config", 7)
    assert device.repl.sync(SERVER, BOTH) is True
    assert device.repl.sync(SERVER, BOTH) is False
    assert server.rows("Sensor", "id", "agent_id") == [(1, 1000), (2, 1000)]
    assert device.rows("Config", "param", "value") == [(7, 3.5)]


def test_sync_without_wait_starts(pair):
    server, device = pair
    device.add("Sensor", 1)
    assert device.repl.sync(IoT.ALL_AGENTS, IoT.SYNC_PUSH | IoT.SYNC_NONBLOCK) is True
    server.record.wait_for("on_recieve")
    assert server.rows("Sensor", "id") == [(1,)]


def test_clear_deletes_what_is_acknowledged(pair):
    server, device = pair
    device.add("Sensor", 1)
    device.repl.sync(SERVER, PUSH)
    device.add("Sensor", 2)
    device.repl.clear(SERVER)
    assert device.rows("Sensor", "id") == [(2,)] and server.rows("Sensor", "id") == [(1,)]


@pytest.mark.parametrize("given", ["name", "number", "class"])
def test_clear_class(pair, given):
    _, device = pair
    device.add("Sensor", 1)
    device.repl.sync(SERVER, PUSH)
    described = device.con.dictionary.classes["Sensor"]
    device.repl.clear_class(SERVER, "Config")
    assert device.rows("Sensor", "id") == [(1,)]
    device.repl.clear_class(SERVER, {"name": "Sensor", "number": described.code, "class": described}[given])
    assert device.rows("Sensor", "id") == []


def test_numbers_of_a_node(pair):
    server, device = pair
    assert (server.repl.agent_id, server.repl.level) == (1, 1)
    assert (device.repl.agent_id, device.repl.level) == (1000, 65535)
    assert server.repl.db_id != device.repl.db_id != 0
    assert server.repl.comm is server.comm


def test_the_level_of_a_router_may_be_set(make):
    router = make("router 5")
    router.repl.level = 7
    assert router.repl.level == 7


def test_a_replicator_without_communicator_makes_its_own(make):
    server = make("server")
    with exdb.open_database("own", exdb.load_dictionary(device_schema())) as database, database.connect() as con:
        repl = exdb.IoTReplicator(con)
        comm = repl.comm
        assert isinstance(comm, exdb.IoTCommunicator)
        repl.connect(server.listen(), 2 * 1000)
        repl.stop()
        assert comm.is_stopped
        repl.destroy()
        with pytest.raises(exdb.InvalidOperationException):
            comm.listen("127.0.0.1:0")


def device_schema():
    return "declare database own; declare auto_oid[100]; iot device 77; uptable class Sensor { unsigned<4> id; double value; tree<id> idx; };"


def test_as_context_managers(make):
    server = make("server")
    address = server.listen()
    with exdb.open_database("own", exdb.load_dictionary(device_schema())) as database, database.connect() as con:
        with exdb.IoTCommunicator() as comm, exdb.IoTReplicator(con, comm) as repl:
            repl.connect(address, None)
        for destroyed in (comm, repl):
            assert "destroyed" in repr(destroyed)
            destroyed.stop()
            destroyed.destroy()
            with pytest.raises(exdb.InvalidOperationException, match="destroyed"), destroyed:
                pass


def test_an_exception_leaves_a_with_block_although_a_transaction_is_open():
    with exdb.open_database("own", exdb.load_dictionary(device_schema())) as database, database.connect() as con:
        with pytest.raises(LookupError), exdb.IoTCommunicator() as comm, exdb.IoTReplicator(con, comm):
            con.startTransaction()
            raise LookupError


def test_wait_timeout_limits_a_sync(make):
    """The server holds the writer's place, so it cannot store and acknowledge."""
    server = make("server")
    with exdb.open_database("own", exdb.load_dictionary(device_schema())) as database, database.connect() as con:
        with exdb.IoTReplicator(con, wait_timeout=50) as repl:
            repl.connect(server.listen(), None)
            con.startTransaction()
            con.new("Sensor")
            con.commit()
            server.con.startTransaction()
            with pytest.raises(exdb.OperationalError) as limit:
                repl.sync(SERVER, PUSH)
            assert limit.value.code == 1215
            server.con.rollback()


def test_stop_ends_a_sync_that_waits(pair, until):
    server, device = pair
    device.repl.sync(SERVER, PULL)
    server.con.startTransaction()
    device.add("Sensor", 1)
    failed = []

    def wait():
        try:
            device.repl.sync(SERVER, PUSH)
        except exdb.OperationalError as error:
            failed.append(error.code)

    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: any(entry["in_flight"] for entry in device.repl.status()))
    device.repl.stop()
    waiting.join()
    server.con.rollback()
    assert failed == [1214]
    with pytest.raises(exdb.OperationalError):
        device.repl.sync(SERVER, PUSH)


def test_status(make):
    device = make("device 1000")
    assert [entry["reason"] for entry in device.repl.status() if entry["rows"]] == []
    device.add("Sensor", 1, 2, 3)
    (entry,) = (entry for entry in device.repl.status() if entry["rows"])
    assert (entry["agent_id"], entry["class_name"], entry["rows"], entry["up"]) == (1, "Sensor", 3, True)
    assert entry["reason"] == "NOT_CONNECTED" and entry["last_ack_ms"] is None
    assert "Sensor: 3 rows" in device.repl.status_text()


def test_auto_sync(pair):
    server, device = pair
    device.repl.auto_sync(after_commit=0, clear=True)
    device.add("Sensor", 1)
    server.record.wait_for("on_recieve")
    device.record.wait_for("on_ack")
    device.repl.auto_sync(False)
    assert server.rows("Sensor", "id") == [(1,)]
    for options in ({"period": 0}, {"flags": 0}, {"flags": IoT.SYNC_BOTH | IoT.SYNC_WAIT}, {"on_connect": False, "after_commit": None}):
        with pytest.raises(exdb.ProgrammingError):
            device.repl.auto_sync(**options)


@pytest.fixture
def refusing(make, narrow):
    """A server that has set two rows aside: one with a number that it cannot hold, one with a key that it has."""
    server, device, other = make("server", classes=narrow), make("device 1000"), make("device 1001", agent_id=1001)
    address = server.listen()
    for node in (device, other):
        node.repl.connect(address, None)
    device.add("Sensor", 7, 70_000)
    with pytest.raises(exdb.DataError):
        device.repl.sync(SERVER, PUSH)
    other.add("Sensor", 7)
    with pytest.raises(exdb.IntegrityError):
        other.repl.sync(SERVER, PUSH)
    return server, device, other


def test_quarantine(refusing):
    server, device, other = refusing
    large, taken = server.repl.quarantine()
    assert list(large) == ["origin_db_id", "origin_agent_id", "auto_oid", "time_ms", "class_code", "code", "class_name", "detail", "row"]
    assert (large["origin_agent_id"], large["class_name"], large["row"]["id"]) == (1000, "Sensor", 70_000)
    assert (taken["origin_agent_id"], taken["row"]) == (1001, {"id": 7, "value": 3.5})
    assert large["detail"] and large["code"] != taken["code"] == 13 and large["time_ms"] > 1_600_000_000_000
    with pytest.raises(exdb.IntegrityError):
        server.repl.quarantine_retry(taken["origin_db_id"], taken["auto_oid"])
    assert server.repl.quarantine_drop(large["origin_db_id"], large["auto_oid"]) is True
    assert server.repl.quarantine_drop(large["origin_db_id"], large["auto_oid"]) is False
    assert server.repl.quarantine_retry(1, 1) is False
    assert [row["origin_agent_id"] for row in server.repl.quarantine()] == [1001]
    assert server.repl.quarantine_drop() is True
    assert server.repl.quarantine() == []


def test_rows_that_are_set_aside_are_in_the_status(refusing):
    entries = [entry for entry in refusing[0].repl.status() if entry["reason"] == "QUARANTINE"]
    assert sum(entry["rows"] for entry in entries) == 2


def test_forget_agent(pair):
    server, device = pair
    device.repl.sync(SERVER, PULL)
    with pytest.raises(exdb.ProgrammingError, match="Disconnect"):
        server.repl.forget_agent(1000)
    device.repl.stop()
    server.record.wait_for("on_destroy")
    server.repl.forget_agent(1000)
    with pytest.raises(exdb.OperationalError):
        server.repl.forget_agent(1000)


def test_gaps(make):
    device = make("device 1000")
    device.con.set_bound("Sensor", max_rows=2, policy="DROP_OLDEST")
    device.add("Sensor", 1, 2, 3, 4, 5)
    (gap,) = device.repl.gaps()
    assert (gap["agent_id"], gap["rows"], gap["class_name"], gap["reason"]) == (1000, 3, "Sensor", "DROPPED_OLDEST")
    assert device.rows("Sensor", "id") == [(4,), (5,)]
    device.con.set_bound("Sensor", max_rows=2)
    with pytest.raises(exdb.OperationalError):
        device.add("Sensor", 6)
    device.con.rollback()
    device.con.set_bound("Sensor")
    device.add("Sensor", 6)


def test_what_a_connection_can_do_beyond(make, tmp_path):
    device = make("device 1000")
    device.con.set_priority("Sensor", 3)
    device.add("Sensor", 1)
    assert [entry["group"] for entry in device.repl.status() if entry["rows"]] == [3]
    stat = device.con.db_stat()
    assert stat["live_bytes"] > 0 and stat["readers"] == 0
    device.con.copy(tmp_path / "copy.dbs")
    assert (tmp_path / "copy.dbs").stat().st_size > 0
    device.con.startTransaction()
    made = device.con.new("Sensor")
    origin, number = device.con.row_identity(made)
    assert origin and number == 2
    device.con.commit()
    with pytest.raises(exdb.InvalidOperationException, match="find it again"):
        device.con.row_identity(made)


def test_pump(make):
    """Without threads of their own, callbacks run where the program pumps."""
    server = make("server")
    with exdb.open_database("own", exdb.load_dictionary(device_schema())) as database, database.connect() as con:
        told = []
        with exdb.IoTCommunicator(on_connect=lambda connection: told.append(threading.get_ident()), n_callback_threads=0) as comm:
            with exdb.IoTReplicator(con, comm) as repl:
                comm.connect(server.listen())
                while not told:
                    assert comm.process_connections(100) >= 0
                assert told == [threading.get_ident()]
                assert repl.sync(SERVER, PULL) is False
    with pytest.raises(exdb.ProgrammingError, match="n_callback_threads=0"):
        server.comm.process_connections()


def test_a_connector_comes_again(make):
    server, device = make("server"), make("device 1000")
    address = server.listen()
    device.comm.connect(address, interval=10)
    server.record.wait_for("on_connect")
    for connection in server.repl:
        connection.disconnect()
    server.record.wait_for("on_connect", 2)
    assert device.comm.stop_connect(address) is True
    assert device.comm.stop_connect(address) is False


def test_listeners(make):
    server = make("server")
    port = server.comm.listen("127.0.0.1:0")
    assert port == server.comm.listen_port("127.0.0.1:0") > 0
    assert server.comm.stop_listen("127.0.0.1:0") is True
    assert server.comm.stop_listen("127.0.0.1:0") is False
    assert server.comm.listen_port("127.0.0.1:0") is None


def test_a_local_socket(make, tmp_path):
    server, device = make("server"), make("device 1000")
    path = str(tmp_path / "socket")
    server.comm.listen(path, sock_domain=exdb.SockDomain.LocalDomain)
    device.repl.connect(path, sock_domain=exdb.SockDomain.LocalDomain)
    assert device.repl.connections()[0].agent_id == SERVER

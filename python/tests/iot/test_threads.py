"""Fifty threads of Python with connections of their own, while callbacks come in on threads of the library."""

import threading

import exdb
from exdb import IoT

THREADS, ROWS = 50, 4


def test_fifty_threads(make):
    lock, seen = threading.Lock(), {"server": 0, "device": 0}

    def count(side):
        def callback(connection, *ack):
            assert connection.agent_id and connection.stat["port"]
            with lock:
                seen[side] += 1

        return callback

    def configure(connection):
        """A callback that works on the database, too."""
        count("server")(connection)
        with server.database.connect() as con:
            con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
            assert con.getClassStats("Sensor")["ObjectsNum"] > 0
            con.commit()

    server = make("server", on_recieve=configure, on_ack=count("server"))
    device = make("device 1000", on_recieve=count("device"), on_ack=count("device"))
    device.comm.connect(server.listen())
    for node in (server, device):
        node.record.wait_for("on_connect")
    device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PULL | IoT.SYNC_WAIT)
    failed = []
    together = threading.Barrier(THREADS)

    def work(number):
        node, cls, field = (device, "Sensor", "id") if number % 5 else (server, "Config", "param")
        try:
            with node.database.connect() as con:
                together.wait()
                for row in range(ROWS):
                    con.startTransaction()
                    made = con.new(cls)
                    setattr(made, field, number * ROWS + row)
                    made.value = row
                    con.commit()
                    device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_BOTH | IoT.SYNC_WAIT)
                    for connection in node.repl:
                        assert connection.error["stop_reason"] == "NONE"
                    con.startTransaction(exdb.Transaction.MCO_READ_ONLY)
                    cursor = con.cursor()
                    assert cursor.search(cls, "idx", exdb.Operation.Equals, number * ROWS + row)
                    assert cursor.first().value == row
                    con.commit()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_BOTH | IoT.SYNC_WAIT)
    sensors = {(number * ROWS + row,) for number in range(THREADS) if number % 5 for row in range(ROWS)}
    configs = {(number * ROWS + row,) for number in range(THREADS) if number % 5 == 0 for row in range(ROWS)}
    assert set(server.rows("Sensor", "id")) == sensors and set(device.rows("Config", "param")) == configs
    for node in (device, server):
        node.close()
    assert seen["server"] >= ROWS and seen["device"] >= ROWS


def test_callbacks_of_many_peers_at_once(make):
    """Twenty devices at one server, each with callbacks; connected, synced and dropped from their own threads."""
    server = make("server")
    address = server.listen()
    devices = [make("device 1000", agent_id=1000 + number) for number in range(20)]

    def work(device):
        for row in range(5):
            device.repl.connect(address)
            device.add("Sensor", row)
            device.repl.sync(IoT.SERVER_AGENT_ID, IoT.SYNC_PUSH | IoT.SYNC_WAIT)
            for connection in device.repl:
                with connection:
                    connection.disconnect()
            device.record.wait_for("on_destroy", row + 1)

    threads = [threading.Thread(target=work, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.record.wait_for("on_destroy", 5 * len(devices))
    names = server.record.names()
    assert names.count("on_connect") == names.count("on_disconnect") == 5 * len(devices)
    assert len(server.rows("Sensor", "id")) == 5 * len(devices)

"""The schema that most tests use."""

SCHEMA = """
#define uint4 unsigned<4>
declare database plant;
enum Unit { CELSIUS, BAR = 5, PERCENT };

class Reading {
    datetime ts;
    uint4    sensor;
    double   value;
    unique tree <sensor, ts> by_sensor;
    tree <value> by_value;
    nonunique hash <sensor> by_hash[100];
    list;
};

class Everything {
    signed<1> i1; signed<2> i2; signed<4> i4; signed<8> i8;
    unsigned<1> u1; unsigned<2> u2; unsigned<4> u4; unsigned<8> u8;
    float f; double d; bool b;
    char<4> c; nchar<3> nc; string s; nstring ns;
    binary<4> bi; varbinary vb;
    date da; time ti; datetime dt;
    numeric<9,2> n;
    Unit unit = BAR;
    autoid;
    list;
};

class Bare { uint4 id; unique hash <id> by_id[100]; };
"""

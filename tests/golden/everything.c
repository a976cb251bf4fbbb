/* Made by mcocomp from the schema of 'everything'; change the schema, not this file. */
#include "everything.h"
#include "mcogen.h"

#include <stddef.h>

#if MCO_GEN_INTERFACE != 3
#error "this file was made by another version of mcocomp: compile the schema again"
#endif

static const char *const mco_gen_lines[] = {
    "declare database everything;",
    "declare auto_oid[1];",
    "declare oid Id[1];",
    "iot server;",
    "enum {",
    "RED=0,",
    "GREEN=1,",
    "BLUE=5,",
    "PURPLE=6,",
    "} Color;",
    "enum {",
    "LOWEST=-2147483648,",
    "HIGHEST=2147483647,",
    "SAME=2147483647,",
    "delete=3,",
    "double=4,",
    "} Wide;",
    "direct struct Position {",
    "double x=1.5;",
    "double y;",
    "char<4> zone;",
    "Color color=1;",
    "};",
    "struct Address {",
    "string street;",
    "Position at;",
    "optional Remark remark;",
    "};",
    "struct Remark {",
    "nstring text;",
    "nullable unsigned<2> rank=3;",
    "};",
    "direct struct Grid {",
    "float cell[3];",
    "char<4> tag[2];",
    "unsigned<4> new[2];",
    "};",
    "struct Track {",
    "vector<Position> points;",
    "nstring names[2];",
    "bool seen[9];",
    "};",
    "struct Id {",
    "unsigned<8> number;",
    "char<3> kind;",
    "Color color;",
    "nchar<2> zone;",
    "};",
    "uptable class Reading {",
    "datetime ts;",
    "unsigned<4> sensorId=7;",
    "double value=-1500.0;",
    "float quality=0.10000000149011612;",
    "Color color=1;",
    "char<8> unit;",
    "string note;",
    "unsigned<8> agent_id;",
    "tree<agent_id,ts> by_time;",
    "nonunique hash<sensorId> by_sensor[1];",
    "list;",
    "};",
    "downtable class Setting {",
    "unsigned<4> param_id;",
    "numeric<9,2> limit_value=12.50;",
    "bool enabled=1;",
    "unsigned<8> agent_id;",
    "unique tree<agent_id,param_id> idx;",
    "};",
    "persistent class Everything {",
    "signed<1> i1=-128;",
    "signed<2> i2=32767;",
    "signed<4> i4=-8;",
    "signed<8> i8=-9223372036854775808;",
    "unsigned<1> u1=255;",
    "unsigned<2> u2;",
    "unsigned<4> u4=4294967295;",
    "unsigned<8> u8=18446744073709551615;",
    "float f4;",
    "double f8=1e300;",
    "bool flag;",
    "bool truth=1;",
    "char<20> c20;",
    "nchar<10> n10;",
    "binary<16> b16;",
    "string s;",
    "nstring ns;",
    "varbinary vb;",
    "date d=20240229;",
    "time t;",
    "datetime dt=1;",
    "numeric<2,0> n2=-99;",
    "numeric<4,4> n4=0.1234;",
    "numeric<9,3> n9=-123456.789;",
    "numeric<18,0> n18=999999999999999999;",
    "Color color=5;",
    "Wide wide;",
    "autoid_t any;",
    "autoid_t<Everything> parent;",
    "unsigned<4> index;",
    "unsigned<4> new;",
    "unsigned<4> int;",
    "unsigned<4> a;",
    "unsigned<4> b;",
    "tree<u1> t_u1;",
    "unique tree<i4 desc,c20,n10> ut_mixed;",
    "tree<c20> t_c20;",
    "tree<s,d> t_s;",
    "hash<u8> h_u8[1];",
    "hash<b16,color,flag> uh_mixed[1];",
    "nonunique hash<ns> nh_ns[1];",
    "tree<f4,f8,n18,vb,parent,dt> t_more;",
    "voluntary tree<c20 desc> v_c20;",
    "voluntary unique tree<u4,s> vu_mixed;",
    "event<new> made;",
    "event<checkpoint> settled;",
    "event<update> touched;",
    "event<i4 update> i4_put;",
    "event<new update> new_put;",
    "list;",
    "autoid;",
    "};",
    "class Scratch {",
    "string text;",
    "Position pos;",
    "optional Address home;",
    "optional Address second_home;",
    "tree<pos.x,home.street> by_pos;",
    "event<delete> register;",
    "event<delete_all> emptied;",
    "event<delete> gone;",
    "list;",
    "};",
    "class Maybe {",
    "nullable unsigned<4> n;",
    "nullable unsigned<4> m=3;",
    "nullable Color color;",
    "nullable bool flag;",
    "nullable char<4> c4;",
    "nullable nstring ns;",
    "nullable numeric<9,2> price;",
    "blob picture;",
    "unique tree<n desc> t_n;",
    "hash<c4,n> h_c4[1];",
    "list;",
    "};",
    "class Lists {",
    "vector<unsigned<4>> numbers;",
    "vector<bool> flags;",
    "vector<Color> colors;",
    "vector<numeric<9,2>> prices;",
    "vector<datetime> times;",
    "vector<autoid_t<Everything>> parents;",
    "vector<char<8>> codes;",
    "vector<nchar<4>> wide;",
    "vector<string> words;",
    "vector<varbinary> raw;",
    "vector<Track> tracks;",
    "unsigned<4> n[3];",
    "bool bits[70];",
    "Color palette[4];",
    "double point[3];",
    "double height;",
    "char<4> tags[2];",
    "nchar<3> wide_tags[2];",
    "binary<2> pairs[65535];",
    "string texts[3];",
    "Position corners[4];",
    "Track track;",
    "optional Grid grid;",
    "autoid_t ids[2];",
    "numeric<9,2> steps[2];",
    "tree<height> by_height;",
    "event<numbers update> numbers_put;",
    "event<n update> n_put;",
    "};",
    "class Node {",
    "ref parent;",
    "nullable ref next;",
    "ref twins[2];",
    "vector<ref> children;",
    "unsigned<4> rank;",
    "tree<parent,rank desc> by_parent;",
    "hash<next> by_next[1];",
    "oid;",
    "};",
    "downtable class Leaf {",
    "string text;",
    "unsigned<8> agent_id;",
    "list;",
    "oid;",
    "};",
};

static const struct mco_dictionary_t_ mco_gen_dictionary = {
    MCO_GEN_MAGIC, MCO_GEN_INTERFACE, 191, mco_gen_lines
};

mco_dictionary_h everything_get_dictionary(void)
{
    return (mco_dictionary_h)&mco_gen_dictionary;
}

/* The library takes enums as int. */
typedef char mco_gen_size_of_Color[sizeof(Color) == sizeof(int) ? 1 : -1];

/* The library takes enums as int. */
typedef char mco_gen_size_of_Wide[sizeof(Wide) == sizeof(int) ? 1 : -1];

/* The library takes every member at a multiple of its size. */
typedef char mco_gen_size_of_everything_oid[sizeof(everything_oid) == 24 ? 1 : -1];

MCO_RET everything_delete_object(mco_trans_h t, const everything_oid *oid)
{
    return mco_gen_oid_delete(t, oid);
}

MCO_RET everything_get_class_code(mco_trans_h t, const everything_oid *oid, uint2 *classcode)
{
    return mco_gen_oid_class(t, oid, classcode);
}

enum {
    mco_gen_struct_Position = MCO_GEN_STRUCT + 0,
    mco_gen_struct_Address = MCO_GEN_STRUCT + 1,
    mco_gen_struct_Remark = MCO_GEN_STRUCT + 2,
    mco_gen_struct_Grid = MCO_GEN_STRUCT + 3,
    mco_gen_struct_Track = MCO_GEN_STRUCT + 4,
    mco_gen_struct_Id = MCO_GEN_STRUCT + 5,
};

static const mco_size_t mco_gen_offsets_Position[] = {
    offsetof(Position_d, x),
    offsetof(Position_d, y),
    offsetof(Position_d, zone),
    offsetof(Position_d, color),
};

MCO_RET Position_x_put(Position *object, double value)
{
    return mco_gen_put((MCO_Hf *)object, mco_gen_struct_Position, 0, &value);
}

MCO_RET Position_x_get(Position *object, double *value)
{
    return mco_gen_get((MCO_Hf *)object, mco_gen_struct_Position, 0, value);
}

MCO_RET Position_y_put(Position *object, double value)
{
    return mco_gen_put((MCO_Hf *)object, mco_gen_struct_Position, 1, &value);
}

MCO_RET Position_y_get(Position *object, double *value)
{
    return mco_gen_get((MCO_Hf *)object, mco_gen_struct_Position, 1, value);
}

MCO_RET Position_zone_put(Position *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, mco_gen_struct_Position, 2, value, len);
}

MCO_RET Position_zone_get(Position *object, char *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, mco_gen_struct_Position, 2, buf, size, NULL);
}

MCO_RET Position_color_put(Position *object, Color value)
{
    return mco_gen_put((MCO_Hf *)object, mco_gen_struct_Position, 3, &value);
}

MCO_RET Position_color_get(Position *object, Color *value)
{
    return mco_gen_get((MCO_Hf *)object, mco_gen_struct_Position, 3, value);
}

MCO_RET Position_get_all(Position *object, Position_d *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, mco_gen_struct_Position, values, mco_gen_offsets_Position);
}

MCO_RET Position_put_all(Position *object, const Position_d *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, mco_gen_struct_Position, values, mco_gen_offsets_Position);
}

MCO_RET Address_street_put(Address *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, mco_gen_struct_Address, 0, value, len);
}

MCO_RET Address_street_get(Address *object, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, mco_gen_struct_Address, 0, buf, size, len);
}

MCO_RET Address_street_size(Address *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, mco_gen_struct_Address, 0, len);
}

MCO_RET Address_at_write_handle(Address *object, Position *handle)
{
    return mco_gen_struct((MCO_Hf *)object, mco_gen_struct_Address, 1, 0, 1, (MCO_Hf *)handle);
}

MCO_RET Address_at_read_handle(Address *object, Position *handle)
{
    return mco_gen_struct((MCO_Hf *)object, mco_gen_struct_Address, 1, 0, 0, (MCO_Hf *)handle);
}

MCO_RET Address_remark_write_handle(Address *object, Remark *handle)
{
    return mco_gen_struct((MCO_Hf *)object, mco_gen_struct_Address, 6, 0, 1, (MCO_Hf *)handle);
}

MCO_RET Address_remark_read_handle(Address *object, Remark *handle)
{
    return mco_gen_struct((MCO_Hf *)object, mco_gen_struct_Address, 6, 0, 0, (MCO_Hf *)handle);
}

MCO_RET Address_remark_erase(Address *object)
{
    return mco_gen_erase((MCO_Hf *)object, mco_gen_struct_Address, 6, 0);
}

MCO_RET Remark_text_put(Remark *object, const nchar_t *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, mco_gen_struct_Remark, 0, value, len);
}

MCO_RET Remark_text_get(Remark *object, nchar_t *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, mco_gen_struct_Remark, 0, buf, size, len);
}

MCO_RET Remark_text_size(Remark *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, mco_gen_struct_Remark, 0, len);
}

MCO_RET Remark_rank_put(Remark *object, uint2 value)
{
    return mco_gen_put((MCO_Hf *)object, mco_gen_struct_Remark, 1, &value);
}

MCO_RET Remark_rank_get(Remark *object, uint2 *value)
{
    return mco_gen_get((MCO_Hf *)object, mco_gen_struct_Remark, 1, value);
}

MCO_RET Remark_rank_indicator_put(Remark *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, mco_gen_struct_Remark, 1, value);
}

MCO_RET Remark_rank_indicator_get(Remark *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, mco_gen_struct_Remark, 1, value);
}

static const mco_size_t mco_gen_offsets_Grid[] = {
    offsetof(Grid_d, cell),
    offsetof(Grid_d, tag),
#ifdef __cplusplus
    offsetof(Grid_d, new_),
#else
    offsetof(Grid_d, new),
#endif
};

MCO_RET Grid_cell_put(Grid *object, uint2 index, float value)
{
    return mco_gen_element_put((MCO_Hf *)object, mco_gen_struct_Grid, 0, index, &value);
}

MCO_RET Grid_cell_at(Grid *object, uint2 index, float *value)
{
    return mco_gen_element_get((MCO_Hf *)object, mco_gen_struct_Grid, 0, index, value);
}

MCO_RET Grid_cell_put_range(Grid *object, uint2 start, uint2 num, const float *values)
{
    return mco_gen_put_range((MCO_Hf *)object, mco_gen_struct_Grid, 0, start, num, values);
}

MCO_RET Grid_cell_get_range(Grid *object, uint2 start, uint2 num, float *values)
{
    return mco_gen_get_range((MCO_Hf *)object, mco_gen_struct_Grid, 0, start, num, values);
}

MCO_RET Grid_cell_size(Grid *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, mco_gen_struct_Grid, 0, num);
}

MCO_RET Grid_tag_put(Grid *object, uint2 index, const char *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, mco_gen_struct_Grid, 1, index, value, len);
}

MCO_RET Grid_tag_at(Grid *object, uint2 index, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, mco_gen_struct_Grid, 1, index, buf, size, len);
}

MCO_RET Grid_tag_at_len(Grid *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, mco_gen_struct_Grid, 1, index, len);
}

MCO_RET Grid_tag_size(Grid *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, mco_gen_struct_Grid, 1, num);
}

MCO_RET Grid_new_put(Grid *object, uint2 index, uint4 value)
{
    return mco_gen_element_put((MCO_Hf *)object, mco_gen_struct_Grid, 2, index, &value);
}

MCO_RET Grid_new_at(Grid *object, uint2 index, uint4 *value)
{
    return mco_gen_element_get((MCO_Hf *)object, mco_gen_struct_Grid, 2, index, value);
}

MCO_RET Grid_new_put_range(Grid *object, uint2 start, uint2 num, const uint4 *values)
{
    return mco_gen_put_range((MCO_Hf *)object, mco_gen_struct_Grid, 2, start, num, values);
}

MCO_RET Grid_new_get_range(Grid *object, uint2 start, uint2 num, uint4 *values)
{
    return mco_gen_get_range((MCO_Hf *)object, mco_gen_struct_Grid, 2, start, num, values);
}

MCO_RET Grid_new_size(Grid *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, mco_gen_struct_Grid, 2, num);
}

MCO_RET Grid_get_all(Grid *object, Grid_d *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, mco_gen_struct_Grid, values, mco_gen_offsets_Grid);
}

MCO_RET Grid_put_all(Grid *object, const Grid_d *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, mco_gen_struct_Grid, values, mco_gen_offsets_Grid);
}

MCO_RET Track_points_put(Track *object, uint2 index, Position *element)
{
    return mco_gen_struct((MCO_Hf *)object, mco_gen_struct_Track, 0, index, 1, (MCO_Hf *)element);
}

MCO_RET Track_points_at(Track *object, uint2 index, Position *element)
{
    return mco_gen_struct((MCO_Hf *)object, mco_gen_struct_Track, 0, index, 0, (MCO_Hf *)element);
}

MCO_RET Track_points_size(Track *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, mco_gen_struct_Track, 0, num);
}

MCO_RET Track_points_alloc(Track *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, mco_gen_struct_Track, 0, num);
}

MCO_RET Track_points_erase(Track *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, mco_gen_struct_Track, 0, index);
}

MCO_RET Track_names_put(Track *object, uint2 index, const nchar_t *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, mco_gen_struct_Track, 1, index, value, len);
}

MCO_RET Track_names_at(Track *object, uint2 index, nchar_t *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, mco_gen_struct_Track, 1, index, buf, size, len);
}

MCO_RET Track_names_at_len(Track *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, mco_gen_struct_Track, 1, index, len);
}

MCO_RET Track_names_size(Track *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, mco_gen_struct_Track, 1, num);
}

MCO_RET Track_seen_put(Track *object, uint2 index, mco_bool value)
{
    return mco_gen_element_put((MCO_Hf *)object, mco_gen_struct_Track, 2, index, &value);
}

MCO_RET Track_seen_at(Track *object, uint2 index, mco_bool *value)
{
    return mco_gen_element_get((MCO_Hf *)object, mco_gen_struct_Track, 2, index, value);
}

MCO_RET Track_seen_put_range(Track *object, uint2 start, uint2 nbits, const uint1 *bits)
{
    return mco_gen_put_range((MCO_Hf *)object, mco_gen_struct_Track, 2, start, nbits, bits);
}

MCO_RET Track_seen_get_range(Track *object, uint2 start, uint2 nbits, uint1 *bits)
{
    return mco_gen_get_range((MCO_Hf *)object, mco_gen_struct_Track, 2, start, nbits, bits);
}

MCO_RET Track_seen_size(Track *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, mco_gen_struct_Track, 2, num);
}

MCO_RET Id_number_put(Id *object, uint8 value)
{
    return mco_gen_put((MCO_Hf *)object, mco_gen_struct_Id, 0, &value);
}

MCO_RET Id_number_get(Id *object, uint8 *value)
{
    return mco_gen_get((MCO_Hf *)object, mco_gen_struct_Id, 0, value);
}

MCO_RET Id_kind_put(Id *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, mco_gen_struct_Id, 1, value, len);
}

MCO_RET Id_kind_get(Id *object, char *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, mco_gen_struct_Id, 1, buf, size, NULL);
}

MCO_RET Id_color_put(Id *object, Color value)
{
    return mco_gen_put((MCO_Hf *)object, mco_gen_struct_Id, 2, &value);
}

MCO_RET Id_color_get(Id *object, Color *value)
{
    return mco_gen_get((MCO_Hf *)object, mco_gen_struct_Id, 2, value);
}

MCO_RET Id_zone_put(Id *object, const nchar_t *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, mco_gen_struct_Id, 3, value, len);
}

MCO_RET Id_zone_get(Id *object, nchar_t *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, mco_gen_struct_Id, 3, buf, size, NULL);
}

static const mco_size_t mco_gen_offsets_Reading[] = {
    offsetof(Reading_fixed, ts),
    offsetof(Reading_fixed, sensorId),
    offsetof(Reading_fixed, value),
    offsetof(Reading_fixed, quality),
    offsetof(Reading_fixed, color),
    offsetof(Reading_fixed, unit),
    offsetof(Reading_fixed, agent_id),
};

MCO_RET Reading_new(mco_trans_h t, Reading *object)
{
    return mco_gen_new(t, Reading_code, (MCO_Hf *)object);
}

MCO_RET Reading_delete(Reading *object)
{
    return mco_gen_delete((MCO_Hf *)object, Reading_code);
}

MCO_RET Reading_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Reading_code);
}

MCO_RET Reading_checkpoint(Reading *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Reading_code);
}

MCO_RET Reading_from_cursor(mco_trans_h t, mco_cursor_h c, Reading *object)
{
    return mco_gen_from_cursor(t, c, Reading_code, (MCO_Hf *)object);
}

MCO_RET Reading_pack(Reading *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Reading_code, pages_released);
}

MCO_RET Reading_list_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_list_cursor(t, c, Reading_code);
}

MCO_RET Reading_fixed_get(Reading *object, Reading_fixed *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, Reading_code, values, mco_gen_offsets_Reading);
}

MCO_RET Reading_fixed_put(Reading *object, const Reading_fixed *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, Reading_code, values, mco_gen_offsets_Reading);
}

MCO_RET Reading_ts_put(Reading *object, mco_datetime value)
{
    return mco_gen_put((MCO_Hf *)object, Reading_code, 0, &value);
}

MCO_RET Reading_ts_get(Reading *object, mco_datetime *value)
{
    return mco_gen_get((MCO_Hf *)object, Reading_code, 0, value);
}

MCO_RET Reading_sensorId_put(Reading *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Reading_code, 1, &value);
}

MCO_RET Reading_sensorId_get(Reading *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Reading_code, 1, value);
}

MCO_RET Reading_value_put(Reading *object, double value)
{
    return mco_gen_put((MCO_Hf *)object, Reading_code, 2, &value);
}

MCO_RET Reading_value_get(Reading *object, double *value)
{
    return mco_gen_get((MCO_Hf *)object, Reading_code, 2, value);
}

MCO_RET Reading_quality_put(Reading *object, float value)
{
    return mco_gen_put((MCO_Hf *)object, Reading_code, 3, &value);
}

MCO_RET Reading_quality_get(Reading *object, float *value)
{
    return mco_gen_get((MCO_Hf *)object, Reading_code, 3, value);
}

MCO_RET Reading_color_put(Reading *object, Color value)
{
    return mco_gen_put((MCO_Hf *)object, Reading_code, 4, &value);
}

MCO_RET Reading_color_get(Reading *object, Color *value)
{
    return mco_gen_get((MCO_Hf *)object, Reading_code, 4, value);
}

MCO_RET Reading_unit_put(Reading *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Reading_code, 5, value, len);
}

MCO_RET Reading_unit_get(Reading *object, char *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, Reading_code, 5, buf, size, NULL);
}

MCO_RET Reading_note_put(Reading *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Reading_code, 6, value, len);
}

MCO_RET Reading_note_get(Reading *object, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, Reading_code, 6, buf, size, len);
}

MCO_RET Reading_note_size(Reading *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, Reading_code, 6, len);
}

MCO_RET Reading_agent_id_put(Reading *object, uint8 value)
{
    return mco_gen_put((MCO_Hf *)object, Reading_code, 7, &value);
}

MCO_RET Reading_agent_id_get(Reading *object, uint8 *value)
{
    return mco_gen_get((MCO_Hf *)object, Reading_code, 7, value);
}

MCO_RET Reading_by_time_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Reading_by_time_index_no);
}

MCO_RET Reading_by_time_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint8 key_agent_id, mco_datetime key_ts)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_agent_id; keys[0].len = sizeof key_agent_id;
    keys[1].ptr = &key_ts; keys[1].len = sizeof key_ts;
    return mco_gen_search(t, c, Reading_by_time_index_no, (int)op, keys);
}

MCO_RET Reading_by_time_compare(mco_trans_h t, mco_cursor_h c, uint8 key_agent_id, mco_datetime key_ts, int *result)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_agent_id; keys[0].len = sizeof key_agent_id;
    keys[1].ptr = &key_ts; keys[1].len = sizeof key_ts;
    return mco_gen_compare(t, c, Reading_by_time_index_no, keys, result);
}

MCO_RET Reading_by_time_locate(mco_trans_h t, mco_cursor_h c, Reading *object)
{
    return mco_gen_locate(t, c, Reading_by_time_index_no, (MCO_Hf *)object);
}

MCO_RET Reading_by_sensor_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Reading_by_sensor_index_no);
}

MCO_RET Reading_by_sensor_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint4 key_sensorId)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_sensorId; keys[0].len = sizeof key_sensorId;
    return mco_gen_search(t, c, Reading_by_sensor_index_no, (int)op, keys);
}

MCO_RET Reading_by_sensor_compare(mco_trans_h t, mco_cursor_h c, uint4 key_sensorId, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_sensorId; keys[0].len = sizeof key_sensorId;
    return mco_gen_compare(t, c, Reading_by_sensor_index_no, keys, result);
}

static const mco_size_t mco_gen_offsets_Setting[] = {
    offsetof(Setting_fixed, param_id),
    offsetof(Setting_fixed, limit_value),
    offsetof(Setting_fixed, enabled),
    offsetof(Setting_fixed, agent_id),
};

MCO_RET Setting_new(mco_trans_h t, Setting *object)
{
    return mco_gen_new(t, Setting_code, (MCO_Hf *)object);
}

MCO_RET Setting_delete(Setting *object)
{
    return mco_gen_delete((MCO_Hf *)object, Setting_code);
}

MCO_RET Setting_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Setting_code);
}

MCO_RET Setting_checkpoint(Setting *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Setting_code);
}

MCO_RET Setting_from_cursor(mco_trans_h t, mco_cursor_h c, Setting *object)
{
    return mco_gen_from_cursor(t, c, Setting_code, (MCO_Hf *)object);
}

MCO_RET Setting_pack(Setting *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Setting_code, pages_released);
}

MCO_RET Setting_fixed_get(Setting *object, Setting_fixed *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, Setting_code, values, mco_gen_offsets_Setting);
}

MCO_RET Setting_fixed_put(Setting *object, const Setting_fixed *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, Setting_code, values, mco_gen_offsets_Setting);
}

MCO_RET Setting_param_id_put(Setting *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Setting_code, 0, &value);
}

MCO_RET Setting_param_id_get(Setting *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Setting_code, 0, value);
}

MCO_RET Setting_limit_value_put(Setting *object, int4 value)
{
    return mco_gen_put((MCO_Hf *)object, Setting_code, 1, &value);
}

MCO_RET Setting_limit_value_get(Setting *object, int4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Setting_code, 1, value);
}

MCO_RET Setting_enabled_put(Setting *object, mco_bool value)
{
    return mco_gen_put((MCO_Hf *)object, Setting_code, 2, &value);
}

MCO_RET Setting_enabled_get(Setting *object, mco_bool *value)
{
    return mco_gen_get((MCO_Hf *)object, Setting_code, 2, value);
}

MCO_RET Setting_agent_id_put(Setting *object, uint8 value)
{
    return mco_gen_put((MCO_Hf *)object, Setting_code, 3, &value);
}

MCO_RET Setting_agent_id_get(Setting *object, uint8 *value)
{
    return mco_gen_get((MCO_Hf *)object, Setting_code, 3, value);
}

MCO_RET Setting_idx_find(mco_trans_h t, uint8 key_agent_id, uint4 key_param_id, Setting *object)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_agent_id; keys[0].len = sizeof key_agent_id;
    keys[1].ptr = &key_param_id; keys[1].len = sizeof key_param_id;
    return mco_gen_find(t, Setting_idx_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Setting_idx_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Setting_idx_index_no);
}

MCO_RET Setting_idx_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint8 key_agent_id, uint4 key_param_id)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_agent_id; keys[0].len = sizeof key_agent_id;
    keys[1].ptr = &key_param_id; keys[1].len = sizeof key_param_id;
    return mco_gen_search(t, c, Setting_idx_index_no, (int)op, keys);
}

MCO_RET Setting_idx_compare(mco_trans_h t, mco_cursor_h c, uint8 key_agent_id, uint4 key_param_id, int *result)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_agent_id; keys[0].len = sizeof key_agent_id;
    keys[1].ptr = &key_param_id; keys[1].len = sizeof key_param_id;
    return mco_gen_compare(t, c, Setting_idx_index_no, keys, result);
}

MCO_RET Setting_idx_locate(mco_trans_h t, mco_cursor_h c, Setting *object)
{
    return mco_gen_locate(t, c, Setting_idx_index_no, (MCO_Hf *)object);
}

static const mco_size_t mco_gen_offsets_Everything[] = {
    offsetof(Everything_fixed, i1),
    offsetof(Everything_fixed, i2),
    offsetof(Everything_fixed, i4),
    offsetof(Everything_fixed, i8),
    offsetof(Everything_fixed, u1),
    offsetof(Everything_fixed, u2),
    offsetof(Everything_fixed, u4),
    offsetof(Everything_fixed, u8),
    offsetof(Everything_fixed, f4),
    offsetof(Everything_fixed, f8),
    offsetof(Everything_fixed, flag),
    offsetof(Everything_fixed, truth),
    offsetof(Everything_fixed, c20),
    offsetof(Everything_fixed, n10),
    offsetof(Everything_fixed, b16),
    offsetof(Everything_fixed, d),
    offsetof(Everything_fixed, t),
    offsetof(Everything_fixed, dt),
    offsetof(Everything_fixed, n2),
    offsetof(Everything_fixed, n4),
    offsetof(Everything_fixed, n9),
    offsetof(Everything_fixed, n18),
    offsetof(Everything_fixed, color),
    offsetof(Everything_fixed, wide),
    offsetof(Everything_fixed, any),
    offsetof(Everything_fixed, parent),
    offsetof(Everything_fixed, index),
#ifdef __cplusplus
    offsetof(Everything_fixed, new_),
#else
    offsetof(Everything_fixed, new),
#endif
    offsetof(Everything_fixed, int_),
    offsetof(Everything_fixed, a),
    offsetof(Everything_fixed, b),
};

static MCO_RET mco_gen_call_made(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_made_handler)handler)(t, (Everything *)object, (MCO_EVENT_TYPE)event_type, param);
}

static MCO_RET mco_gen_call_settled(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_settled_handler)handler)(t, (Everything *)object, (MCO_EVENT_TYPE)event_type, param);
}

static MCO_RET mco_gen_call_touched(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_touched_handler)handler)(t, (Everything *)object, (MCO_EVENT_TYPE)event_type, param);
}

static MCO_RET mco_gen_call_i4_put(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_i4_put_handler)handler)(t, (Everything *)object, (MCO_EVENT_TYPE)event_type, param);
}

static MCO_RET mco_gen_call_new_put(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_new_put_handler)handler)(t, (Everything *)object, (MCO_EVENT_TYPE)event_type, param);
}

MCO_RET Everything_new(mco_trans_h t, Everything *object)
{
    return mco_gen_new(t, Everything_code, (MCO_Hf *)object);
}

MCO_RET Everything_delete(Everything *object)
{
    return mco_gen_delete((MCO_Hf *)object, Everything_code);
}

MCO_RET Everything_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Everything_code);
}

MCO_RET Everything_checkpoint(Everything *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Everything_code);
}

MCO_RET Everything_from_cursor(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_from_cursor(t, c, Everything_code, (MCO_Hf *)object);
}

MCO_RET Everything_pack(Everything *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Everything_code, pages_released);
}

MCO_RET Everything_list_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_list_cursor(t, c, Everything_code);
}

MCO_RET Everything_fixed_get(Everything *object, Everything_fixed *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, Everything_code, values, mco_gen_offsets_Everything);
}

MCO_RET Everything_fixed_put(Everything *object, const Everything_fixed *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, Everything_code, values, mco_gen_offsets_Everything);
}

MCO_RET Everything_autoid_get(Everything *object, autoid_t *id)
{
    return mco_gen_autoid_get((MCO_Hf *)object, Everything_code, id);
}

MCO_RET Everything_autoid_find(mco_trans_h t, autoid_t id, Everything *object)
{
    return mco_gen_autoid_find(t, Everything_code, id, (MCO_Hf *)object);
}

MCO_RET Everything_autoid_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_autoid_cursor(t, c, Everything_code);
}

MCO_RET Everything_i1_put(Everything *object, int1 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 0, &value);
}

MCO_RET Everything_i1_get(Everything *object, int1 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 0, value);
}

MCO_RET Everything_i2_put(Everything *object, int2 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 1, &value);
}

MCO_RET Everything_i2_get(Everything *object, int2 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 1, value);
}

MCO_RET Everything_i4_put(Everything *object, int4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 2, &value);
}

MCO_RET Everything_i4_get(Everything *object, int4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 2, value);
}

MCO_RET Everything_i8_put(Everything *object, mco_int8 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 3, &value);
}

MCO_RET Everything_i8_get(Everything *object, mco_int8 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 3, value);
}

MCO_RET Everything_u1_put(Everything *object, uint1 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 4, &value);
}

MCO_RET Everything_u1_get(Everything *object, uint1 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 4, value);
}

MCO_RET Everything_u2_put(Everything *object, uint2 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 5, &value);
}

MCO_RET Everything_u2_get(Everything *object, uint2 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 5, value);
}

MCO_RET Everything_u4_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 6, &value);
}

MCO_RET Everything_u4_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 6, value);
}

MCO_RET Everything_u8_put(Everything *object, uint8 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 7, &value);
}

MCO_RET Everything_u8_get(Everything *object, uint8 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 7, value);
}

MCO_RET Everything_f4_put(Everything *object, float value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 8, &value);
}

MCO_RET Everything_f4_get(Everything *object, float *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 8, value);
}

MCO_RET Everything_f8_put(Everything *object, double value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 9, &value);
}

MCO_RET Everything_f8_get(Everything *object, double *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 9, value);
}

MCO_RET Everything_flag_put(Everything *object, mco_bool value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 10, &value);
}

MCO_RET Everything_flag_get(Everything *object, mco_bool *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 10, value);
}

MCO_RET Everything_truth_put(Everything *object, mco_bool value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 11, &value);
}

MCO_RET Everything_truth_get(Everything *object, mco_bool *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 11, value);
}

MCO_RET Everything_c20_put(Everything *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Everything_code, 12, value, len);
}

MCO_RET Everything_c20_get(Everything *object, char *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, Everything_code, 12, buf, size, NULL);
}

MCO_RET Everything_n10_put(Everything *object, const nchar_t *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Everything_code, 13, value, len);
}

MCO_RET Everything_n10_get(Everything *object, nchar_t *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, Everything_code, 13, buf, size, NULL);
}

MCO_RET Everything_b16_put(Everything *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Everything_code, 14, value, len);
}

MCO_RET Everything_b16_get(Everything *object, char *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, Everything_code, 14, buf, size, NULL);
}

MCO_RET Everything_s_put(Everything *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Everything_code, 15, value, len);
}

MCO_RET Everything_s_get(Everything *object, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, Everything_code, 15, buf, size, len);
}

MCO_RET Everything_s_size(Everything *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, Everything_code, 15, len);
}

MCO_RET Everything_ns_put(Everything *object, const nchar_t *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Everything_code, 16, value, len);
}

MCO_RET Everything_ns_get(Everything *object, nchar_t *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, Everything_code, 16, buf, size, len);
}

MCO_RET Everything_ns_size(Everything *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, Everything_code, 16, len);
}

MCO_RET Everything_vb_put(Everything *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Everything_code, 17, value, len);
}

MCO_RET Everything_vb_get(Everything *object, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, Everything_code, 17, buf, size, len);
}

MCO_RET Everything_vb_size(Everything *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, Everything_code, 17, len);
}

MCO_RET Everything_d_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 18, &value);
}

MCO_RET Everything_d_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 18, value);
}

MCO_RET Everything_t_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 19, &value);
}

MCO_RET Everything_t_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 19, value);
}

MCO_RET Everything_dt_put(Everything *object, mco_datetime value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 20, &value);
}

MCO_RET Everything_dt_get(Everything *object, mco_datetime *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 20, value);
}

MCO_RET Everything_n2_put(Everything *object, int1 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 21, &value);
}

MCO_RET Everything_n2_get(Everything *object, int1 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 21, value);
}

MCO_RET Everything_n4_put(Everything *object, int2 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 22, &value);
}

MCO_RET Everything_n4_get(Everything *object, int2 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 22, value);
}

MCO_RET Everything_n9_put(Everything *object, int4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 23, &value);
}

MCO_RET Everything_n9_get(Everything *object, int4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 23, value);
}

MCO_RET Everything_n18_put(Everything *object, mco_int8 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 24, &value);
}

MCO_RET Everything_n18_get(Everything *object, mco_int8 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 24, value);
}

MCO_RET Everything_color_put(Everything *object, Color value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 25, &value);
}

MCO_RET Everything_color_get(Everything *object, Color *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 25, value);
}

MCO_RET Everything_wide_put(Everything *object, Wide value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 26, &value);
}

MCO_RET Everything_wide_get(Everything *object, Wide *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 26, value);
}

MCO_RET Everything_any_put(Everything *object, autoid_t value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 27, &value);
}

MCO_RET Everything_any_get(Everything *object, autoid_t *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 27, value);
}

MCO_RET Everything_parent_put(Everything *object, autoid_t value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 28, &value);
}

MCO_RET Everything_parent_get(Everything *object, autoid_t *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 28, value);
}

MCO_RET Everything_index_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 29, &value);
}

MCO_RET Everything_index_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 29, value);
}

MCO_RET Everything_new_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 30, &value);
}

MCO_RET Everything_new_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 30, value);
}

MCO_RET Everything_int_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 31, &value);
}

MCO_RET Everything_int_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 31, value);
}

MCO_RET Everything_a_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 32, &value);
}

MCO_RET Everything_a_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 32, value);
}

MCO_RET Everything_b_put(Everything *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Everything_code, 33, &value);
}

MCO_RET Everything_b_get(Everything *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Everything_code, 33, value);
}

MCO_RET Everything_t_u1_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_t_u1_index_no);
}

MCO_RET Everything_t_u1_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint1 key_u1)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_u1; keys[0].len = sizeof key_u1;
    return mco_gen_search(t, c, Everything_t_u1_index_no, (int)op, keys);
}

MCO_RET Everything_t_u1_compare(mco_trans_h t, mco_cursor_h c, uint1 key_u1, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_u1; keys[0].len = sizeof key_u1;
    return mco_gen_compare(t, c, Everything_t_u1_index_no, keys, result);
}

MCO_RET Everything_t_u1_locate(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_locate(t, c, Everything_t_u1_index_no, (MCO_Hf *)object);
}

MCO_RET Everything_ut_mixed_find(mco_trans_h t, int4 key_i4, const char *key_c20, uint2 len_c20, const nchar_t *key_n10, uint2 len_n10, Everything *object)
{
    mco_gen_key_t keys[3];
    keys[0].ptr = &key_i4; keys[0].len = sizeof key_i4;
    keys[1].ptr = key_c20; keys[1].len = len_c20;
    keys[2].ptr = key_n10; keys[2].len = len_n10;
    return mco_gen_find(t, Everything_ut_mixed_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Everything_ut_mixed_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_ut_mixed_index_no);
}

MCO_RET Everything_ut_mixed_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, int4 key_i4, const char *key_c20, uint2 len_c20, const nchar_t *key_n10, uint2 len_n10)
{
    mco_gen_key_t keys[3];
    keys[0].ptr = &key_i4; keys[0].len = sizeof key_i4;
    keys[1].ptr = key_c20; keys[1].len = len_c20;
    keys[2].ptr = key_n10; keys[2].len = len_n10;
    return mco_gen_search(t, c, Everything_ut_mixed_index_no, (int)op, keys);
}

MCO_RET Everything_ut_mixed_compare(mco_trans_h t, mco_cursor_h c, int4 key_i4, const char *key_c20, uint2 len_c20, const nchar_t *key_n10, uint2 len_n10, int *result)
{
    mco_gen_key_t keys[3];
    keys[0].ptr = &key_i4; keys[0].len = sizeof key_i4;
    keys[1].ptr = key_c20; keys[1].len = len_c20;
    keys[2].ptr = key_n10; keys[2].len = len_n10;
    return mco_gen_compare(t, c, Everything_ut_mixed_index_no, keys, result);
}

MCO_RET Everything_ut_mixed_locate(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_locate(t, c, Everything_ut_mixed_index_no, (MCO_Hf *)object);
}

MCO_RET Everything_t_c20_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_t_c20_index_no);
}

MCO_RET Everything_t_c20_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_c20, uint2 len_c20)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_c20; keys[0].len = len_c20;
    return mco_gen_search(t, c, Everything_t_c20_index_no, (int)op, keys);
}

MCO_RET Everything_t_c20_compare(mco_trans_h t, mco_cursor_h c, const char *key_c20, uint2 len_c20, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_c20; keys[0].len = len_c20;
    return mco_gen_compare(t, c, Everything_t_c20_index_no, keys, result);
}

MCO_RET Everything_t_c20_locate(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_locate(t, c, Everything_t_c20_index_no, (MCO_Hf *)object);
}

MCO_RET Everything_t_c20_pattern_size(mco_trans_h t, const char *pattern, uint2 len, mco_size_t *size)
{
    return mco_gen_pattern_size(t, Everything_t_c20_index_no, pattern, len, size);
}

MCO_RET Everything_t_c20_pattern_search(mco_trans_h t, mco_cursor_h c, void *state, mco_size_t size, const char *pattern, uint2 len)
{
    return mco_gen_pattern_search(t, c, Everything_t_c20_index_no, state, size, pattern, len);
}

MCO_RET Everything_t_c20_pattern_next(mco_trans_h t, mco_cursor_h c, void *state)
{
    return mco_gen_pattern_next(t, c, Everything_t_c20_index_no, state);
}

MCO_RET Everything_t_s_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_t_s_index_no);
}

MCO_RET Everything_t_s_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_s, uint2 len_s, uint4 key_d)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = key_s; keys[0].len = len_s;
    keys[1].ptr = &key_d; keys[1].len = sizeof key_d;
    return mco_gen_search(t, c, Everything_t_s_index_no, (int)op, keys);
}

MCO_RET Everything_t_s_compare(mco_trans_h t, mco_cursor_h c, const char *key_s, uint2 len_s, uint4 key_d, int *result)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = key_s; keys[0].len = len_s;
    keys[1].ptr = &key_d; keys[1].len = sizeof key_d;
    return mco_gen_compare(t, c, Everything_t_s_index_no, keys, result);
}

MCO_RET Everything_t_s_locate(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_locate(t, c, Everything_t_s_index_no, (MCO_Hf *)object);
}

MCO_RET Everything_t_s_pattern_size(mco_trans_h t, const char *pattern, uint2 len, mco_size_t *size)
{
    return mco_gen_pattern_size(t, Everything_t_s_index_no, pattern, len, size);
}

MCO_RET Everything_t_s_pattern_search(mco_trans_h t, mco_cursor_h c, void *state, mco_size_t size, const char *pattern, uint2 len)
{
    return mco_gen_pattern_search(t, c, Everything_t_s_index_no, state, size, pattern, len);
}

MCO_RET Everything_t_s_pattern_next(mco_trans_h t, mco_cursor_h c, void *state)
{
    return mco_gen_pattern_next(t, c, Everything_t_s_index_no, state);
}

MCO_RET Everything_h_u8_find(mco_trans_h t, uint8 key_u8, Everything *object)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_u8; keys[0].len = sizeof key_u8;
    return mco_gen_find(t, Everything_h_u8_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Everything_h_u8_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_h_u8_index_no);
}

MCO_RET Everything_h_u8_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint8 key_u8)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_u8; keys[0].len = sizeof key_u8;
    return mco_gen_search(t, c, Everything_h_u8_index_no, (int)op, keys);
}

MCO_RET Everything_h_u8_compare(mco_trans_h t, mco_cursor_h c, uint8 key_u8, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_u8; keys[0].len = sizeof key_u8;
    return mco_gen_compare(t, c, Everything_h_u8_index_no, keys, result);
}

MCO_RET Everything_uh_mixed_find(mco_trans_h t, const char *key_b16, uint2 len_b16, Color key_color, mco_bool key_flag, Everything *object)
{
    mco_gen_key_t keys[3];
    keys[0].ptr = key_b16; keys[0].len = len_b16;
    keys[1].ptr = &key_color; keys[1].len = sizeof key_color;
    keys[2].ptr = &key_flag; keys[2].len = sizeof key_flag;
    return mco_gen_find(t, Everything_uh_mixed_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Everything_uh_mixed_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_uh_mixed_index_no);
}

MCO_RET Everything_uh_mixed_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_b16, uint2 len_b16, Color key_color, mco_bool key_flag)
{
    mco_gen_key_t keys[3];
    keys[0].ptr = key_b16; keys[0].len = len_b16;
    keys[1].ptr = &key_color; keys[1].len = sizeof key_color;
    keys[2].ptr = &key_flag; keys[2].len = sizeof key_flag;
    return mco_gen_search(t, c, Everything_uh_mixed_index_no, (int)op, keys);
}

MCO_RET Everything_uh_mixed_compare(mco_trans_h t, mco_cursor_h c, const char *key_b16, uint2 len_b16, Color key_color, mco_bool key_flag, int *result)
{
    mco_gen_key_t keys[3];
    keys[0].ptr = key_b16; keys[0].len = len_b16;
    keys[1].ptr = &key_color; keys[1].len = sizeof key_color;
    keys[2].ptr = &key_flag; keys[2].len = sizeof key_flag;
    return mco_gen_compare(t, c, Everything_uh_mixed_index_no, keys, result);
}

MCO_RET Everything_nh_ns_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_nh_ns_index_no);
}

MCO_RET Everything_nh_ns_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const nchar_t *key_ns, uint2 len_ns)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_ns; keys[0].len = len_ns;
    return mco_gen_search(t, c, Everything_nh_ns_index_no, (int)op, keys);
}

MCO_RET Everything_nh_ns_compare(mco_trans_h t, mco_cursor_h c, const nchar_t *key_ns, uint2 len_ns, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_ns; keys[0].len = len_ns;
    return mco_gen_compare(t, c, Everything_nh_ns_index_no, keys, result);
}

MCO_RET Everything_t_more_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_t_more_index_no);
}

MCO_RET Everything_t_more_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, float key_f4, double key_f8, mco_int8 key_n18, const char *key_vb, uint2 len_vb, autoid_t key_parent, mco_datetime key_dt)
{
    mco_gen_key_t keys[6];
    keys[0].ptr = &key_f4; keys[0].len = sizeof key_f4;
    keys[1].ptr = &key_f8; keys[1].len = sizeof key_f8;
    keys[2].ptr = &key_n18; keys[2].len = sizeof key_n18;
    keys[3].ptr = key_vb; keys[3].len = len_vb;
    keys[4].ptr = &key_parent; keys[4].len = sizeof key_parent;
    keys[5].ptr = &key_dt; keys[5].len = sizeof key_dt;
    return mco_gen_search(t, c, Everything_t_more_index_no, (int)op, keys);
}

MCO_RET Everything_t_more_compare(mco_trans_h t, mco_cursor_h c, float key_f4, double key_f8, mco_int8 key_n18, const char *key_vb, uint2 len_vb, autoid_t key_parent, mco_datetime key_dt, int *result)
{
    mco_gen_key_t keys[6];
    keys[0].ptr = &key_f4; keys[0].len = sizeof key_f4;
    keys[1].ptr = &key_f8; keys[1].len = sizeof key_f8;
    keys[2].ptr = &key_n18; keys[2].len = sizeof key_n18;
    keys[3].ptr = key_vb; keys[3].len = len_vb;
    keys[4].ptr = &key_parent; keys[4].len = sizeof key_parent;
    keys[5].ptr = &key_dt; keys[5].len = sizeof key_dt;
    return mco_gen_compare(t, c, Everything_t_more_index_no, keys, result);
}

MCO_RET Everything_t_more_locate(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_locate(t, c, Everything_t_more_index_no, (MCO_Hf *)object);
}

MCO_RET Everything_v_c20_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_v_c20_index_no);
}

MCO_RET Everything_v_c20_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_c20, uint2 len_c20)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_c20; keys[0].len = len_c20;
    return mco_gen_search(t, c, Everything_v_c20_index_no, (int)op, keys);
}

MCO_RET Everything_v_c20_compare(mco_trans_h t, mco_cursor_h c, const char *key_c20, uint2 len_c20, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_c20; keys[0].len = len_c20;
    return mco_gen_compare(t, c, Everything_v_c20_index_no, keys, result);
}

MCO_RET Everything_v_c20_locate(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_locate(t, c, Everything_v_c20_index_no, (MCO_Hf *)object);
}

MCO_RET Everything_v_c20_create(mco_trans_h t)
{
    return mco_gen_index_create(t, Everything_v_c20_index_no);
}

MCO_RET Everything_v_c20_drop(mco_trans_h t)
{
    return mco_gen_index_drop(t, Everything_v_c20_index_no);
}

MCO_RET Everything_v_c20_pattern_size(mco_trans_h t, const char *pattern, uint2 len, mco_size_t *size)
{
    return mco_gen_pattern_size(t, Everything_v_c20_index_no, pattern, len, size);
}

MCO_RET Everything_v_c20_pattern_search(mco_trans_h t, mco_cursor_h c, void *state, mco_size_t size, const char *pattern, uint2 len)
{
    return mco_gen_pattern_search(t, c, Everything_v_c20_index_no, state, size, pattern, len);
}

MCO_RET Everything_v_c20_pattern_next(mco_trans_h t, mco_cursor_h c, void *state)
{
    return mco_gen_pattern_next(t, c, Everything_v_c20_index_no, state);
}

MCO_RET Everything_vu_mixed_find(mco_trans_h t, uint4 key_u4, const char *key_s, uint2 len_s, Everything *object)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_u4; keys[0].len = sizeof key_u4;
    keys[1].ptr = key_s; keys[1].len = len_s;
    return mco_gen_find(t, Everything_vu_mixed_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Everything_vu_mixed_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Everything_vu_mixed_index_no);
}

MCO_RET Everything_vu_mixed_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint4 key_u4, const char *key_s, uint2 len_s)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_u4; keys[0].len = sizeof key_u4;
    keys[1].ptr = key_s; keys[1].len = len_s;
    return mco_gen_search(t, c, Everything_vu_mixed_index_no, (int)op, keys);
}

MCO_RET Everything_vu_mixed_compare(mco_trans_h t, mco_cursor_h c, uint4 key_u4, const char *key_s, uint2 len_s, int *result)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_u4; keys[0].len = sizeof key_u4;
    keys[1].ptr = key_s; keys[1].len = len_s;
    return mco_gen_compare(t, c, Everything_vu_mixed_index_no, keys, result);
}

MCO_RET Everything_vu_mixed_locate(mco_trans_h t, mco_cursor_h c, Everything *object)
{
    return mco_gen_locate(t, c, Everything_vu_mixed_index_no, (MCO_Hf *)object);
}

MCO_RET Everything_vu_mixed_create(mco_trans_h t)
{
    return mco_gen_index_create(t, Everything_vu_mixed_index_no);
}

MCO_RET Everything_vu_mixed_drop(mco_trans_h t)
{
    return mco_gen_index_drop(t, Everything_vu_mixed_index_no);
}

MCO_RET mco_register_made_handler(mco_trans_h t, mco_made_handler handler, void *param)
{
    return mco_gen_register(t, 1, mco_gen_call_made, (mco_gen_function_t)handler, param, 1);
}

MCO_RET mco_unregister_made_handler(mco_trans_h t, mco_made_handler handler)
{
    return mco_gen_unregister(t, 1, (mco_gen_function_t)handler);
}

MCO_RET mco_register_settled_handler(mco_trans_h t, mco_settled_handler handler, void *param)
{
    return mco_gen_register(t, 2, mco_gen_call_settled, (mco_gen_function_t)handler, param, 1);
}

MCO_RET mco_unregister_settled_handler(mco_trans_h t, mco_settled_handler handler)
{
    return mco_gen_unregister(t, 2, (mco_gen_function_t)handler);
}

MCO_RET mco_register_touched_handler(mco_trans_h t, mco_touched_handler handler, void *param, MCO_HANDLING_ORDER when)
{
    return mco_gen_register(t, 3, mco_gen_call_touched, (mco_gen_function_t)handler, param, (int)when);
}

MCO_RET mco_unregister_touched_handler(mco_trans_h t, mco_touched_handler handler)
{
    return mco_gen_unregister(t, 3, (mco_gen_function_t)handler);
}

MCO_RET mco_register_i4_put_handler(mco_trans_h t, mco_i4_put_handler handler, void *param, MCO_HANDLING_ORDER when)
{
    return mco_gen_register(t, 4, mco_gen_call_i4_put, (mco_gen_function_t)handler, param, (int)when);
}

MCO_RET mco_unregister_i4_put_handler(mco_trans_h t, mco_i4_put_handler handler)
{
    return mco_gen_unregister(t, 4, (mco_gen_function_t)handler);
}

MCO_RET mco_register_new_put_handler(mco_trans_h t, mco_new_put_handler handler, void *param, MCO_HANDLING_ORDER when)
{
    return mco_gen_register(t, 5, mco_gen_call_new_put, (mco_gen_function_t)handler, param, (int)when);
}

MCO_RET mco_unregister_new_put_handler(mco_trans_h t, mco_new_put_handler handler)
{
    return mco_gen_unregister(t, 5, (mco_gen_function_t)handler);
}

static MCO_RET mco_gen_call_register(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_register_handler)handler)(t, (Scratch *)object, (MCO_EVENT_TYPE)event_type, param);
}

static MCO_RET mco_gen_call_emptied(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_emptied_handler)handler)(t, (Scratch *)object, (MCO_EVENT_TYPE)event_type, param);
}

static MCO_RET mco_gen_call_gone(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_gone_handler)handler)(t, (Scratch *)object, (MCO_EVENT_TYPE)event_type, param);
}

MCO_RET Scratch_new(mco_trans_h t, Scratch *object)
{
    return mco_gen_new(t, Scratch_code, (MCO_Hf *)object);
}

MCO_RET Scratch_delete(Scratch *object)
{
    return mco_gen_delete((MCO_Hf *)object, Scratch_code);
}

MCO_RET Scratch_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Scratch_code);
}

MCO_RET Scratch_checkpoint(Scratch *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Scratch_code);
}

MCO_RET Scratch_from_cursor(mco_trans_h t, mco_cursor_h c, Scratch *object)
{
    return mco_gen_from_cursor(t, c, Scratch_code, (MCO_Hf *)object);
}

MCO_RET Scratch_pack(Scratch *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Scratch_code, pages_released);
}

MCO_RET Scratch_list_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_list_cursor(t, c, Scratch_code);
}

MCO_RET Scratch_text_put(Scratch *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Scratch_code, 0, value, len);
}

MCO_RET Scratch_text_get(Scratch *object, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, Scratch_code, 0, buf, size, len);
}

MCO_RET Scratch_text_size(Scratch *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, Scratch_code, 0, len);
}

MCO_RET Scratch_pos_write_handle(Scratch *object, Position *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Scratch_code, 1, 0, 1, (MCO_Hf *)handle);
}

MCO_RET Scratch_pos_read_handle(Scratch *object, Position *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Scratch_code, 1, 0, 0, (MCO_Hf *)handle);
}

MCO_RET Scratch_home_write_handle(Scratch *object, Address *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Scratch_code, 6, 0, 1, (MCO_Hf *)handle);
}

MCO_RET Scratch_home_read_handle(Scratch *object, Address *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Scratch_code, 6, 0, 0, (MCO_Hf *)handle);
}

MCO_RET Scratch_home_erase(Scratch *object)
{
    return mco_gen_erase((MCO_Hf *)object, Scratch_code, 6, 0);
}

MCO_RET Scratch_second_home_write_handle(Scratch *object, Address *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Scratch_code, 16, 0, 1, (MCO_Hf *)handle);
}

MCO_RET Scratch_second_home_read_handle(Scratch *object, Address *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Scratch_code, 16, 0, 0, (MCO_Hf *)handle);
}

MCO_RET Scratch_second_home_erase(Scratch *object)
{
    return mco_gen_erase((MCO_Hf *)object, Scratch_code, 16, 0);
}

MCO_RET Scratch_by_pos_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Scratch_by_pos_index_no);
}

MCO_RET Scratch_by_pos_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, double key_0_pos_x, const char *key_1_home_street, uint2 len_1_home_street)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_0_pos_x; keys[0].len = sizeof key_0_pos_x;
    keys[1].ptr = key_1_home_street; keys[1].len = len_1_home_street;
    return mco_gen_search(t, c, Scratch_by_pos_index_no, (int)op, keys);
}

MCO_RET Scratch_by_pos_compare(mco_trans_h t, mco_cursor_h c, double key_0_pos_x, const char *key_1_home_street, uint2 len_1_home_street, int *result)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = &key_0_pos_x; keys[0].len = sizeof key_0_pos_x;
    keys[1].ptr = key_1_home_street; keys[1].len = len_1_home_street;
    return mco_gen_compare(t, c, Scratch_by_pos_index_no, keys, result);
}

MCO_RET Scratch_by_pos_locate(mco_trans_h t, mco_cursor_h c, Scratch *object)
{
    return mco_gen_locate(t, c, Scratch_by_pos_index_no, (MCO_Hf *)object);
}

MCO_RET mco_register_register_handler(mco_trans_h t, mco_register_handler handler, void *param)
{
    return mco_gen_register(t, 6, mco_gen_call_register, (mco_gen_function_t)handler, param, 1);
}

MCO_RET mco_unregister_register_handler(mco_trans_h t, mco_register_handler handler)
{
    return mco_gen_unregister(t, 6, (mco_gen_function_t)handler);
}

MCO_RET mco_register_emptied_handler(mco_trans_h t, mco_emptied_handler handler, void *param)
{
    return mco_gen_register(t, 7, mco_gen_call_emptied, (mco_gen_function_t)handler, param, 1);
}

MCO_RET mco_unregister_emptied_handler(mco_trans_h t, mco_emptied_handler handler)
{
    return mco_gen_unregister(t, 7, (mco_gen_function_t)handler);
}

MCO_RET mco_register_gone_handler(mco_trans_h t, mco_gone_handler handler, void *param)
{
    return mco_gen_register(t, 8, mco_gen_call_gone, (mco_gen_function_t)handler, param, 1);
}

MCO_RET mco_unregister_gone_handler(mco_trans_h t, mco_gone_handler handler)
{
    return mco_gen_unregister(t, 8, (mco_gen_function_t)handler);
}

static const mco_size_t mco_gen_offsets_Maybe[] = {
    offsetof(Maybe_fixed, n),
    offsetof(Maybe_fixed, m),
    offsetof(Maybe_fixed, color),
    offsetof(Maybe_fixed, flag),
    offsetof(Maybe_fixed, c4),
    offsetof(Maybe_fixed, price),
};

MCO_RET Maybe_new(mco_trans_h t, Maybe *object)
{
    return mco_gen_new(t, Maybe_code, (MCO_Hf *)object);
}

MCO_RET Maybe_delete(Maybe *object)
{
    return mco_gen_delete((MCO_Hf *)object, Maybe_code);
}

MCO_RET Maybe_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Maybe_code);
}

MCO_RET Maybe_checkpoint(Maybe *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Maybe_code);
}

MCO_RET Maybe_from_cursor(mco_trans_h t, mco_cursor_h c, Maybe *object)
{
    return mco_gen_from_cursor(t, c, Maybe_code, (MCO_Hf *)object);
}

MCO_RET Maybe_pack(Maybe *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Maybe_code, pages_released);
}

MCO_RET Maybe_list_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_list_cursor(t, c, Maybe_code);
}

MCO_RET Maybe_fixed_get(Maybe *object, Maybe_fixed *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, Maybe_code, values, mco_gen_offsets_Maybe);
}

MCO_RET Maybe_fixed_put(Maybe *object, const Maybe_fixed *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, Maybe_code, values, mco_gen_offsets_Maybe);
}

MCO_RET Maybe_n_put(Maybe *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Maybe_code, 0, &value);
}

MCO_RET Maybe_n_get(Maybe *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Maybe_code, 0, value);
}

MCO_RET Maybe_n_indicator_put(Maybe *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Maybe_code, 0, value);
}

MCO_RET Maybe_n_indicator_get(Maybe *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Maybe_code, 0, value);
}

MCO_RET Maybe_m_put(Maybe *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Maybe_code, 1, &value);
}

MCO_RET Maybe_m_get(Maybe *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Maybe_code, 1, value);
}

MCO_RET Maybe_m_indicator_put(Maybe *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Maybe_code, 1, value);
}

MCO_RET Maybe_m_indicator_get(Maybe *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Maybe_code, 1, value);
}

MCO_RET Maybe_color_put(Maybe *object, Color value)
{
    return mco_gen_put((MCO_Hf *)object, Maybe_code, 2, &value);
}

MCO_RET Maybe_color_get(Maybe *object, Color *value)
{
    return mco_gen_get((MCO_Hf *)object, Maybe_code, 2, value);
}

MCO_RET Maybe_color_indicator_put(Maybe *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Maybe_code, 2, value);
}

MCO_RET Maybe_color_indicator_get(Maybe *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Maybe_code, 2, value);
}

MCO_RET Maybe_flag_put(Maybe *object, mco_bool value)
{
    return mco_gen_put((MCO_Hf *)object, Maybe_code, 3, &value);
}

MCO_RET Maybe_flag_get(Maybe *object, mco_bool *value)
{
    return mco_gen_get((MCO_Hf *)object, Maybe_code, 3, value);
}

MCO_RET Maybe_flag_indicator_put(Maybe *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Maybe_code, 3, value);
}

MCO_RET Maybe_flag_indicator_get(Maybe *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Maybe_code, 3, value);
}

MCO_RET Maybe_c4_put(Maybe *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Maybe_code, 4, value, len);
}

MCO_RET Maybe_c4_get(Maybe *object, char *buf, uint2 size)
{
    return mco_gen_get_text((MCO_Hf *)object, Maybe_code, 4, buf, size, NULL);
}

MCO_RET Maybe_c4_indicator_put(Maybe *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Maybe_code, 4, value);
}

MCO_RET Maybe_c4_indicator_get(Maybe *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Maybe_code, 4, value);
}

MCO_RET Maybe_ns_put(Maybe *object, const nchar_t *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Maybe_code, 5, value, len);
}

MCO_RET Maybe_ns_get(Maybe *object, nchar_t *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, Maybe_code, 5, buf, size, len);
}

MCO_RET Maybe_ns_size(Maybe *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, Maybe_code, 5, len);
}

MCO_RET Maybe_ns_indicator_put(Maybe *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Maybe_code, 5, value);
}

MCO_RET Maybe_ns_indicator_get(Maybe *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Maybe_code, 5, value);
}

MCO_RET Maybe_price_put(Maybe *object, int4 value)
{
    return mco_gen_put((MCO_Hf *)object, Maybe_code, 6, &value);
}

MCO_RET Maybe_price_get(Maybe *object, int4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Maybe_code, 6, value);
}

MCO_RET Maybe_price_indicator_put(Maybe *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Maybe_code, 6, value);
}

MCO_RET Maybe_price_indicator_get(Maybe *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Maybe_code, 6, value);
}

MCO_RET Maybe_picture_put(Maybe *object, const void *value, uint4 len)
{
    return mco_gen_blob_put((MCO_Hf *)object, Maybe_code, 7, value, len);
}

MCO_RET Maybe_picture_append(Maybe *object, const void *value, uint4 len)
{
    return mco_gen_blob_append((MCO_Hf *)object, Maybe_code, 7, value, len);
}

MCO_RET Maybe_picture_get(Maybe *object, uint4 start, char *buf, uint4 size, uint4 *len)
{
    return mco_gen_blob_get((MCO_Hf *)object, Maybe_code, 7, start, buf, size, len);
}

MCO_RET Maybe_picture_size(Maybe *object, uint4 *len)
{
    return mco_gen_blob_size((MCO_Hf *)object, Maybe_code, 7, len);
}

MCO_RET Maybe_picture_erase(Maybe *object)
{
    return mco_gen_erase((MCO_Hf *)object, Maybe_code, 7, 0);
}

MCO_RET Maybe_t_n_find(mco_trans_h t, uint4 key_n, Maybe *object)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_n; keys[0].len = sizeof key_n;
    return mco_gen_find(t, Maybe_t_n_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Maybe_t_n_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Maybe_t_n_index_no);
}

MCO_RET Maybe_t_n_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint4 key_n)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_n; keys[0].len = sizeof key_n;
    return mco_gen_search(t, c, Maybe_t_n_index_no, (int)op, keys);
}

MCO_RET Maybe_t_n_compare(mco_trans_h t, mco_cursor_h c, uint4 key_n, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_n; keys[0].len = sizeof key_n;
    return mco_gen_compare(t, c, Maybe_t_n_index_no, keys, result);
}

MCO_RET Maybe_t_n_locate(mco_trans_h t, mco_cursor_h c, Maybe *object)
{
    return mco_gen_locate(t, c, Maybe_t_n_index_no, (MCO_Hf *)object);
}

MCO_RET Maybe_h_c4_find(mco_trans_h t, const char *key_c4, uint2 len_c4, uint4 key_n, Maybe *object)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = key_c4; keys[0].len = len_c4;
    keys[1].ptr = &key_n; keys[1].len = sizeof key_n;
    return mco_gen_find(t, Maybe_h_c4_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Maybe_h_c4_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Maybe_h_c4_index_no);
}

MCO_RET Maybe_h_c4_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_c4, uint2 len_c4, uint4 key_n)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = key_c4; keys[0].len = len_c4;
    keys[1].ptr = &key_n; keys[1].len = sizeof key_n;
    return mco_gen_search(t, c, Maybe_h_c4_index_no, (int)op, keys);
}

MCO_RET Maybe_h_c4_compare(mco_trans_h t, mco_cursor_h c, const char *key_c4, uint2 len_c4, uint4 key_n, int *result)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = key_c4; keys[0].len = len_c4;
    keys[1].ptr = &key_n; keys[1].len = sizeof key_n;
    return mco_gen_compare(t, c, Maybe_h_c4_index_no, keys, result);
}

static const mco_size_t mco_gen_offsets_Lists[] = {
    offsetof(Lists_fixed, n),
    offsetof(Lists_fixed, palette),
    offsetof(Lists_fixed, point),
    offsetof(Lists_fixed, height),
    offsetof(Lists_fixed, tags),
    offsetof(Lists_fixed, wide_tags),
    offsetof(Lists_fixed, pairs),
    offsetof(Lists_fixed, ids),
    offsetof(Lists_fixed, steps),
};

static MCO_RET mco_gen_call_numbers_put(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_numbers_put_handler)handler)(t, (Lists *)object, (MCO_EVENT_TYPE)event_type, param);
}

static MCO_RET mco_gen_call_n_put(mco_trans_h t, MCO_Hf *object, int event_type, mco_gen_function_t handler, void *param)
{
    return ((mco_n_put_handler)handler)(t, (Lists *)object, (MCO_EVENT_TYPE)event_type, param);
}

MCO_RET Lists_new(mco_trans_h t, Lists *object)
{
    return mco_gen_new(t, Lists_code, (MCO_Hf *)object);
}

MCO_RET Lists_delete(Lists *object)
{
    return mco_gen_delete((MCO_Hf *)object, Lists_code);
}

MCO_RET Lists_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Lists_code);
}

MCO_RET Lists_checkpoint(Lists *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Lists_code);
}

MCO_RET Lists_from_cursor(mco_trans_h t, mco_cursor_h c, Lists *object)
{
    return mco_gen_from_cursor(t, c, Lists_code, (MCO_Hf *)object);
}

MCO_RET Lists_pack(Lists *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Lists_code, pages_released);
}

MCO_RET Lists_fixed_get(Lists *object, Lists_fixed *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, Lists_code, values, mco_gen_offsets_Lists);
}

MCO_RET Lists_fixed_put(Lists *object, const Lists_fixed *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, Lists_code, values, mco_gen_offsets_Lists);
}

MCO_RET Lists_numbers_put(Lists *object, uint2 index, uint4 value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 0, index, &value);
}

MCO_RET Lists_numbers_at(Lists *object, uint2 index, uint4 *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 0, index, value);
}

MCO_RET Lists_numbers_put_range(Lists *object, uint2 start, uint2 num, const uint4 *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 0, start, num, values);
}

MCO_RET Lists_numbers_get_range(Lists *object, uint2 start, uint2 num, uint4 *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 0, start, num, values);
}

MCO_RET Lists_numbers_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 0, num);
}

MCO_RET Lists_numbers_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 0, num);
}

MCO_RET Lists_numbers_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 0, index);
}

MCO_RET Lists_flags_put(Lists *object, uint2 index, mco_bool value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 1, index, &value);
}

MCO_RET Lists_flags_at(Lists *object, uint2 index, mco_bool *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 1, index, value);
}

MCO_RET Lists_flags_put_range(Lists *object, uint2 start, uint2 nbits, const uint1 *bits)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 1, start, nbits, bits);
}

MCO_RET Lists_flags_get_range(Lists *object, uint2 start, uint2 nbits, uint1 *bits)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 1, start, nbits, bits);
}

MCO_RET Lists_flags_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 1, num);
}

MCO_RET Lists_flags_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 1, num);
}

MCO_RET Lists_flags_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 1, index);
}

MCO_RET Lists_colors_put(Lists *object, uint2 index, Color value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 2, index, &value);
}

MCO_RET Lists_colors_at(Lists *object, uint2 index, Color *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 2, index, value);
}

MCO_RET Lists_colors_put_range(Lists *object, uint2 start, uint2 num, const Color *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 2, start, num, values);
}

MCO_RET Lists_colors_get_range(Lists *object, uint2 start, uint2 num, Color *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 2, start, num, values);
}

MCO_RET Lists_colors_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 2, num);
}

MCO_RET Lists_colors_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 2, num);
}

MCO_RET Lists_colors_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 2, index);
}

MCO_RET Lists_prices_put(Lists *object, uint2 index, int4 value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 3, index, &value);
}

MCO_RET Lists_prices_at(Lists *object, uint2 index, int4 *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 3, index, value);
}

MCO_RET Lists_prices_put_range(Lists *object, uint2 start, uint2 num, const int4 *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 3, start, num, values);
}

MCO_RET Lists_prices_get_range(Lists *object, uint2 start, uint2 num, int4 *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 3, start, num, values);
}

MCO_RET Lists_prices_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 3, num);
}

MCO_RET Lists_prices_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 3, num);
}

MCO_RET Lists_prices_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 3, index);
}

MCO_RET Lists_times_put(Lists *object, uint2 index, mco_datetime value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 4, index, &value);
}

MCO_RET Lists_times_at(Lists *object, uint2 index, mco_datetime *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 4, index, value);
}

MCO_RET Lists_times_put_range(Lists *object, uint2 start, uint2 num, const mco_datetime *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 4, start, num, values);
}

MCO_RET Lists_times_get_range(Lists *object, uint2 start, uint2 num, mco_datetime *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 4, start, num, values);
}

MCO_RET Lists_times_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 4, num);
}

MCO_RET Lists_times_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 4, num);
}

MCO_RET Lists_times_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 4, index);
}

MCO_RET Lists_parents_put(Lists *object, uint2 index, autoid_t value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 5, index, &value);
}

MCO_RET Lists_parents_at(Lists *object, uint2 index, autoid_t *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 5, index, value);
}

MCO_RET Lists_parents_put_range(Lists *object, uint2 start, uint2 num, const autoid_t *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 5, start, num, values);
}

MCO_RET Lists_parents_get_range(Lists *object, uint2 start, uint2 num, autoid_t *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 5, start, num, values);
}

MCO_RET Lists_parents_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 5, num);
}

MCO_RET Lists_parents_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 5, num);
}

MCO_RET Lists_parents_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 5, index);
}

MCO_RET Lists_codes_put(Lists *object, uint2 index, const char *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 6, index, value, len);
}

MCO_RET Lists_codes_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 6, index, buf, size, len);
}

MCO_RET Lists_codes_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 6, index, len);
}

MCO_RET Lists_codes_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 6, num);
}

MCO_RET Lists_codes_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 6, num);
}

MCO_RET Lists_codes_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 6, index);
}

MCO_RET Lists_wide_put(Lists *object, uint2 index, const nchar_t *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 7, index, value, len);
}

MCO_RET Lists_wide_at(Lists *object, uint2 index, nchar_t *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 7, index, buf, size, len);
}

MCO_RET Lists_wide_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 7, index, len);
}

MCO_RET Lists_wide_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 7, num);
}

MCO_RET Lists_wide_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 7, num);
}

MCO_RET Lists_wide_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 7, index);
}

MCO_RET Lists_words_put(Lists *object, uint2 index, const char *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 8, index, value, len);
}

MCO_RET Lists_words_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 8, index, buf, size, len);
}

MCO_RET Lists_words_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 8, index, len);
}

MCO_RET Lists_words_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 8, num);
}

MCO_RET Lists_words_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 8, num);
}

MCO_RET Lists_words_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 8, index);
}

MCO_RET Lists_raw_put(Lists *object, uint2 index, const char *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 9, index, value, len);
}

MCO_RET Lists_raw_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 9, index, buf, size, len);
}

MCO_RET Lists_raw_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 9, index, len);
}

MCO_RET Lists_raw_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 9, num);
}

MCO_RET Lists_raw_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 9, num);
}

MCO_RET Lists_raw_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 9, index);
}

MCO_RET Lists_tracks_put(Lists *object, uint2 index, Track *element)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 10, index, 1, (MCO_Hf *)element);
}

MCO_RET Lists_tracks_at(Lists *object, uint2 index, Track *element)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 10, index, 0, (MCO_Hf *)element);
}

MCO_RET Lists_tracks_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 10, num);
}

MCO_RET Lists_tracks_alloc(Lists *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Lists_code, 10, num);
}

MCO_RET Lists_tracks_erase(Lists *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 10, index);
}

MCO_RET Lists_n_put(Lists *object, uint2 index, uint4 value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 11, index, &value);
}

MCO_RET Lists_n_at(Lists *object, uint2 index, uint4 *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 11, index, value);
}

MCO_RET Lists_n_put_range(Lists *object, uint2 start, uint2 num, const uint4 *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 11, start, num, values);
}

MCO_RET Lists_n_get_range(Lists *object, uint2 start, uint2 num, uint4 *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 11, start, num, values);
}

MCO_RET Lists_n_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 11, num);
}

MCO_RET Lists_bits_put(Lists *object, uint2 index, mco_bool value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 12, index, &value);
}

MCO_RET Lists_bits_at(Lists *object, uint2 index, mco_bool *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 12, index, value);
}

MCO_RET Lists_bits_put_range(Lists *object, uint2 start, uint2 nbits, const uint1 *bits)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 12, start, nbits, bits);
}

MCO_RET Lists_bits_get_range(Lists *object, uint2 start, uint2 nbits, uint1 *bits)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 12, start, nbits, bits);
}

MCO_RET Lists_bits_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 12, num);
}

MCO_RET Lists_palette_put(Lists *object, uint2 index, Color value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 13, index, &value);
}

MCO_RET Lists_palette_at(Lists *object, uint2 index, Color *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 13, index, value);
}

MCO_RET Lists_palette_put_range(Lists *object, uint2 start, uint2 num, const Color *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 13, start, num, values);
}

MCO_RET Lists_palette_get_range(Lists *object, uint2 start, uint2 num, Color *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 13, start, num, values);
}

MCO_RET Lists_palette_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 13, num);
}

MCO_RET Lists_point_put(Lists *object, uint2 index, double value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 14, index, &value);
}

MCO_RET Lists_point_at(Lists *object, uint2 index, double *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 14, index, value);
}

MCO_RET Lists_point_put_range(Lists *object, uint2 start, uint2 num, const double *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 14, start, num, values);
}

MCO_RET Lists_point_get_range(Lists *object, uint2 start, uint2 num, double *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 14, start, num, values);
}

MCO_RET Lists_point_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 14, num);
}

MCO_RET Lists_height_put(Lists *object, double value)
{
    return mco_gen_put((MCO_Hf *)object, Lists_code, 15, &value);
}

MCO_RET Lists_height_get(Lists *object, double *value)
{
    return mco_gen_get((MCO_Hf *)object, Lists_code, 15, value);
}

MCO_RET Lists_tags_put(Lists *object, uint2 index, const char *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 16, index, value, len);
}

MCO_RET Lists_tags_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 16, index, buf, size, len);
}

MCO_RET Lists_tags_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 16, index, len);
}

MCO_RET Lists_tags_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 16, num);
}

MCO_RET Lists_wide_tags_put(Lists *object, uint2 index, const nchar_t *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 17, index, value, len);
}

MCO_RET Lists_wide_tags_at(Lists *object, uint2 index, nchar_t *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 17, index, buf, size, len);
}

MCO_RET Lists_wide_tags_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 17, index, len);
}

MCO_RET Lists_wide_tags_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 17, num);
}

MCO_RET Lists_pairs_put(Lists *object, uint2 index, const char *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 18, index, value, len);
}

MCO_RET Lists_pairs_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 18, index, buf, size, len);
}

MCO_RET Lists_pairs_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 18, index, len);
}

MCO_RET Lists_pairs_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 18, num);
}

MCO_RET Lists_texts_put(Lists *object, uint2 index, const char *value, uint2 len)
{
    return mco_gen_element_put_text((MCO_Hf *)object, Lists_code, 19, index, value, len);
}

MCO_RET Lists_texts_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_element_get_text((MCO_Hf *)object, Lists_code, 19, index, buf, size, len);
}

MCO_RET Lists_texts_at_len(Lists *object, uint2 index, uint2 *len)
{
    return mco_gen_element_text_size((MCO_Hf *)object, Lists_code, 19, index, len);
}

MCO_RET Lists_texts_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 19, num);
}

MCO_RET Lists_corners_put(Lists *object, uint2 index, Position *element)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 20, index, 1, (MCO_Hf *)element);
}

MCO_RET Lists_corners_at(Lists *object, uint2 index, Position *element)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 20, index, 0, (MCO_Hf *)element);
}

MCO_RET Lists_corners_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 20, num);
}

MCO_RET Lists_track_write_handle(Lists *object, Track *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 21, 0, 1, (MCO_Hf *)handle);
}

MCO_RET Lists_track_read_handle(Lists *object, Track *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 21, 0, 0, (MCO_Hf *)handle);
}

MCO_RET Lists_grid_write_handle(Lists *object, Grid *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 25, 0, 1, (MCO_Hf *)handle);
}

MCO_RET Lists_grid_read_handle(Lists *object, Grid *handle)
{
    return mco_gen_struct((MCO_Hf *)object, Lists_code, 25, 0, 0, (MCO_Hf *)handle);
}

MCO_RET Lists_grid_erase(Lists *object)
{
    return mco_gen_erase((MCO_Hf *)object, Lists_code, 25, 0);
}

MCO_RET Lists_ids_put(Lists *object, uint2 index, autoid_t value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 29, index, &value);
}

MCO_RET Lists_ids_at(Lists *object, uint2 index, autoid_t *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 29, index, value);
}

MCO_RET Lists_ids_put_range(Lists *object, uint2 start, uint2 num, const autoid_t *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 29, start, num, values);
}

MCO_RET Lists_ids_get_range(Lists *object, uint2 start, uint2 num, autoid_t *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 29, start, num, values);
}

MCO_RET Lists_ids_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 29, num);
}

MCO_RET Lists_steps_put(Lists *object, uint2 index, int4 value)
{
    return mco_gen_element_put((MCO_Hf *)object, Lists_code, 30, index, &value);
}

MCO_RET Lists_steps_at(Lists *object, uint2 index, int4 *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Lists_code, 30, index, value);
}

MCO_RET Lists_steps_put_range(Lists *object, uint2 start, uint2 num, const int4 *values)
{
    return mco_gen_put_range((MCO_Hf *)object, Lists_code, 30, start, num, values);
}

MCO_RET Lists_steps_get_range(Lists *object, uint2 start, uint2 num, int4 *values)
{
    return mco_gen_get_range((MCO_Hf *)object, Lists_code, 30, start, num, values);
}

MCO_RET Lists_steps_size(Lists *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Lists_code, 30, num);
}

MCO_RET Lists_by_height_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Lists_by_height_index_no);
}

MCO_RET Lists_by_height_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, double key_height)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_height; keys[0].len = sizeof key_height;
    return mco_gen_search(t, c, Lists_by_height_index_no, (int)op, keys);
}

MCO_RET Lists_by_height_compare(mco_trans_h t, mco_cursor_h c, double key_height, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = &key_height; keys[0].len = sizeof key_height;
    return mco_gen_compare(t, c, Lists_by_height_index_no, keys, result);
}

MCO_RET Lists_by_height_locate(mco_trans_h t, mco_cursor_h c, Lists *object)
{
    return mco_gen_locate(t, c, Lists_by_height_index_no, (MCO_Hf *)object);
}

MCO_RET mco_register_numbers_put_handler(mco_trans_h t, mco_numbers_put_handler handler, void *param, MCO_HANDLING_ORDER when)
{
    return mco_gen_register(t, 9, mco_gen_call_numbers_put, (mco_gen_function_t)handler, param, (int)when);
}

MCO_RET mco_unregister_numbers_put_handler(mco_trans_h t, mco_numbers_put_handler handler)
{
    return mco_gen_unregister(t, 9, (mco_gen_function_t)handler);
}

MCO_RET mco_register_n_put_handler(mco_trans_h t, mco_n_put_handler handler, void *param, MCO_HANDLING_ORDER when)
{
    return mco_gen_register(t, 10, mco_gen_call_n_put, (mco_gen_function_t)handler, param, (int)when);
}

MCO_RET mco_unregister_n_put_handler(mco_trans_h t, mco_n_put_handler handler)
{
    return mco_gen_unregister(t, 10, (mco_gen_function_t)handler);
}

static const mco_size_t mco_gen_offsets_Node[] = {
    offsetof(Node_fixed, parent),
    offsetof(Node_fixed, next),
    offsetof(Node_fixed, twins),
    offsetof(Node_fixed, rank),
};

MCO_RET Node_new(mco_trans_h t, const everything_oid *oid, Node *object)
{
    return mco_gen_new_with_oid(t, Node_code, oid, (MCO_Hf *)object);
}

MCO_RET Node_delete(Node *object)
{
    return mco_gen_delete((MCO_Hf *)object, Node_code);
}

MCO_RET Node_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Node_code);
}

MCO_RET Node_checkpoint(Node *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Node_code);
}

MCO_RET Node_from_cursor(mco_trans_h t, mco_cursor_h c, Node *object)
{
    return mco_gen_from_cursor(t, c, Node_code, (MCO_Hf *)object);
}

MCO_RET Node_pack(Node *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Node_code, pages_released);
}

MCO_RET Node_fixed_get(Node *object, Node_fixed *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, Node_code, values, mco_gen_offsets_Node);
}

MCO_RET Node_fixed_put(Node *object, const Node_fixed *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, Node_code, values, mco_gen_offsets_Node);
}

MCO_RET Node_oid_get(Node *object, everything_oid *oid)
{
    return mco_gen_oid_get((MCO_Hf *)object, Node_code, oid);
}

MCO_RET Node_oid_find(mco_trans_h t, const everything_oid *oid, Node *object)
{
    return mco_gen_oid_find(t, Node_code, oid, (MCO_Hf *)object);
}

MCO_RET Node_parent_put(Node *object, const everything_oid *value)
{
    return mco_gen_put((MCO_Hf *)object, Node_code, 0, value);
}

MCO_RET Node_parent_get(Node *object, everything_oid *value)
{
    return mco_gen_get((MCO_Hf *)object, Node_code, 0, value);
}

MCO_RET Node_next_put(Node *object, const everything_oid *value)
{
    return mco_gen_put((MCO_Hf *)object, Node_code, 1, value);
}

MCO_RET Node_next_get(Node *object, everything_oid *value)
{
    return mco_gen_get((MCO_Hf *)object, Node_code, 1, value);
}

MCO_RET Node_next_indicator_put(Node *object, uint1 value)
{
    return mco_gen_indicator_put((MCO_Hf *)object, Node_code, 1, value);
}

MCO_RET Node_next_indicator_get(Node *object, uint1 *value)
{
    return mco_gen_indicator_get((MCO_Hf *)object, Node_code, 1, value);
}

MCO_RET Node_twins_put(Node *object, uint2 index, const everything_oid *value)
{
    return mco_gen_element_put((MCO_Hf *)object, Node_code, 2, index, value);
}

MCO_RET Node_twins_at(Node *object, uint2 index, everything_oid *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Node_code, 2, index, value);
}

MCO_RET Node_twins_size(Node *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Node_code, 2, num);
}

MCO_RET Node_children_put(Node *object, uint2 index, const everything_oid *value)
{
    return mco_gen_element_put((MCO_Hf *)object, Node_code, 3, index, value);
}

MCO_RET Node_children_at(Node *object, uint2 index, everything_oid *value)
{
    return mco_gen_element_get((MCO_Hf *)object, Node_code, 3, index, value);
}

MCO_RET Node_children_size(Node *object, uint2 *num)
{
    return mco_gen_count((MCO_Hf *)object, Node_code, 3, num);
}

MCO_RET Node_children_alloc(Node *object, uint2 num)
{
    return mco_gen_alloc((MCO_Hf *)object, Node_code, 3, num);
}

MCO_RET Node_children_erase(Node *object, uint2 index)
{
    return mco_gen_erase((MCO_Hf *)object, Node_code, 3, index);
}

MCO_RET Node_rank_put(Node *object, uint4 value)
{
    return mco_gen_put((MCO_Hf *)object, Node_code, 4, &value);
}

MCO_RET Node_rank_get(Node *object, uint4 *value)
{
    return mco_gen_get((MCO_Hf *)object, Node_code, 4, value);
}

MCO_RET Node_by_parent_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Node_by_parent_index_no);
}

MCO_RET Node_by_parent_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const everything_oid *key_parent, uint4 key_rank)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = key_parent; keys[0].len = sizeof *key_parent;
    keys[1].ptr = &key_rank; keys[1].len = sizeof key_rank;
    return mco_gen_search(t, c, Node_by_parent_index_no, (int)op, keys);
}

MCO_RET Node_by_parent_compare(mco_trans_h t, mco_cursor_h c, const everything_oid *key_parent, uint4 key_rank, int *result)
{
    mco_gen_key_t keys[2];
    keys[0].ptr = key_parent; keys[0].len = sizeof *key_parent;
    keys[1].ptr = &key_rank; keys[1].len = sizeof key_rank;
    return mco_gen_compare(t, c, Node_by_parent_index_no, keys, result);
}

MCO_RET Node_by_parent_locate(mco_trans_h t, mco_cursor_h c, Node *object)
{
    return mco_gen_locate(t, c, Node_by_parent_index_no, (MCO_Hf *)object);
}

MCO_RET Node_by_next_find(mco_trans_h t, const everything_oid *key_next, Node *object)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_next; keys[0].len = sizeof *key_next;
    return mco_gen_find(t, Node_by_next_index_no, keys, (MCO_Hf *)object);
}

MCO_RET Node_by_next_index_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_index_cursor(t, c, Node_by_next_index_no);
}

MCO_RET Node_by_next_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const everything_oid *key_next)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_next; keys[0].len = sizeof *key_next;
    return mco_gen_search(t, c, Node_by_next_index_no, (int)op, keys);
}

MCO_RET Node_by_next_compare(mco_trans_h t, mco_cursor_h c, const everything_oid *key_next, int *result)
{
    mco_gen_key_t keys[1];
    keys[0].ptr = key_next; keys[0].len = sizeof *key_next;
    return mco_gen_compare(t, c, Node_by_next_index_no, keys, result);
}

static const mco_size_t mco_gen_offsets_Leaf[] = {
    offsetof(Leaf_fixed, agent_id),
};

MCO_RET Leaf_new(mco_trans_h t, const everything_oid *oid, Leaf *object)
{
    return mco_gen_new_with_oid(t, Leaf_code, oid, (MCO_Hf *)object);
}

MCO_RET Leaf_delete(Leaf *object)
{
    return mco_gen_delete((MCO_Hf *)object, Leaf_code);
}

MCO_RET Leaf_delete_all(mco_trans_h t)
{
    return mco_gen_delete_all(t, Leaf_code);
}

MCO_RET Leaf_checkpoint(Leaf *object)
{
    return mco_gen_checkpoint((MCO_Hf *)object, Leaf_code);
}

MCO_RET Leaf_from_cursor(mco_trans_h t, mco_cursor_h c, Leaf *object)
{
    return mco_gen_from_cursor(t, c, Leaf_code, (MCO_Hf *)object);
}

MCO_RET Leaf_pack(Leaf *object, uint4 *pages_released)
{
    return mco_gen_pack((MCO_Hf *)object, Leaf_code, pages_released);
}

MCO_RET Leaf_list_cursor(mco_trans_h t, mco_cursor_h c)
{
    return mco_gen_list_cursor(t, c, Leaf_code);
}

MCO_RET Leaf_fixed_get(Leaf *object, Leaf_fixed *values)
{
    return mco_gen_fixed_get((MCO_Hf *)object, Leaf_code, values, mco_gen_offsets_Leaf);
}

MCO_RET Leaf_fixed_put(Leaf *object, const Leaf_fixed *values)
{
    return mco_gen_fixed_put((MCO_Hf *)object, Leaf_code, values, mco_gen_offsets_Leaf);
}

MCO_RET Leaf_oid_get(Leaf *object, everything_oid *oid)
{
    return mco_gen_oid_get((MCO_Hf *)object, Leaf_code, oid);
}

MCO_RET Leaf_oid_find(mco_trans_h t, const everything_oid *oid, Leaf *object)
{
    return mco_gen_oid_find(t, Leaf_code, oid, (MCO_Hf *)object);
}

MCO_RET Leaf_text_put(Leaf *object, const char *value, uint2 len)
{
    return mco_gen_put_text((MCO_Hf *)object, Leaf_code, 0, value, len);
}

MCO_RET Leaf_text_get(Leaf *object, char *buf, uint2 size, uint2 *len)
{
    return mco_gen_get_text((MCO_Hf *)object, Leaf_code, 0, buf, size, len);
}

MCO_RET Leaf_text_size(Leaf *object, uint2 *len)
{
    return mco_gen_text_size((MCO_Hf *)object, Leaf_code, 0, len);
}

MCO_RET Leaf_agent_id_put(Leaf *object, uint8 value)
{
    return mco_gen_put((MCO_Hf *)object, Leaf_code, 1, &value);
}

MCO_RET Leaf_agent_id_get(Leaf *object, uint8 *value)
{
    return mco_gen_get((MCO_Hf *)object, Leaf_code, 1, value);
}

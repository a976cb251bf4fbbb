/* Made by mcocomp from the schema of 'everything'; change the schema, not this file. */
#ifndef MCO_GEN_everything_H
#define MCO_GEN_everything_H

#include "mco.h"

typedef enum {
    RED = 0,
    GREEN = 1,
    BLUE = 5,
    PURPLE = 6,
} Color;

typedef enum {
    LOWEST = -2147483647 - 1,
    HIGHEST = 2147483647,
    SAME = 2147483647,
#ifdef __cplusplus
    delete_ = 3,
#else
    delete = 3,
#endif
    double_ = 4,
} Wide;

typedef struct {
    uint8 number;
    char kind[3];
    Color color;
    nchar_t zone[2];
} everything_oid;

static const uint2 everything_oid_size = (uint2)sizeof(everything_oid);

typedef struct {
    MCO_Hf h;
} Position;

typedef struct {
    MCO_Hf h;
} Address;

typedef struct {
    MCO_Hf h;
} Remark;

typedef struct {
    MCO_Hf h;
} Grid;

typedef struct {
    MCO_Hf h;
} Track;

typedef struct {
    MCO_Hf h;
} Id;

typedef struct {
    MCO_Hf h;
} Reading;

typedef struct {
    MCO_Hf h;
} Setting;

typedef struct {
    MCO_Hf h;
} Everything;

typedef struct {
    MCO_Hf h;
} Scratch;

typedef struct {
    MCO_Hf h;
} Maybe;

typedef struct {
    MCO_Hf h;
} Lists;

typedef struct {
    MCO_Hf h;
} Node;

typedef struct {
    MCO_Hf h;
} Leaf;

typedef struct {
    double x;
    double y;
    char zone[4];
    Color color;
} Position_d;

typedef struct {
    float cell[3];
    char tag[2][4];
#ifdef __cplusplus
    uint4 new_[2];
#else
    uint4 new[2];
#endif
} Grid_d;

typedef struct {
    mco_datetime ts;
    uint4 sensorId;
    double value;
    float quality;
    Color color;
    char unit[8];
    uint8 agent_id;
} Reading_fixed;

typedef struct {
    uint4 param_id;
    int4 limit_value;
    mco_bool enabled;
    uint8 agent_id;
} Setting_fixed;

typedef struct {
    int1 i1;
    int2 i2;
    int4 i4;
    mco_int8 i8;
    uint1 u1;
    uint2 u2;
    uint4 u4;
    uint8 u8;
    float f4;
    double f8;
    mco_bool flag;
    mco_bool truth;
    char c20[20];
    nchar_t n10[10];
    char b16[16];
    uint4 d;
    uint4 t;
    mco_datetime dt;
    int1 n2;
    int2 n4;
    int4 n9;
    mco_int8 n18;
    Color color;
    Wide wide;
    autoid_t any;
    autoid_t parent;
    uint4 index;
#ifdef __cplusplus
    uint4 new_;
#else
    uint4 new;
#endif
    uint4 int_;
    uint4 a;
    uint4 b;
} Everything_fixed;

typedef struct {
    uint4 n;
    uint4 m;
    Color color;
    mco_bool flag;
    char c4[4];
    int4 price;
} Maybe_fixed;

typedef struct {
    uint4 n[3];
    Color palette[4];
    double point[3];
    double height;
    char tags[2][4];
    nchar_t wide_tags[2][3];
    char pairs[65535][2];
    autoid_t ids[2];
    int4 steps[2];
} Lists_fixed;

typedef struct {
    everything_oid parent;
    everything_oid next;
    everything_oid twins[2];
    uint4 rank;
} Node_fixed;

typedef struct {
    uint8 agent_id;
} Leaf_fixed;

enum {
    Reading_code = 1,
    Setting_code = 2,
    Everything_code = 3,
    Scratch_code = 4,
    Maybe_code = 5,
    Lists_code = 6,
    Node_code = 7,
    Leaf_code = 8,
};

enum {
    Reading_by_time_index_no = 0,
    Reading_by_sensor_index_no = 1,
    Setting_idx_index_no = 2,
    Everything_t_u1_index_no = 3,
    Everything_ut_mixed_index_no = 4,
    Everything_t_c20_index_no = 5,
    Everything_t_s_index_no = 6,
    Everything_h_u8_index_no = 7,
    Everything_uh_mixed_index_no = 8,
    Everything_nh_ns_index_no = 9,
    Everything_t_more_index_no = 10,
    Everything_v_c20_index_no = 11,
    Everything_vu_mixed_index_no = 12,
    Scratch_by_pos_index_no = 13,
    Maybe_t_n_index_no = 14,
    Maybe_h_c4_index_no = 15,
    Lists_by_height_index_no = 16,
    Node_by_parent_index_no = 17,
    Node_by_next_index_no = 18,
};

enum {
    made = 1,
    settled = 2,
    touched = 3,
    i4_put = 4,
    new_put = 5,
    register_ = 6,
    emptied = 7,
    gone = 8,
    numbers_put = 9,
    n_put = 10,
};

#ifdef __cplusplus
extern "C" {
#endif

mco_dictionary_h everything_get_dictionary(void);
MCO_RET everything_delete_object(mco_trans_h t, const everything_oid *oid);
MCO_RET everything_get_class_code(mco_trans_h t, const everything_oid *oid, uint2 *classcode);

/* struct Position */
MCO_RET Position_x_put(Position *object, double value);
MCO_RET Position_x_get(Position *object, double *value);
MCO_RET Position_y_put(Position *object, double value);
MCO_RET Position_y_get(Position *object, double *value);
MCO_RET Position_zone_put(Position *object, const char *value, uint2 len);
MCO_RET Position_zone_get(Position *object, char *buf, uint2 size);
MCO_RET Position_color_put(Position *object, Color value);
MCO_RET Position_color_get(Position *object, Color *value);
MCO_RET Position_get_all(Position *object, Position_d *values);
MCO_RET Position_put_all(Position *object, const Position_d *values);

/* struct Address */
MCO_RET Address_street_put(Address *object, const char *value, uint2 len);
MCO_RET Address_street_get(Address *object, char *buf, uint2 size, uint2 *len);
MCO_RET Address_street_size(Address *object, uint2 *len);
MCO_RET Address_at_write_handle(Address *object, Position *handle);
MCO_RET Address_at_read_handle(Address *object, Position *handle);
MCO_RET Address_remark_write_handle(Address *object, Remark *handle);
MCO_RET Address_remark_read_handle(Address *object, Remark *handle);
MCO_RET Address_remark_erase(Address *object);

/* struct Remark */
MCO_RET Remark_text_put(Remark *object, const nchar_t *value, uint2 len);
MCO_RET Remark_text_get(Remark *object, nchar_t *buf, uint2 size, uint2 *len);
MCO_RET Remark_text_size(Remark *object, uint2 *len);
MCO_RET Remark_rank_put(Remark *object, uint2 value);
MCO_RET Remark_rank_get(Remark *object, uint2 *value);
MCO_RET Remark_rank_indicator_put(Remark *object, uint1 value);
MCO_RET Remark_rank_indicator_get(Remark *object, uint1 *value);

/* struct Grid */
MCO_RET Grid_cell_put(Grid *object, uint2 index, float value);
MCO_RET Grid_cell_at(Grid *object, uint2 index, float *value);
MCO_RET Grid_cell_put_range(Grid *object, uint2 start, uint2 num, const float *values);
MCO_RET Grid_cell_get_range(Grid *object, uint2 start, uint2 num, float *values);
MCO_RET Grid_cell_size(Grid *object, uint2 *num);
MCO_RET Grid_tag_put(Grid *object, uint2 index, const char *value, uint2 len);
MCO_RET Grid_tag_at(Grid *object, uint2 index, char *buf, uint2 size, uint2 *len);
MCO_RET Grid_tag_at_len(Grid *object, uint2 index, uint2 *len);
MCO_RET Grid_tag_size(Grid *object, uint2 *num);
MCO_RET Grid_new_put(Grid *object, uint2 index, uint4 value);
MCO_RET Grid_new_at(Grid *object, uint2 index, uint4 *value);
MCO_RET Grid_new_put_range(Grid *object, uint2 start, uint2 num, const uint4 *values);
MCO_RET Grid_new_get_range(Grid *object, uint2 start, uint2 num, uint4 *values);
MCO_RET Grid_new_size(Grid *object, uint2 *num);
MCO_RET Grid_get_all(Grid *object, Grid_d *values);
MCO_RET Grid_put_all(Grid *object, const Grid_d *values);

/* struct Track */
MCO_RET Track_points_put(Track *object, uint2 index, Position *element);
MCO_RET Track_points_at(Track *object, uint2 index, Position *element);
MCO_RET Track_points_size(Track *object, uint2 *num);
MCO_RET Track_points_alloc(Track *object, uint2 num);
MCO_RET Track_points_erase(Track *object, uint2 index);
MCO_RET Track_names_put(Track *object, uint2 index, const nchar_t *value, uint2 len);
MCO_RET Track_names_at(Track *object, uint2 index, nchar_t *buf, uint2 size, uint2 *len);
MCO_RET Track_names_at_len(Track *object, uint2 index, uint2 *len);
MCO_RET Track_names_size(Track *object, uint2 *num);
MCO_RET Track_seen_put(Track *object, uint2 index, mco_bool value);
MCO_RET Track_seen_at(Track *object, uint2 index, mco_bool *value);
MCO_RET Track_seen_put_range(Track *object, uint2 start, uint2 nbits, const uint1 *bits);
MCO_RET Track_seen_get_range(Track *object, uint2 start, uint2 nbits, uint1 *bits);
MCO_RET Track_seen_size(Track *object, uint2 *num);

/* struct Id */
MCO_RET Id_number_put(Id *object, uint8 value);
MCO_RET Id_number_get(Id *object, uint8 *value);
MCO_RET Id_kind_put(Id *object, const char *value, uint2 len);
MCO_RET Id_kind_get(Id *object, char *buf, uint2 size);
MCO_RET Id_color_put(Id *object, Color value);
MCO_RET Id_color_get(Id *object, Color *value);
MCO_RET Id_zone_put(Id *object, const nchar_t *value, uint2 len);
MCO_RET Id_zone_get(Id *object, nchar_t *buf, uint2 size);

/* class Reading, uptable */
MCO_RET Reading_new(mco_trans_h t, Reading *object);
MCO_RET Reading_delete(Reading *object);
MCO_RET Reading_delete_all(mco_trans_h t);
MCO_RET Reading_checkpoint(Reading *object);
MCO_RET Reading_from_cursor(mco_trans_h t, mco_cursor_h c, Reading *object);
MCO_RET Reading_pack(Reading *object, uint4 *pages_released);
MCO_RET Reading_list_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Reading_fixed_get(Reading *object, Reading_fixed *values);
MCO_RET Reading_fixed_put(Reading *object, const Reading_fixed *values);
MCO_RET Reading_ts_put(Reading *object, mco_datetime value);
MCO_RET Reading_ts_get(Reading *object, mco_datetime *value);
MCO_RET Reading_sensorId_put(Reading *object, uint4 value);
MCO_RET Reading_sensorId_get(Reading *object, uint4 *value);
MCO_RET Reading_value_put(Reading *object, double value);
MCO_RET Reading_value_get(Reading *object, double *value);
MCO_RET Reading_quality_put(Reading *object, float value);
MCO_RET Reading_quality_get(Reading *object, float *value);
MCO_RET Reading_color_put(Reading *object, Color value);
MCO_RET Reading_color_get(Reading *object, Color *value);
MCO_RET Reading_unit_put(Reading *object, const char *value, uint2 len);
MCO_RET Reading_unit_get(Reading *object, char *buf, uint2 size);
MCO_RET Reading_note_put(Reading *object, const char *value, uint2 len);
MCO_RET Reading_note_get(Reading *object, char *buf, uint2 size, uint2 *len);
MCO_RET Reading_note_size(Reading *object, uint2 *len);
MCO_RET Reading_agent_id_put(Reading *object, uint8 value);
MCO_RET Reading_agent_id_get(Reading *object, uint8 *value);
MCO_RET Reading_by_time_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Reading_by_time_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint8 key_agent_id, mco_datetime key_ts);
MCO_RET Reading_by_time_compare(mco_trans_h t, mco_cursor_h c, uint8 key_agent_id, mco_datetime key_ts, int *result);
MCO_RET Reading_by_time_locate(mco_trans_h t, mco_cursor_h c, Reading *object);
MCO_RET Reading_by_sensor_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Reading_by_sensor_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint4 key_sensorId);
MCO_RET Reading_by_sensor_compare(mco_trans_h t, mco_cursor_h c, uint4 key_sensorId, int *result);

/* class Setting, downtable */
MCO_RET Setting_new(mco_trans_h t, Setting *object);
MCO_RET Setting_delete(Setting *object);
MCO_RET Setting_delete_all(mco_trans_h t);
MCO_RET Setting_checkpoint(Setting *object);
MCO_RET Setting_from_cursor(mco_trans_h t, mco_cursor_h c, Setting *object);
MCO_RET Setting_pack(Setting *object, uint4 *pages_released);
MCO_RET Setting_fixed_get(Setting *object, Setting_fixed *values);
MCO_RET Setting_fixed_put(Setting *object, const Setting_fixed *values);
MCO_RET Setting_param_id_put(Setting *object, uint4 value);
MCO_RET Setting_param_id_get(Setting *object, uint4 *value);
MCO_RET Setting_limit_value_put(Setting *object, int4 value);
MCO_RET Setting_limit_value_get(Setting *object, int4 *value);
MCO_RET Setting_enabled_put(Setting *object, mco_bool value);
MCO_RET Setting_enabled_get(Setting *object, mco_bool *value);
MCO_RET Setting_agent_id_put(Setting *object, uint8 value);
MCO_RET Setting_agent_id_get(Setting *object, uint8 *value);
MCO_RET Setting_idx_find(mco_trans_h t, uint8 key_agent_id, uint4 key_param_id, Setting *object);
MCO_RET Setting_idx_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Setting_idx_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint8 key_agent_id, uint4 key_param_id);
MCO_RET Setting_idx_compare(mco_trans_h t, mco_cursor_h c, uint8 key_agent_id, uint4 key_param_id, int *result);
MCO_RET Setting_idx_locate(mco_trans_h t, mco_cursor_h c, Setting *object);

/* class Everything */
typedef MCO_RET (*mco_made_handler)(mco_trans_h t, Everything *object, MCO_EVENT_TYPE et, void *param);
typedef MCO_RET (*mco_settled_handler)(mco_trans_h t, Everything *object, MCO_EVENT_TYPE et, void *param);
typedef MCO_RET (*mco_touched_handler)(mco_trans_h t, Everything *object, MCO_EVENT_TYPE et, void *param);
typedef MCO_RET (*mco_i4_put_handler)(mco_trans_h t, Everything *object, MCO_EVENT_TYPE et, void *param);
typedef MCO_RET (*mco_new_put_handler)(mco_trans_h t, Everything *object, MCO_EVENT_TYPE et, void *param);
MCO_RET Everything_new(mco_trans_h t, Everything *object);
MCO_RET Everything_delete(Everything *object);
MCO_RET Everything_delete_all(mco_trans_h t);
MCO_RET Everything_checkpoint(Everything *object);
MCO_RET Everything_from_cursor(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_pack(Everything *object, uint4 *pages_released);
MCO_RET Everything_list_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_fixed_get(Everything *object, Everything_fixed *values);
MCO_RET Everything_fixed_put(Everything *object, const Everything_fixed *values);
MCO_RET Everything_autoid_get(Everything *object, autoid_t *id);
MCO_RET Everything_autoid_find(mco_trans_h t, autoid_t id, Everything *object);
MCO_RET Everything_autoid_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_i1_put(Everything *object, int1 value);
MCO_RET Everything_i1_get(Everything *object, int1 *value);
MCO_RET Everything_i2_put(Everything *object, int2 value);
MCO_RET Everything_i2_get(Everything *object, int2 *value);
MCO_RET Everything_i4_put(Everything *object, int4 value);
MCO_RET Everything_i4_get(Everything *object, int4 *value);
MCO_RET Everything_i8_put(Everything *object, mco_int8 value);
MCO_RET Everything_i8_get(Everything *object, mco_int8 *value);
MCO_RET Everything_u1_put(Everything *object, uint1 value);
MCO_RET Everything_u1_get(Everything *object, uint1 *value);
MCO_RET Everything_u2_put(Everything *object, uint2 value);
MCO_RET Everything_u2_get(Everything *object, uint2 *value);
MCO_RET Everything_u4_put(Everything *object, uint4 value);
MCO_RET Everything_u4_get(Everything *object, uint4 *value);
MCO_RET Everything_u8_put(Everything *object, uint8 value);
MCO_RET Everything_u8_get(Everything *object, uint8 *value);
MCO_RET Everything_f4_put(Everything *object, float value);
MCO_RET Everything_f4_get(Everything *object, float *value);
MCO_RET Everything_f8_put(Everything *object, double value);
MCO_RET Everything_f8_get(Everything *object, double *value);
MCO_RET Everything_flag_put(Everything *object, mco_bool value);
MCO_RET Everything_flag_get(Everything *object, mco_bool *value);
MCO_RET Everything_truth_put(Everything *object, mco_bool value);
MCO_RET Everything_truth_get(Everything *object, mco_bool *value);
MCO_RET Everything_c20_put(Everything *object, const char *value, uint2 len);
MCO_RET Everything_c20_get(Everything *object, char *buf, uint2 size);
MCO_RET Everything_n10_put(Everything *object, const nchar_t *value, uint2 len);
MCO_RET Everything_n10_get(Everything *object, nchar_t *buf, uint2 size);
MCO_RET Everything_b16_put(Everything *object, const char *value, uint2 len);
MCO_RET Everything_b16_get(Everything *object, char *buf, uint2 size);
MCO_RET Everything_s_put(Everything *object, const char *value, uint2 len);
MCO_RET Everything_s_get(Everything *object, char *buf, uint2 size, uint2 *len);
MCO_RET Everything_s_size(Everything *object, uint2 *len);
MCO_RET Everything_ns_put(Everything *object, const nchar_t *value, uint2 len);
MCO_RET Everything_ns_get(Everything *object, nchar_t *buf, uint2 size, uint2 *len);
MCO_RET Everything_ns_size(Everything *object, uint2 *len);
MCO_RET Everything_vb_put(Everything *object, const char *value, uint2 len);
MCO_RET Everything_vb_get(Everything *object, char *buf, uint2 size, uint2 *len);
MCO_RET Everything_vb_size(Everything *object, uint2 *len);
MCO_RET Everything_d_put(Everything *object, uint4 value);
MCO_RET Everything_d_get(Everything *object, uint4 *value);
MCO_RET Everything_t_put(Everything *object, uint4 value);
MCO_RET Everything_t_get(Everything *object, uint4 *value);
MCO_RET Everything_dt_put(Everything *object, mco_datetime value);
MCO_RET Everything_dt_get(Everything *object, mco_datetime *value);
MCO_RET Everything_n2_put(Everything *object, int1 value);
MCO_RET Everything_n2_get(Everything *object, int1 *value);
MCO_RET Everything_n4_put(Everything *object, int2 value);
MCO_RET Everything_n4_get(Everything *object, int2 *value);
MCO_RET Everything_n9_put(Everything *object, int4 value);
MCO_RET Everything_n9_get(Everything *object, int4 *value);
MCO_RET Everything_n18_put(Everything *object, mco_int8 value);
MCO_RET Everything_n18_get(Everything *object, mco_int8 *value);
MCO_RET Everything_color_put(Everything *object, Color value);
MCO_RET Everything_color_get(Everything *object, Color *value);
MCO_RET Everything_wide_put(Everything *object, Wide value);
MCO_RET Everything_wide_get(Everything *object, Wide *value);
MCO_RET Everything_any_put(Everything *object, autoid_t value);
MCO_RET Everything_any_get(Everything *object, autoid_t *value);
MCO_RET Everything_parent_put(Everything *object, autoid_t value);
MCO_RET Everything_parent_get(Everything *object, autoid_t *value);
MCO_RET Everything_index_put(Everything *object, uint4 value);
MCO_RET Everything_index_get(Everything *object, uint4 *value);
MCO_RET Everything_new_put(Everything *object, uint4 value);
MCO_RET Everything_new_get(Everything *object, uint4 *value);
MCO_RET Everything_int_put(Everything *object, uint4 value);
MCO_RET Everything_int_get(Everything *object, uint4 *value);
MCO_RET Everything_a_put(Everything *object, uint4 value);
MCO_RET Everything_a_get(Everything *object, uint4 *value);
MCO_RET Everything_b_put(Everything *object, uint4 value);
MCO_RET Everything_b_get(Everything *object, uint4 *value);
MCO_RET Everything_t_u1_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_t_u1_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint1 key_u1);
MCO_RET Everything_t_u1_compare(mco_trans_h t, mco_cursor_h c, uint1 key_u1, int *result);
MCO_RET Everything_t_u1_locate(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_ut_mixed_find(mco_trans_h t, int4 key_i4, const char *key_c20, uint2 len_c20, const nchar_t *key_n10, uint2 len_n10, Everything *object);
MCO_RET Everything_ut_mixed_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_ut_mixed_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, int4 key_i4, const char *key_c20, uint2 len_c20, const nchar_t *key_n10, uint2 len_n10);
MCO_RET Everything_ut_mixed_compare(mco_trans_h t, mco_cursor_h c, int4 key_i4, const char *key_c20, uint2 len_c20, const nchar_t *key_n10, uint2 len_n10, int *result);
MCO_RET Everything_ut_mixed_locate(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_t_c20_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_t_c20_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_c20, uint2 len_c20);
MCO_RET Everything_t_c20_compare(mco_trans_h t, mco_cursor_h c, const char *key_c20, uint2 len_c20, int *result);
MCO_RET Everything_t_c20_locate(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_t_c20_pattern_size(mco_trans_h t, const char *pattern, uint2 len, mco_size_t *size);
MCO_RET Everything_t_c20_pattern_search(mco_trans_h t, mco_cursor_h c, void *state, mco_size_t size, const char *pattern, uint2 len);
MCO_RET Everything_t_c20_pattern_next(mco_trans_h t, mco_cursor_h c, void *state);
MCO_RET Everything_t_s_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_t_s_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_s, uint2 len_s, uint4 key_d);
MCO_RET Everything_t_s_compare(mco_trans_h t, mco_cursor_h c, const char *key_s, uint2 len_s, uint4 key_d, int *result);
MCO_RET Everything_t_s_locate(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_t_s_pattern_size(mco_trans_h t, const char *pattern, uint2 len, mco_size_t *size);
MCO_RET Everything_t_s_pattern_search(mco_trans_h t, mco_cursor_h c, void *state, mco_size_t size, const char *pattern, uint2 len);
MCO_RET Everything_t_s_pattern_next(mco_trans_h t, mco_cursor_h c, void *state);
MCO_RET Everything_h_u8_find(mco_trans_h t, uint8 key_u8, Everything *object);
MCO_RET Everything_h_u8_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_h_u8_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint8 key_u8);
MCO_RET Everything_h_u8_compare(mco_trans_h t, mco_cursor_h c, uint8 key_u8, int *result);
MCO_RET Everything_uh_mixed_find(mco_trans_h t, const char *key_b16, uint2 len_b16, Color key_color, mco_bool key_flag, Everything *object);
MCO_RET Everything_uh_mixed_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_uh_mixed_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_b16, uint2 len_b16, Color key_color, mco_bool key_flag);
MCO_RET Everything_uh_mixed_compare(mco_trans_h t, mco_cursor_h c, const char *key_b16, uint2 len_b16, Color key_color, mco_bool key_flag, int *result);
MCO_RET Everything_nh_ns_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_nh_ns_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const nchar_t *key_ns, uint2 len_ns);
MCO_RET Everything_nh_ns_compare(mco_trans_h t, mco_cursor_h c, const nchar_t *key_ns, uint2 len_ns, int *result);
MCO_RET Everything_t_more_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_t_more_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, float key_f4, double key_f8, mco_int8 key_n18, const char *key_vb, uint2 len_vb, autoid_t key_parent, mco_datetime key_dt);
MCO_RET Everything_t_more_compare(mco_trans_h t, mco_cursor_h c, float key_f4, double key_f8, mco_int8 key_n18, const char *key_vb, uint2 len_vb, autoid_t key_parent, mco_datetime key_dt, int *result);
MCO_RET Everything_t_more_locate(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_v_c20_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_v_c20_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_c20, uint2 len_c20);
MCO_RET Everything_v_c20_compare(mco_trans_h t, mco_cursor_h c, const char *key_c20, uint2 len_c20, int *result);
MCO_RET Everything_v_c20_locate(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_v_c20_create(mco_trans_h t);
MCO_RET Everything_v_c20_drop(mco_trans_h t);
MCO_RET Everything_v_c20_pattern_size(mco_trans_h t, const char *pattern, uint2 len, mco_size_t *size);
MCO_RET Everything_v_c20_pattern_search(mco_trans_h t, mco_cursor_h c, void *state, mco_size_t size, const char *pattern, uint2 len);
MCO_RET Everything_v_c20_pattern_next(mco_trans_h t, mco_cursor_h c, void *state);
MCO_RET Everything_vu_mixed_find(mco_trans_h t, uint4 key_u4, const char *key_s, uint2 len_s, Everything *object);
MCO_RET Everything_vu_mixed_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Everything_vu_mixed_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint4 key_u4, const char *key_s, uint2 len_s);
MCO_RET Everything_vu_mixed_compare(mco_trans_h t, mco_cursor_h c, uint4 key_u4, const char *key_s, uint2 len_s, int *result);
MCO_RET Everything_vu_mixed_locate(mco_trans_h t, mco_cursor_h c, Everything *object);
MCO_RET Everything_vu_mixed_create(mco_trans_h t);
MCO_RET Everything_vu_mixed_drop(mco_trans_h t);
MCO_RET mco_register_made_handler(mco_trans_h t, mco_made_handler handler, void *param);
MCO_RET mco_unregister_made_handler(mco_trans_h t, mco_made_handler handler);
MCO_RET mco_register_settled_handler(mco_trans_h t, mco_settled_handler handler, void *param);
MCO_RET mco_unregister_settled_handler(mco_trans_h t, mco_settled_handler handler);
MCO_RET mco_register_touched_handler(mco_trans_h t, mco_touched_handler handler, void *param, MCO_HANDLING_ORDER when);
MCO_RET mco_unregister_touched_handler(mco_trans_h t, mco_touched_handler handler);
MCO_RET mco_register_i4_put_handler(mco_trans_h t, mco_i4_put_handler handler, void *param, MCO_HANDLING_ORDER when);
MCO_RET mco_unregister_i4_put_handler(mco_trans_h t, mco_i4_put_handler handler);
MCO_RET mco_register_new_put_handler(mco_trans_h t, mco_new_put_handler handler, void *param, MCO_HANDLING_ORDER when);
MCO_RET mco_unregister_new_put_handler(mco_trans_h t, mco_new_put_handler handler);

/* class Scratch */
typedef MCO_RET (*mco_register_handler)(mco_trans_h t, Scratch *object, MCO_EVENT_TYPE et, void *param);
typedef MCO_RET (*mco_emptied_handler)(mco_trans_h t, Scratch *object, MCO_EVENT_TYPE et, void *param);
typedef MCO_RET (*mco_gone_handler)(mco_trans_h t, Scratch *object, MCO_EVENT_TYPE et, void *param);
MCO_RET Scratch_new(mco_trans_h t, Scratch *object);
MCO_RET Scratch_delete(Scratch *object);
MCO_RET Scratch_delete_all(mco_trans_h t);
MCO_RET Scratch_checkpoint(Scratch *object);
MCO_RET Scratch_from_cursor(mco_trans_h t, mco_cursor_h c, Scratch *object);
MCO_RET Scratch_pack(Scratch *object, uint4 *pages_released);
MCO_RET Scratch_list_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Scratch_text_put(Scratch *object, const char *value, uint2 len);
MCO_RET Scratch_text_get(Scratch *object, char *buf, uint2 size, uint2 *len);
MCO_RET Scratch_text_size(Scratch *object, uint2 *len);
MCO_RET Scratch_pos_write_handle(Scratch *object, Position *handle);
MCO_RET Scratch_pos_read_handle(Scratch *object, Position *handle);
MCO_RET Scratch_home_write_handle(Scratch *object, Address *handle);
MCO_RET Scratch_home_read_handle(Scratch *object, Address *handle);
MCO_RET Scratch_home_erase(Scratch *object);
MCO_RET Scratch_second_home_write_handle(Scratch *object, Address *handle);
MCO_RET Scratch_second_home_read_handle(Scratch *object, Address *handle);
MCO_RET Scratch_second_home_erase(Scratch *object);
MCO_RET Scratch_by_pos_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Scratch_by_pos_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, double key_0_pos_x, const char *key_1_home_street, uint2 len_1_home_street);
MCO_RET Scratch_by_pos_compare(mco_trans_h t, mco_cursor_h c, double key_0_pos_x, const char *key_1_home_street, uint2 len_1_home_street, int *result);
MCO_RET Scratch_by_pos_locate(mco_trans_h t, mco_cursor_h c, Scratch *object);
MCO_RET mco_register_register_handler(mco_trans_h t, mco_register_handler handler, void *param);
MCO_RET mco_unregister_register_handler(mco_trans_h t, mco_register_handler handler);
MCO_RET mco_register_emptied_handler(mco_trans_h t, mco_emptied_handler handler, void *param);
MCO_RET mco_unregister_emptied_handler(mco_trans_h t, mco_emptied_handler handler);
MCO_RET mco_register_gone_handler(mco_trans_h t, mco_gone_handler handler, void *param);
MCO_RET mco_unregister_gone_handler(mco_trans_h t, mco_gone_handler handler);

/* class Maybe */
MCO_RET Maybe_new(mco_trans_h t, Maybe *object);
MCO_RET Maybe_delete(Maybe *object);
MCO_RET Maybe_delete_all(mco_trans_h t);
MCO_RET Maybe_checkpoint(Maybe *object);
MCO_RET Maybe_from_cursor(mco_trans_h t, mco_cursor_h c, Maybe *object);
MCO_RET Maybe_pack(Maybe *object, uint4 *pages_released);
MCO_RET Maybe_list_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Maybe_fixed_get(Maybe *object, Maybe_fixed *values);
MCO_RET Maybe_fixed_put(Maybe *object, const Maybe_fixed *values);
MCO_RET Maybe_n_put(Maybe *object, uint4 value);
MCO_RET Maybe_n_get(Maybe *object, uint4 *value);
MCO_RET Maybe_n_indicator_put(Maybe *object, uint1 value);
MCO_RET Maybe_n_indicator_get(Maybe *object, uint1 *value);
MCO_RET Maybe_m_put(Maybe *object, uint4 value);
MCO_RET Maybe_m_get(Maybe *object, uint4 *value);
MCO_RET Maybe_m_indicator_put(Maybe *object, uint1 value);
MCO_RET Maybe_m_indicator_get(Maybe *object, uint1 *value);
MCO_RET Maybe_color_put(Maybe *object, Color value);
MCO_RET Maybe_color_get(Maybe *object, Color *value);
MCO_RET Maybe_color_indicator_put(Maybe *object, uint1 value);
MCO_RET Maybe_color_indicator_get(Maybe *object, uint1 *value);
MCO_RET Maybe_flag_put(Maybe *object, mco_bool value);
MCO_RET Maybe_flag_get(Maybe *object, mco_bool *value);
MCO_RET Maybe_flag_indicator_put(Maybe *object, uint1 value);
MCO_RET Maybe_flag_indicator_get(Maybe *object, uint1 *value);
MCO_RET Maybe_c4_put(Maybe *object, const char *value, uint2 len);
MCO_RET Maybe_c4_get(Maybe *object, char *buf, uint2 size);
MCO_RET Maybe_c4_indicator_put(Maybe *object, uint1 value);
MCO_RET Maybe_c4_indicator_get(Maybe *object, uint1 *value);
MCO_RET Maybe_ns_put(Maybe *object, const nchar_t *value, uint2 len);
MCO_RET Maybe_ns_get(Maybe *object, nchar_t *buf, uint2 size, uint2 *len);
MCO_RET Maybe_ns_size(Maybe *object, uint2 *len);
MCO_RET Maybe_ns_indicator_put(Maybe *object, uint1 value);
MCO_RET Maybe_ns_indicator_get(Maybe *object, uint1 *value);
MCO_RET Maybe_price_put(Maybe *object, int4 value);
MCO_RET Maybe_price_get(Maybe *object, int4 *value);
MCO_RET Maybe_price_indicator_put(Maybe *object, uint1 value);
MCO_RET Maybe_price_indicator_get(Maybe *object, uint1 *value);
MCO_RET Maybe_picture_put(Maybe *object, const void *value, uint4 len);
MCO_RET Maybe_picture_append(Maybe *object, const void *value, uint4 len);
MCO_RET Maybe_picture_get(Maybe *object, uint4 start, char *buf, uint4 size, uint4 *len);
MCO_RET Maybe_picture_size(Maybe *object, uint4 *len);
MCO_RET Maybe_picture_erase(Maybe *object);
MCO_RET Maybe_t_n_find(mco_trans_h t, uint4 key_n, Maybe *object);
MCO_RET Maybe_t_n_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Maybe_t_n_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, uint4 key_n);
MCO_RET Maybe_t_n_compare(mco_trans_h t, mco_cursor_h c, uint4 key_n, int *result);
MCO_RET Maybe_t_n_locate(mco_trans_h t, mco_cursor_h c, Maybe *object);
MCO_RET Maybe_h_c4_find(mco_trans_h t, const char *key_c4, uint2 len_c4, uint4 key_n, Maybe *object);
MCO_RET Maybe_h_c4_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Maybe_h_c4_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const char *key_c4, uint2 len_c4, uint4 key_n);
MCO_RET Maybe_h_c4_compare(mco_trans_h t, mco_cursor_h c, const char *key_c4, uint2 len_c4, uint4 key_n, int *result);

/* class Lists */
typedef MCO_RET (*mco_numbers_put_handler)(mco_trans_h t, Lists *object, MCO_EVENT_TYPE et, void *param);
typedef MCO_RET (*mco_n_put_handler)(mco_trans_h t, Lists *object, MCO_EVENT_TYPE et, void *param);
MCO_RET Lists_new(mco_trans_h t, Lists *object);
MCO_RET Lists_delete(Lists *object);
MCO_RET Lists_delete_all(mco_trans_h t);
MCO_RET Lists_checkpoint(Lists *object);
MCO_RET Lists_from_cursor(mco_trans_h t, mco_cursor_h c, Lists *object);
MCO_RET Lists_pack(Lists *object, uint4 *pages_released);
MCO_RET Lists_fixed_get(Lists *object, Lists_fixed *values);
MCO_RET Lists_fixed_put(Lists *object, const Lists_fixed *values);
MCO_RET Lists_numbers_put(Lists *object, uint2 index, uint4 value);
MCO_RET Lists_numbers_at(Lists *object, uint2 index, uint4 *value);
MCO_RET Lists_numbers_put_range(Lists *object, uint2 start, uint2 num, const uint4 *values);
MCO_RET Lists_numbers_get_range(Lists *object, uint2 start, uint2 num, uint4 *values);
MCO_RET Lists_numbers_size(Lists *object, uint2 *num);
MCO_RET Lists_numbers_alloc(Lists *object, uint2 num);
MCO_RET Lists_numbers_erase(Lists *object, uint2 index);
MCO_RET Lists_flags_put(Lists *object, uint2 index, mco_bool value);
MCO_RET Lists_flags_at(Lists *object, uint2 index, mco_bool *value);
MCO_RET Lists_flags_put_range(Lists *object, uint2 start, uint2 nbits, const uint1 *bits);
MCO_RET Lists_flags_get_range(Lists *object, uint2 start, uint2 nbits, uint1 *bits);
MCO_RET Lists_flags_size(Lists *object, uint2 *num);
MCO_RET Lists_flags_alloc(Lists *object, uint2 num);
MCO_RET Lists_flags_erase(Lists *object, uint2 index);
MCO_RET Lists_colors_put(Lists *object, uint2 index, Color value);
MCO_RET Lists_colors_at(Lists *object, uint2 index, Color *value);
MCO_RET Lists_colors_put_range(Lists *object, uint2 start, uint2 num, const Color *values);
MCO_RET Lists_colors_get_range(Lists *object, uint2 start, uint2 num, Color *values);
MCO_RET Lists_colors_size(Lists *object, uint2 *num);
MCO_RET Lists_colors_alloc(Lists *object, uint2 num);
MCO_RET Lists_colors_erase(Lists *object, uint2 index);
MCO_RET Lists_prices_put(Lists *object, uint2 index, int4 value);
MCO_RET Lists_prices_at(Lists *object, uint2 index, int4 *value);
MCO_RET Lists_prices_put_range(Lists *object, uint2 start, uint2 num, const int4 *values);
MCO_RET Lists_prices_get_range(Lists *object, uint2 start, uint2 num, int4 *values);
MCO_RET Lists_prices_size(Lists *object, uint2 *num);
MCO_RET Lists_prices_alloc(Lists *object, uint2 num);
MCO_RET Lists_prices_erase(Lists *object, uint2 index);
MCO_RET Lists_times_put(Lists *object, uint2 index, mco_datetime value);
MCO_RET Lists_times_at(Lists *object, uint2 index, mco_datetime *value);
MCO_RET Lists_times_put_range(Lists *object, uint2 start, uint2 num, const mco_datetime *values);
MCO_RET Lists_times_get_range(Lists *object, uint2 start, uint2 num, mco_datetime *values);
MCO_RET Lists_times_size(Lists *object, uint2 *num);
MCO_RET Lists_times_alloc(Lists *object, uint2 num);
MCO_RET Lists_times_erase(Lists *object, uint2 index);
MCO_RET Lists_parents_put(Lists *object, uint2 index, autoid_t value);
MCO_RET Lists_parents_at(Lists *object, uint2 index, autoid_t *value);
MCO_RET Lists_parents_put_range(Lists *object, uint2 start, uint2 num, const autoid_t *values);
MCO_RET Lists_parents_get_range(Lists *object, uint2 start, uint2 num, autoid_t *values);
MCO_RET Lists_parents_size(Lists *object, uint2 *num);
MCO_RET Lists_parents_alloc(Lists *object, uint2 num);
MCO_RET Lists_parents_erase(Lists *object, uint2 index);
MCO_RET Lists_codes_put(Lists *object, uint2 index, const char *value, uint2 len);
MCO_RET Lists_codes_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len);
MCO_RET Lists_codes_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_codes_size(Lists *object, uint2 *num);
MCO_RET Lists_codes_alloc(Lists *object, uint2 num);
MCO_RET Lists_codes_erase(Lists *object, uint2 index);
MCO_RET Lists_wide_put(Lists *object, uint2 index, const nchar_t *value, uint2 len);
MCO_RET Lists_wide_at(Lists *object, uint2 index, nchar_t *buf, uint2 size, uint2 *len);
MCO_RET Lists_wide_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_wide_size(Lists *object, uint2 *num);
MCO_RET Lists_wide_alloc(Lists *object, uint2 num);
MCO_RET Lists_wide_erase(Lists *object, uint2 index);
MCO_RET Lists_words_put(Lists *object, uint2 index, const char *value, uint2 len);
MCO_RET Lists_words_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len);
MCO_RET Lists_words_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_words_size(Lists *object, uint2 *num);
MCO_RET Lists_words_alloc(Lists *object, uint2 num);
MCO_RET Lists_words_erase(Lists *object, uint2 index);
MCO_RET Lists_raw_put(Lists *object, uint2 index, const char *value, uint2 len);
MCO_RET Lists_raw_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len);
MCO_RET Lists_raw_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_raw_size(Lists *object, uint2 *num);
MCO_RET Lists_raw_alloc(Lists *object, uint2 num);
MCO_RET Lists_raw_erase(Lists *object, uint2 index);
MCO_RET Lists_tracks_put(Lists *object, uint2 index, Track *element);
MCO_RET Lists_tracks_at(Lists *object, uint2 index, Track *element);
MCO_RET Lists_tracks_size(Lists *object, uint2 *num);
MCO_RET Lists_tracks_alloc(Lists *object, uint2 num);
MCO_RET Lists_tracks_erase(Lists *object, uint2 index);
MCO_RET Lists_n_put(Lists *object, uint2 index, uint4 value);
MCO_RET Lists_n_at(Lists *object, uint2 index, uint4 *value);
MCO_RET Lists_n_put_range(Lists *object, uint2 start, uint2 num, const uint4 *values);
MCO_RET Lists_n_get_range(Lists *object, uint2 start, uint2 num, uint4 *values);
MCO_RET Lists_n_size(Lists *object, uint2 *num);
MCO_RET Lists_bits_put(Lists *object, uint2 index, mco_bool value);
MCO_RET Lists_bits_at(Lists *object, uint2 index, mco_bool *value);
MCO_RET Lists_bits_put_range(Lists *object, uint2 start, uint2 nbits, const uint1 *bits);
MCO_RET Lists_bits_get_range(Lists *object, uint2 start, uint2 nbits, uint1 *bits);
MCO_RET Lists_bits_size(Lists *object, uint2 *num);
MCO_RET Lists_palette_put(Lists *object, uint2 index, Color value);
MCO_RET Lists_palette_at(Lists *object, uint2 index, Color *value);
MCO_RET Lists_palette_put_range(Lists *object, uint2 start, uint2 num, const Color *values);
MCO_RET Lists_palette_get_range(Lists *object, uint2 start, uint2 num, Color *values);
MCO_RET Lists_palette_size(Lists *object, uint2 *num);
MCO_RET Lists_point_put(Lists *object, uint2 index, double value);
MCO_RET Lists_point_at(Lists *object, uint2 index, double *value);
MCO_RET Lists_point_put_range(Lists *object, uint2 start, uint2 num, const double *values);
MCO_RET Lists_point_get_range(Lists *object, uint2 start, uint2 num, double *values);
MCO_RET Lists_point_size(Lists *object, uint2 *num);
MCO_RET Lists_height_put(Lists *object, double value);
MCO_RET Lists_height_get(Lists *object, double *value);
MCO_RET Lists_tags_put(Lists *object, uint2 index, const char *value, uint2 len);
MCO_RET Lists_tags_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len);
MCO_RET Lists_tags_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_tags_size(Lists *object, uint2 *num);
MCO_RET Lists_wide_tags_put(Lists *object, uint2 index, const nchar_t *value, uint2 len);
MCO_RET Lists_wide_tags_at(Lists *object, uint2 index, nchar_t *buf, uint2 size, uint2 *len);
MCO_RET Lists_wide_tags_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_wide_tags_size(Lists *object, uint2 *num);
MCO_RET Lists_pairs_put(Lists *object, uint2 index, const char *value, uint2 len);
MCO_RET Lists_pairs_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len);
MCO_RET Lists_pairs_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_pairs_size(Lists *object, uint2 *num);
MCO_RET Lists_texts_put(Lists *object, uint2 index, const char *value, uint2 len);
MCO_RET Lists_texts_at(Lists *object, uint2 index, char *buf, uint2 size, uint2 *len);
MCO_RET Lists_texts_at_len(Lists *object, uint2 index, uint2 *len);
MCO_RET Lists_texts_size(Lists *object, uint2 *num);
MCO_RET Lists_corners_put(Lists *object, uint2 index, Position *element);
MCO_RET Lists_corners_at(Lists *object, uint2 index, Position *element);
MCO_RET Lists_corners_size(Lists *object, uint2 *num);
MCO_RET Lists_track_write_handle(Lists *object, Track *handle);
MCO_RET Lists_track_read_handle(Lists *object, Track *handle);
MCO_RET Lists_grid_write_handle(Lists *object, Grid *handle);
MCO_RET Lists_grid_read_handle(Lists *object, Grid *handle);
MCO_RET Lists_grid_erase(Lists *object);
MCO_RET Lists_ids_put(Lists *object, uint2 index, autoid_t value);
MCO_RET Lists_ids_at(Lists *object, uint2 index, autoid_t *value);
MCO_RET Lists_ids_put_range(Lists *object, uint2 start, uint2 num, const autoid_t *values);
MCO_RET Lists_ids_get_range(Lists *object, uint2 start, uint2 num, autoid_t *values);
MCO_RET Lists_ids_size(Lists *object, uint2 *num);
MCO_RET Lists_steps_put(Lists *object, uint2 index, int4 value);
MCO_RET Lists_steps_at(Lists *object, uint2 index, int4 *value);
MCO_RET Lists_steps_put_range(Lists *object, uint2 start, uint2 num, const int4 *values);
MCO_RET Lists_steps_get_range(Lists *object, uint2 start, uint2 num, int4 *values);
MCO_RET Lists_steps_size(Lists *object, uint2 *num);
MCO_RET Lists_by_height_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Lists_by_height_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, double key_height);
MCO_RET Lists_by_height_compare(mco_trans_h t, mco_cursor_h c, double key_height, int *result);
MCO_RET Lists_by_height_locate(mco_trans_h t, mco_cursor_h c, Lists *object);
MCO_RET mco_register_numbers_put_handler(mco_trans_h t, mco_numbers_put_handler handler, void *param, MCO_HANDLING_ORDER when);
MCO_RET mco_unregister_numbers_put_handler(mco_trans_h t, mco_numbers_put_handler handler);
MCO_RET mco_register_n_put_handler(mco_trans_h t, mco_n_put_handler handler, void *param, MCO_HANDLING_ORDER when);
MCO_RET mco_unregister_n_put_handler(mco_trans_h t, mco_n_put_handler handler);

/* class Node */
MCO_RET Node_new(mco_trans_h t, const everything_oid *oid, Node *object);
MCO_RET Node_delete(Node *object);
MCO_RET Node_delete_all(mco_trans_h t);
MCO_RET Node_checkpoint(Node *object);
MCO_RET Node_from_cursor(mco_trans_h t, mco_cursor_h c, Node *object);
MCO_RET Node_pack(Node *object, uint4 *pages_released);
MCO_RET Node_fixed_get(Node *object, Node_fixed *values);
MCO_RET Node_fixed_put(Node *object, const Node_fixed *values);
MCO_RET Node_oid_get(Node *object, everything_oid *oid);
MCO_RET Node_oid_find(mco_trans_h t, const everything_oid *oid, Node *object);
MCO_RET Node_parent_put(Node *object, const everything_oid *value);
MCO_RET Node_parent_get(Node *object, everything_oid *value);
MCO_RET Node_next_put(Node *object, const everything_oid *value);
MCO_RET Node_next_get(Node *object, everything_oid *value);
MCO_RET Node_next_indicator_put(Node *object, uint1 value);
MCO_RET Node_next_indicator_get(Node *object, uint1 *value);
MCO_RET Node_twins_put(Node *object, uint2 index, const everything_oid *value);
MCO_RET Node_twins_at(Node *object, uint2 index, everything_oid *value);
MCO_RET Node_twins_size(Node *object, uint2 *num);
MCO_RET Node_children_put(Node *object, uint2 index, const everything_oid *value);
MCO_RET Node_children_at(Node *object, uint2 index, everything_oid *value);
MCO_RET Node_children_size(Node *object, uint2 *num);
MCO_RET Node_children_alloc(Node *object, uint2 num);
MCO_RET Node_children_erase(Node *object, uint2 index);
MCO_RET Node_rank_put(Node *object, uint4 value);
MCO_RET Node_rank_get(Node *object, uint4 *value);
MCO_RET Node_by_parent_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Node_by_parent_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const everything_oid *key_parent, uint4 key_rank);
MCO_RET Node_by_parent_compare(mco_trans_h t, mco_cursor_h c, const everything_oid *key_parent, uint4 key_rank, int *result);
MCO_RET Node_by_parent_locate(mco_trans_h t, mco_cursor_h c, Node *object);
MCO_RET Node_by_next_find(mco_trans_h t, const everything_oid *key_next, Node *object);
MCO_RET Node_by_next_index_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Node_by_next_search(mco_trans_h t, mco_cursor_h c, MCO_OPCODE op, const everything_oid *key_next);
MCO_RET Node_by_next_compare(mco_trans_h t, mco_cursor_h c, const everything_oid *key_next, int *result);

/* class Leaf, downtable */
MCO_RET Leaf_new(mco_trans_h t, const everything_oid *oid, Leaf *object);
MCO_RET Leaf_delete(Leaf *object);
MCO_RET Leaf_delete_all(mco_trans_h t);
MCO_RET Leaf_checkpoint(Leaf *object);
MCO_RET Leaf_from_cursor(mco_trans_h t, mco_cursor_h c, Leaf *object);
MCO_RET Leaf_pack(Leaf *object, uint4 *pages_released);
MCO_RET Leaf_list_cursor(mco_trans_h t, mco_cursor_h c);
MCO_RET Leaf_fixed_get(Leaf *object, Leaf_fixed *values);
MCO_RET Leaf_fixed_put(Leaf *object, const Leaf_fixed *values);
MCO_RET Leaf_oid_get(Leaf *object, everything_oid *oid);
MCO_RET Leaf_oid_find(mco_trans_h t, const everything_oid *oid, Leaf *object);
MCO_RET Leaf_text_put(Leaf *object, const char *value, uint2 len);
MCO_RET Leaf_text_get(Leaf *object, char *buf, uint2 size, uint2 *len);
MCO_RET Leaf_text_size(Leaf *object, uint2 *len);
MCO_RET Leaf_agent_id_put(Leaf *object, uint8 value);
MCO_RET Leaf_agent_id_get(Leaf *object, uint8 *value);

#ifdef __cplusplus
}
#endif

#endif /* MCO_GEN_everything_H */

/* What the specification promises for the device of the worked example: compiles only if every type is exactly so. */
#include "iotdevice.h"

typedef MCO_RET (*class_new)(mco_trans_h, Sensor *);
typedef MCO_RET (*datetime_put)(Sensor *, mco_datetime);
typedef MCO_RET (*datetime_get)(Sensor *, mco_datetime *);
typedef MCO_RET (*uint4_put)(Sensor *, uint4);
typedef MCO_RET (*uint4_get)(Sensor *, uint4 *);
typedef MCO_RET (*double_put)(Sensor *, double);
typedef MCO_RET (*double_get)(Sensor *, double *);

typedef char codes[Sensor_code == 1 && Config_code == 2 ? 1 : -1];
typedef char indexes[Sensor_idx_index_no == 0 && Config_idx_index_no == 1 ? 1 : -1];

static const Sensor_fixed sensor = {1, 2, 3.0};
static const Config_fixed config = {1, 2.0};

int main(void)
{
    mco_dictionary_h (*dictionary)(void) = iotdevice_get_dictionary;
    class_new new_ = Sensor_new;
    MCO_RET (*erase)(Sensor *) = Sensor_delete;
    MCO_RET (*delete_all)(mco_trans_h) = Sensor_delete_all;
    MCO_RET (*checkpoint)(Sensor *) = Sensor_checkpoint;
    MCO_RET (*from_cursor)(mco_trans_h, mco_cursor_h, Sensor *) = Sensor_from_cursor;
    MCO_RET (*fixed_get)(Sensor *, Sensor_fixed *) = Sensor_fixed_get;
    MCO_RET (*fixed_put)(Sensor *, const Sensor_fixed *) = Sensor_fixed_put;
    MCO_RET (*pack)(Sensor *, uint4 *) = Sensor_pack;
    datetime_put ts_put = Sensor_ts_put;
    datetime_get ts_get = Sensor_ts_get;
    uint4_put id_put = Sensor_sensorId_put;
    uint4_get id_get = Sensor_sensorId_get;
    double_put value_put = Sensor_value_put;
    double_get value_get = Sensor_value_get;
    MCO_RET (*find)(mco_trans_h, mco_datetime, uint4, Sensor *) = Sensor_idx_find;
    MCO_RET (*cursor)(mco_trans_h, mco_cursor_h) = Sensor_idx_index_cursor;
    MCO_RET (*search)(mco_trans_h, mco_cursor_h, MCO_OPCODE, mco_datetime, uint4) = Sensor_idx_search;
    MCO_RET (*compare)(mco_trans_h, mco_cursor_h, mco_datetime, uint4, int *) = Sensor_idx_compare;
    MCO_RET (*config_search)(mco_trans_h, mco_cursor_h, MCO_OPCODE, uint4) = Config_idx_search;
    MCO_RET (*config_compare)(mco_trans_h, mco_cursor_h, uint4, int *) = Config_idx_compare;
    MCO_RET (*config_locate)(mco_trans_h, mco_cursor_h, Config *) = Config_idx_locate;
    MCO_RET (*param_id_put)(Config *, uint4) = Config_param_id_put;
    return dictionary && new_ && erase && delete_all && checkpoint && from_cursor && fixed_get && fixed_put && pack
        && ts_put && ts_get && id_put && id_get && value_put && value_get && find && cursor && search && compare
        && config_search && config_compare && config_locate && param_id_put && sensor.sensorId == 2
        && config.param_id == 1;
}

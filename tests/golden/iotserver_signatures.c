/* What is different on the server of the worked example. */
#include "iotserver.h"

static const Sensor_fixed sensor = {1, 2, 3.0, 1000};
static const Config_fixed config = {1, 2.0, 0};

int main(void)
{
    mco_dictionary_h (*dictionary)(void) = iotserver_get_dictionary;
    MCO_RET (*agent_id_put)(Sensor *, uint8) = Sensor_agent_id_put;
    MCO_RET (*agent_id_get)(Sensor *, uint8 *) = Sensor_agent_id_get;
    MCO_RET (*config_put)(Config *, uint8) = Config_agent_id_put;
    MCO_RET (*config_get)(Config *, uint8 *) = Config_agent_id_get;
    MCO_RET (*search)(mco_trans_h, mco_cursor_h, MCO_OPCODE, uint8, mco_datetime) = Sensor_idx_search;
    MCO_RET (*compare)(mco_trans_h, mco_cursor_h, uint8, mco_datetime, int *) = Sensor_idx_compare;
    MCO_RET (*locate)(mco_trans_h, mco_cursor_h, Sensor *) = Sensor_idx_locate;
    MCO_RET (*cursor)(mco_trans_h, mco_cursor_h) = Sensor_idx_index_cursor;
    return dictionary && agent_id_put && agent_id_get && config_put && config_get && search && compare && locate
        && cursor && sensor.agent_id == 1000 && config.agent_id == 0;
}

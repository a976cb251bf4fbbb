//! Who may connect to whom, from the two introductions alone.

use crate::base::Result;
use crate::wire::Hello;

/// Whether `ours` and `theirs` may be neighbours in the tree. Both sides come to the same code.
///
/// `E_IOT_INCOMPATIBLE_MODE`: server-server, device-device; `E_IOT_WRONG_AGENT_ID`: same agent id, or an id that the role may not have;
/// `E_IOT_INCOMPATIBLE_LEVEL`: equal levels, or a level that the role may not have.
pub fn check(_ours: &Hello, _theirs: &Hello) -> Result<()> {
    unimplemented!("first landing")
}

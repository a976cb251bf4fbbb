//! What communicator and replicator are created with.

use crate::base::{Code, Millis, Result, fail};
use crate::net::{Domain, TlsSettings, check_compression};
use std::sync::Arc;

/// `mco_iot_comm_params_t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommParams {
    /// Threads that run callbacks, which is how many connections are served in parallel. 0: no thread is started,
    /// the application pumps ([`Communicator::process_connections`](super::Communicator::process_connections)).
    pub callback_threads: u16,
    /// Socket domain where a call gives no socket options of its own.
    pub domain: Domain,
    /// TLS where a call gives no socket options of its own; `None` = plain.
    pub tls: Option<Arc<TlsSettings>>,
    /// Longest time without progress of a write; 0 stands for the default.
    pub send_timeout: Millis,
    /// Longest silence of a peer, and limit of the handshake; 0 stands for the default.
    pub recv_timeout: Millis,
    /// Backlog of listeners; 0 = system maximum.
    pub listen_queue_size: i32,
    /// 0 none, 1..=9, -1 the default of the library.
    pub compression: i32,
}

/// `mco_iot_replicator_params_t`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicatorParams {
    /// Most database connections that the replicator may hold; 0 = callback threads + 2.
    pub conn_pool_size: u16,
    /// Limit of a sync that waits.
    pub wait_timeout: Millis,
}

/// Default of `send_timeout` and `recv_timeout`.
pub const TIMEOUT_DEFAULT: Millis = Millis(10_000);

/// Most threads that run callbacks.
pub const CALLBACK_THREADS_MAX: u16 = 1024;

impl Default for CommParams {
    fn default() -> Self {
        CommParams {
            callback_threads: 8,
            domain: Domain::Inet,
            tls: None,
            send_timeout: TIMEOUT_DEFAULT,
            recv_timeout: TIMEOUT_DEFAULT,
            listen_queue_size: 0,
            compression: 0,
        }
    }
}

impl CommParams {
    /// Whether nothing runs but in calls of the application.
    pub fn is_pumped(&self) -> bool {
        self.callback_threads == 0
    }

    /// The same with defaults in place of zeros; refuses what cannot be.
    pub fn checked(&self) -> Result<CommParams> {
        if self.callback_threads > CALLBACK_THREADS_MAX {
            return fail(Code::E_ILLEGAL_PARAM, format!("n_callback_threads is over its limit of {CALLBACK_THREADS_MAX}"));
        }
        check_compression(self.compression)?;
        let or_default = |limit: Millis| if limit.0 == 0 { TIMEOUT_DEFAULT } else { limit };
        Ok(CommParams {
            send_timeout: or_default(self.send_timeout),
            recv_timeout: or_default(self.recv_timeout),
            ..self.clone()
        })
    }
}

impl Default for ReplicatorParams {
    fn default() -> Self {
        ReplicatorParams { conn_pool_size: 0, wait_timeout: Millis::INFINITE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_become_defaults_and_nonsense_is_refused() {
        let zero = CommParams { send_timeout: Millis(0), recv_timeout: Millis(0), ..CommParams::default() };
        assert_eq!(zero.checked(), Ok(CommParams::default()));
        for bad in [
            CommParams { compression: 10, ..CommParams::default() },
            CommParams { compression: -2, ..CommParams::default() },
            CommParams { callback_threads: CALLBACK_THREADS_MAX + 1, ..CommParams::default() },
        ] {
            assert_eq!(bad.checked().map_err(|e| e.code), Err(Code::E_ILLEGAL_PARAM), "{bad:?}");
        }
        let pump = CommParams { callback_threads: 0, ..CommParams::default() };
        assert_eq!(pump.checked().map(|p| p.is_pumped()), Ok(true));
    }
}
